"""Fixed data structure of old wired meters (EN 13757-3:2004, 5.7; CI 73): two counters, one medium."""

from compat import const
from mbus import values
from mbus.records import Record, plain

_SIZE = const(16)
_BINARY = const(0x01)
_AT_DATE = const(0x02)
_HISTORIC = const(0x3E)

# Rows as in vif.py: (first code, last code, quantity, unit, exponent of the first code).
_UNITS = (
    (0x00, 0x00, "time", "", 0),
    (0x01, 0x01, "date", "", 0),
    (0x02, 0x0A, "energy", "Wh", 0),
    (0x0B, 0x13, "energy", "J", 3),
    (0x14, 0x1C, "power", "W", 0),
    (0x1D, 0x25, "power", "J/h", 3),
    (0x26, 0x2E, "volume", "m³", -6),
    (0x2F, 0x37, "volume_flow", "m³/h", -6),
    (0x38, 0x38, "temperature", "°C", -3),
    (0x39, 0x39, "hca", "HCA", 0),
)
# Medium codes 0 to 15 of this structure as device types of the variable one (EN 13757-7, table 13).
_MEDIA = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 6, 7, 8, 15, 15)


class Fixed:
    """Address (M M A A A A V T, maker unknown), access number and Records of a fixed structure.

    data: from the CI field on. Raises ValueError where it is cut off.
    """

    def __init__(self, data):
        if len(data) < 1 + _SIZE:
            raise ValueError("fixed data structure cut off")
        medium = data[7] >> 6 | data[8] >> 6 << 2
        self.address = bytes(2) + bytes(data[1:5]) + bytes((0, _MEDIA[medium]))
        self.acc = data[5]
        self.status = data[6]
        first, second = data[7] & 63, data[8] & 63
        # A second counter that is "the same, but historic" takes the first one's unit.
        historic = second == _HISTORIC
        self.records = [
            self._record(first, data[9:13], bool(self.status & _AT_DATE)),
            self._record(first if historic else second, data[13:17], historic),
        ]

    def _record(self, code: int, data, stored: bool) -> Record:
        quantity, unit, exponent = "unknown", "", 0
        for low, high, name, named_unit, power in _UNITS:
            if low <= code <= high:
                quantity, unit, exponent = name, named_unit, power + code - low
        number = values.unsigned(data) if self.status & _BINARY else values.bcd(data)
        value = None if number is None else (number, exponent)
        return plain(quantity, unit, value, bytes(data), 1 if stored else 0)
