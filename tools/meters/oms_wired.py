"""An electricity meter that pushes OMS telegrams on a wired M-Bus of its own, security mode 5."""

from tools.meters import wmbus
from tools.meters.amis import cp48, long_frame
from tools.meters.base import Meter, Telegram, number, vienna

_KEY = bytes.fromhex("a4187be36d02c95f81f4306ab7dc295e")
_RSP_UD = 0x08


class OmsWired(Meter):
    """The meter sends its values as RSP_UD without being asked, as M-Bus modules set to push do.

    The list has two tariffs, BCD and integers of all sizes, and a stored maximum that is no current value.
    """

    NAME = "oms-wired"
    SETTINGS = "2400 8E1"
    INTERVAL = 10.0
    MAKER = "EMH"
    ID = "10482275"

    def __init__(self, key: bytes = _KEY, auth_key: bytes = b"", **more):
        super().__init__(key, auth_key, **more)
        self.access = 0
        self.address = wmbus.maker(self.MAKER) + bytes.fromhex(self.ID)[::-1] + b"\x40\x02"

    def telegram(self) -> Telegram:
        time = self.house.time
        house = self.house
        local, summer = vienna(time)
        rows = [
            ("1-0:1.8.0", b"\x0e\x03", wmbus.bcd(house.energy("1.8"), 6), house.energy("1.8"), 0),
            (
                "1-0:1.8.1",
                b"\x84\x10\x03",
                _u32(house.energy("1.8", 1)),
                house.energy("1.8", 1),
                0,
            ),
            (
                "1-0:1.8.2",
                b"\x84\x20\x03",
                _u32(house.energy("1.8", 2)),
                house.energy("1.8", 2),
                0,
            ),
            ("1-0:2.8.0", b"\x07\x83\x3c", _u64(house.energy("2.8")), house.energy("2.8"), 0),
            ("1-0:1.7.0", b"\x04\x2b", _u32(house.power("1.7")), house.power("1.7"), 0),
            ("1-0:2.7.0", b"\x04\xab\x3c", _u32(house.power("2.7")), house.power("2.7"), 0),
            ("1-0:32.7.0", b"\x02\xfd\xc8\xfc\x01", _u16(house.voltage[0]), house.voltage[0], -1),
        ]
        plain = b"\x06\x6d" + cp48(local, summer)
        expected = {
            "0-0:1.0.0": {"value": local.replace(tzinfo=None).isoformat(), "time": time},
            "0-0:0.9.1": {"value": local.strftime("%H:%M:%S"), "time": time},
            "0-0:0.9.2": {"value": local.strftime("%Y-%m-%d"), "time": time},
        }
        for code, header, octets, mantissa, exponent in rows:
            plain += header + octets
            expected[code] = {"value": number(mantissa, exponent), "time": time}
        plain += b"\x54\x2b" + _u32(house.maximum_import)
        plain += b"\x42\x6c\xff\xff" + b"\x03\xfd\x17\x00\x00\x00"
        data = wmbus.mode_5(self.address, self.access, plain, self.key, long=True)
        self.access = self.access + 1 & 255
        return Telegram([long_frame(_RSP_UD, 0, data)], expected)


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "little")


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _u64(value: int) -> bytes:
    return value.to_bytes(8, "little")
