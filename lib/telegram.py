"""What an application layer found in one telegram, before it is normalised to FORMAT.md."""


class Telegram:
    """One telegram's content.

    items: list of `(code, value, unit)`: code is OBIS text, value `(mantissa, exponent)`, text, or
        None where the list should carry the code but the meter marked it not available.
    time: local time tuple (see timestamp.py) of the meter's own timestamp, or None.
    meter: text identity: system title in hex, M-Bus identification, NES serial.
    layout: name of the list or table layout.
    security: "authenticated", "encrypted" (decrypted but not authenticated), "anonymous" (the same under
        a key that was agreed on with nobody knows whom) or "plain".
    """

    def __init__(self, items: list, time=None, meter="", layout="", security="plain"):
        self.items = items
        self.time = time
        self.meter = meter
        self.layout = layout
        self.security = security
