"""A Reading: what one moment of the meter looks like in the fixed output format (FORMAT.md)."""


class Reading:
    """An immutable record of values in the units of FORMAT.md.

    values: {code: (value, time)}: value is `(mantissa, exponent)` or text, time is Unix seconds UTC
        or None; a value of None marks a code that its list carries but the meter did not supply.
    received: uptime in ms at which the telegram's last byte was in.
    time: Unix seconds of the telegram, or None.
    meter, layout, security: as in telegram.Telegram.
    """

    def __init__(self, values: dict, received: int, time, meter: str, layout: str, security: str):
        self.values = values
        self.received = received
        self.time = time
        self.meter = meter
        self.layout = layout
        self.security = security

    def number(self, code: str) -> "tuple | None":
        """Return `(mantissa, exponent)` of a code, or None where absent or not a number."""
        entry = self.values.get(code)
        return entry[0] if entry and isinstance(entry[0], tuple) else None
