"""What all DLMS meters that push have in common: clock, ciphering, counter, and what must come of
it.
"""

from datetime import datetime, timedelta, timezone

from tools.meters import axdr
from tools.meters.base import Meter, Telegram, number, vienna
from tools.meters.ciphering import AUTHENTICATED, ENCRYPTED, general_glo

KEY = bytes.fromhex("5f8a0c3be71d42960fb4d8236ec91a75")
AUTH_KEY = bytes.fromhex("c3104f7be25d9a8860b1f4e7725e9d06")
BOTH = AUTHENTICATED | ENCRYPTED

PHASES = (("32", "31"), ("52", "51"), ("72", "71"))
_UNITS = {
    "1": (axdr.WH, axdr.W),
    "2": (axdr.WH, axdr.W),
    "3": (axdr.VARH, axdr.VAR),
    "4": (axdr.VARH, axdr.VAR),
}


class Push(Meter):
    """A meter that pushes ciphered data-notifications.

    TITLE: system title. CONTROL: security control. CLOCK: "deviation" (date-times carry the offset
    from UTC), "local" (they do not) or "standard" (they do not, and stay on standard time all
    year). A kind is a subclass with `content` and `frames`.
    """

    TITLE = b""
    CONTROL = ENCRYPTED
    CLOCK = "deviation"

    def __init__(self, key: bytes = KEY, auth_key: "bytes | None" = None, counter=None, **more):
        """counter: the invocation counter of the first telegram; a later start counts on."""
        if auth_key is None:
            auth_key = AUTH_KEY if self.CONTROL & AUTHENTICATED else b""
        super().__init__(key, auth_key, **more)
        self.counter = self.now() if counter is None else counter

    def content(self) -> tuple:
        """Return (encoded body, [(code, mantissa, exponent) or (code, text)]) of the next
        telegram.
        """
        raise NotImplementedError

    def frames(self, apdu: bytes) -> list:
        """Return the frames that carry an APDU."""
        raise NotImplementedError

    def stamp(self) -> bytes:
        """Return the meter's clock as a COSEM date-time."""
        local, summer = self.local()
        return axdr.date_time(local, summer, self.CLOCK == "deviation")

    def local(self) -> tuple:
        """Return the meter's local time and whether it shows summer time."""
        if self.CLOCK == "standard":
            return datetime.fromtimestamp(self.house.time, timezone(timedelta(hours=1))), False
        return vienna(self.house.time)

    def clock_text(self) -> str:
        """Return the text of 0-0:1.0.0 that the telegram must give."""
        local, _ = self.local()
        return (
            local.isoformat()
            if self.CLOCK == "deviation"
            else local.replace(tzinfo=None).isoformat()
        )

    def plain(self, body: bytes) -> bytes:
        """Return the APDU before ciphering."""
        return axdr.data_notification(self.counter & 0xFFFFFF, self.stamp(), body)

    def cipher(self, plain: bytes) -> bytes:
        """Return the ciphered APDU of a plain one."""
        return general_glo(plain, self.TITLE, self.counter, self.key, self.auth_key, self.CONTROL)

    def telegram(self) -> Telegram:
        body, values = self.content()
        apdu = self.cipher(self.plain(body))
        self.counter += 1
        time = self.house.time
        expected = {"0-0:1.0.0": {"value": self.clock_text(), "time": time}}
        for code, *value in values:
            value = value[0] if len(value) == 1 else number(*value)
            expected[code] = {"value": value, "time": time}
            if code.startswith("1-1:"):
                expected.setdefault("1-0:" + code[4:], expected[code])
        return Telegram(self.frames(apdu), expected)

    def energies(self, quantities: str, tariffs=(0,)) -> list:
        """Return (code, mantissa, exponent, COSEM unit) of energy registers, by quantity and
        tariff.
        """
        return [
            ("1-0:%s.8.%d" % (q, tariff), self.house.energy(q + ".8", tariff), 0, _UNITS[q][0])
            for q in quantities
            for tariff in tariffs
        ]

    def powers(self, quantities: str) -> list:
        """Return (code, mantissa, exponent, COSEM unit) of powers."""
        return [
            ("1-0:%s.7.0" % q, self.house.power(q + ".7"), 0, _UNITS[q][1]) for q in quantities
        ]

    def voltages(self, phases: int = 3, whole: bool = False) -> list:
        """Return (code, mantissa, exponent, COSEM unit) of voltages, in 0.1 V or whole V."""
        found = []
        for (code, _), value in zip(PHASES[:phases], self.house.voltage, strict=False):
            value, exponent = (value // 10, 0) if whole else (value, -1)
            found.append(("1-0:%s.7.0" % code, value, exponent, axdr.V))
        return found

    def currents(self, phases: int = 3, whole: bool = False) -> list:
        """Return (code, mantissa, exponent, COSEM unit) of currents, in 0.01 A or whole A."""
        found = []
        for (_, code), value in zip(PHASES[:phases], self.house.current, strict=False):
            value, exponent = (value // 100, 0) if whole else (value, -2)
            found.append(("1-0:%s.7.0" % code, value, exponent, axdr.A))
        return found


def plain_values(registers: list) -> list:
    """Return registers without their units, as `content` returns values."""
    return [register[:3] for register in registers]
