"""NES Gen 4 of Linz Netz on the air: wireless M-Bus, mode T1, security mode 5, values in BCD."""

from tools.air import Air
from tools.meters import wmbus
from tools.meters.amis import cp48
from tools.meters.base import Meter, Telegram, number, vienna

_KEY = bytes.fromhex("1f2be07c94ad4836b5d7210c6ef3985a")
_PHASES = ("32", "52", "72")


class WmbusNes(Meter):
    """The electricity meter. `access` is the number of the next telegram."""

    NAME = "linz-gen4"
    SETTINGS = "9600 8N1"  # of no wire: what it sends goes through `air`
    INTERVAL = 16.0
    PROFILE = "linz-mtr-gen4"
    MAKER = "DEV"
    ID = "00417203"
    NUMBER = 91_004_417
    FORM = "T1/A"

    def __init__(self, key: bytes = _KEY, auth_key: bytes = b"", air=None, **more):
        super().__init__(key, auth_key, **more)
        self.air = air or Air()
        self.access = 0
        self.address = wmbus.maker(self.MAKER) + bytes.fromhex(self.ID)[::-1] + b"\x03\x02"

    def records(self) -> list:
        """Return (code or None, header, BCD octets, mantissa, exponent, unit) in the order of the list."""
        house = self.house
        rows = [
            ("1-0:1.8.0", b"\x0e\x03", 6, house.energy("1.8"), 0),
            ("1-0:2.8.0", b"\x0e\x83\x3c", 6, house.energy("2.8"), 0),
            ("1-0:1.7.0", b"\x0b\x2b", 3, house.power("1.7"), 0),
            ("1-0:2.7.0", b"\x0b\xab\x3c", 3, house.power("2.7"), 0),
        ]
        for phase, (group, voltage) in enumerate(zip(_PHASES, house.voltage, strict=True), 1):
            header = b"\x0a\xfd\xc8\xfc" + bytes((phase,))
            rows.append(("1-0:%s.7.0" % group, header, 2, voltage, -1))
        return rows

    def telegram(self) -> Telegram:
        time = self.house.time
        local, summer = vienna(time)
        plain = b"\x06\x6d" + cp48(local, summer) + b"\x0c\x78" + wmbus.bcd(self.NUMBER, 4)
        expected = {
            "0-0:1.0.0": {"value": local.replace(tzinfo=None).isoformat(), "time": time},
            "0-0:0.9.1": {"value": local.strftime("%H:%M:%S"), "time": time},
            "0-0:0.9.2": {"value": local.strftime("%Y-%m-%d"), "time": time},
            "0-0:C.1.0": {"value": str(self.NUMBER), "time": time},
        }
        for code, header, octets, mantissa, exponent in self.records():
            plain += header + wmbus.bcd(mantissa, octets)
            expected[code] = {"value": number(mantissa, exponent), "time": time}
        data = wmbus.mode_5(self.address, self.access, plain, self.key)
        self.access = self.access + 1 & 255
        sent = wmbus.packet(wmbus.frame(self.address, data), self.FORM)
        return Telegram([sent], expected)
