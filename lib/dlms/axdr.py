"""A-XDR coded COSEM data (IEC 61334-6; types: IEC 62056-6-2, 4.1.5).

A value is a node `(tag, content)`. Content by tag: a list of nodes for array and structure, an
integer for the integer types, boolean and enum, a memoryview for strings, `(mantissa, exponent)`
for floats, `(bits, memoryview)` for bit strings, None for null and don't-care.
"""

from compat import const
from dlms.ber import read_length

NULL = const(0)
ARRAY = const(1)
STRUCTURE = const(2)
BOOLEAN = const(3)
BIT_STRING = const(4)
INT32 = const(5)
UINT32 = const(6)
OCTETS = const(9)
VISIBLE = const(10)
UTF8 = const(12)
BCD = const(13)
INT8 = const(15)
INT16 = const(16)
UINT8 = const(17)
UINT16 = const(18)
COMPACT_ARRAY = const(19)
INT64 = const(20)
UINT64 = const(21)
ENUM = const(22)
FLOAT32 = const(23)
FLOAT64 = const(24)
DATE_TIME = const(25)
DATE = const(26)
TIME = const(27)
DONT_CARE = const(255)

_MAX_DEPTH = const(8)
_MAX_NODES = const(1024)

# tag -> (octets, signed), for the types that are one number. 28..33 are the delta types.
_NUMBERS = {
    BOOLEAN: (1, False), INT32: (4, True), UINT32: (4, False), BCD: (1, True), INT8: (1, True),
    INT16: (2, True), UINT8: (1, False), UINT16: (2, False), INT64: (8, True), UINT64: (8, False),
    ENUM: (1, False), 28: (1, True), 29: (2, True), 30: (4, True), 31: (1, False), 32: (2, False),
    33: (4, False),
}  # fmt: skip
_FIXED = {DATE_TIME: 12, DATE: 5, TIME: 4}

STRINGS = (OCTETS, VISIBLE, UTF8)
LISTS = (ARRAY, STRUCTURE)
# The tags with which a value may begin (compact arrays aside).
TAGS = b"\x00\x01\x02\x03\x04\x05\x06\x09\x0a\x0c\x0d\x0f\x10\x11\x12\x14\x15\x16\x17\x18\x19\x1a\x1b\xff"


def is_number(tag: int) -> bool:
    """Tell whether a node with this tag holds an integer of a numeric type."""
    return tag in _NUMBERS and tag not in (BOOLEAN, ENUM)


class Reader:
    """Reads nodes from a buffer. Every error in the data is a ValueError."""

    def __init__(self, data, at: int = 0):
        self._data = data
        self.end = len(data)
        self.at = at
        self._nodes = 0

    def node(self, depth: int = 0) -> tuple:
        """Return the node at the position and go behind it."""
        return self.content(self.octet(), depth)

    def _elements(self, count: int, depth: int) -> list:
        """Return so many nodes; the types that lists are made of take a short way."""
        data, end, at = self._data, self.end, self.at
        nodes = []
        for _ in range(count):
            if at >= end:
                raise ValueError("cut off")
            tag = data[at]
            if tag == UINT32 and at + 5 <= end:
                nodes.append((tag, int.from_bytes(data[at + 1 : at + 5], "big")))
                at += 5
            elif tag == UINT16 and at + 3 <= end:
                nodes.append((tag, data[at + 1] << 8 | data[at + 2]))
                at += 3
            elif tag == INT8 and at + 2 <= end:
                nodes.append((tag, (data[at + 1] ^ 0x80) - 0x80))
                at += 2
            elif tag == OCTETS and at + 1 < end and data[at + 1] <= min(0x7F, end - at - 2):
                length = data[at + 1]
                nodes.append((tag, data[at + 2 : at + 2 + length]))
                at += 2 + length
            else:
                self.at = at + 1
                nodes.append(self.content(tag, depth))
                at = self.at
        self.at = at
        return nodes

    def content(self, tag: int, depth: int) -> tuple:
        """Return the node of a tag that was read, and go behind it."""
        number = _NUMBERS.get(tag)
        if number is not None:
            return tag, self.integer(number[0], number[1])
        if tag in LISTS:
            if depth == _MAX_DEPTH:
                raise ValueError("nested deeper than %d" % _MAX_DEPTH)
            count = self.length()
            # Each element takes at least its tag.
            if count > self.end - self.at:
                raise ValueError("%d elements announced" % count)
            self.count(count)
            return tag, self._elements(count, depth + 1)
        if tag in STRINGS:
            return tag, self.octets(self.length())
        if tag in (NULL, DONT_CARE):
            return tag, None
        if tag in _FIXED:
            return tag, self.octets(_FIXED[tag])
        if tag == FLOAT32:
            return tag, _rare().decimal(self.integer(4, False), 8, 23, 9)
        if tag == FLOAT64:
            return tag, _rare().decimal(self.integer(8, False), 11, 52, 17)
        if tag == BIT_STRING:
            bits = self.length()
            return tag, (bits, self.octets(bits + 7 >> 3))
        if tag == COMPACT_ARRAY:
            return _rare().compact_array(self, depth)
        raise ValueError("type %d" % tag)

    def count(self, more: int):
        """Count more nodes; too many are refused."""
        self._nodes += more
        if self._nodes > _MAX_NODES:
            raise ValueError("more than %d values" % _MAX_NODES)

    def octet(self) -> int:
        """Return one octet."""
        if self.at >= self.end:
            raise ValueError("cut off")
        self.at += 1
        return self._data[self.at - 1]

    def length(self) -> int:
        """Return a length field's number."""
        at = self.at
        if at < self.end and self._data[at] < 0x80:
            self.at = at + 1
            return self._data[at]
        length, self.at = read_length(self._data, at)
        return length

    def octets(self, count: int):
        """Return so many octets."""
        end = self.at + count
        if end > self.end:
            raise ValueError("%d octets announced" % count)
        part = self._data[self.at : end]
        self.at = end
        return part

    def integer(self, octets: int, signed: bool) -> int:
        """Return an integer of so many octets, high octet first."""
        data = self._data
        at = self.at
        if at + octets > self.end:
            raise ValueError("cut off")
        self.at = at + octets
        if octets == 1:
            value = data[at]
        elif octets == 2:
            value = data[at] << 8 | data[at + 1]
        else:
            value = int.from_bytes(data[at : at + octets], "big")
        if signed and data[at] & 0x80:
            value -= 1 << 8 * octets
        return value


def _rare():
    """Return the module of the types that few meters send."""
    from dlms import axdr_rare

    return axdr_rare


def parse(data, at: int = 0) -> tuple:
    """Return the node that fills data from at to its end. Raises ValueError otherwise."""
    reader = Reader(data, at)
    node = reader.node()
    if reader.at != len(data):
        raise ValueError("%d octets behind the data" % (len(data) - reader.at))
    return node
