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
_MAX_PLACES = const(20)  # beyond that no quantity of a meter lies

# tag -> (octets, signed), for the types that are one number. 28..33 are the delta types.
_NUMBERS = {
    BOOLEAN: (1, False), INT32: (4, True), UINT32: (4, False), BCD: (1, True), INT8: (1, True),
    INT16: (2, True), UINT8: (1, False), UINT16: (2, False), INT64: (8, True), UINT64: (8, False),
    ENUM: (1, False), 28: (1, True), 29: (2, True), 30: (4, True), 31: (1, False), 32: (2, False),
    33: (4, False),
}  # fmt: skip
_FIXED = {DATE_TIME: 12, DATE: 5, TIME: 4}

NAMES = {
    NULL: "null", ARRAY: "array", STRUCTURE: "structure", BOOLEAN: "bool", BIT_STRING: "bits",
    INT32: "i32", UINT32: "u32", OCTETS: "octets", VISIBLE: "text", UTF8: "utf8", BCD: "bcd",
    INT8: "i8", INT16: "i16", UINT8: "u8", UINT16: "u16", INT64: "i64", UINT64: "u64",
    ENUM: "enum", FLOAT32: "f32", FLOAT64: "f64", DATE_TIME: "date-time", DATE: "date",
    TIME: "time", DONT_CARE: "any",
}  # fmt: skip

STRINGS = (OCTETS, VISIBLE, UTF8)
LISTS = (ARRAY, STRUCTURE)


def is_number(tag: int) -> bool:
    """Tell whether a node with this tag holds an integer of a numeric type."""
    return tag in _NUMBERS and tag not in (BOOLEAN, ENUM)


class Reader:
    """Reads nodes from a buffer. Every error in the data is a ValueError."""

    def __init__(self, data, at: int = 0):
        self._data = data
        self._end = len(data)
        self.at = at
        self._nodes = 0

    def node(self, depth: int = 0) -> tuple:
        """Return the node at the position and go behind it."""
        return self._content(self._octet(), depth)

    def _elements(self, count: int, depth: int) -> list:
        """Return so many nodes; the types that lists are made of take a short way."""
        data, end, at = self._data, self._end, self.at
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
                nodes.append(self._content(tag, depth))
                at = self.at
        self.at = at
        return nodes

    def _content(self, tag: int, depth: int) -> tuple:
        number = _NUMBERS.get(tag)
        if number is not None:
            return tag, self._integer(number[0], number[1])
        if tag in LISTS:
            if depth == _MAX_DEPTH:
                raise ValueError("nested deeper than %d" % _MAX_DEPTH)
            count = self._length()
            # Each element takes at least its tag.
            if count > self._end - self.at:
                raise ValueError("%d elements announced" % count)
            self._count(count)
            return tag, self._elements(count, depth + 1)
        if tag in STRINGS:
            return tag, self._octets(self._length())
        if tag in (NULL, DONT_CARE):
            return tag, None
        if tag in _FIXED:
            return tag, self._octets(_FIXED[tag])
        if tag == FLOAT32:
            return tag, _decimal(self._integer(4, False), 8, 23, 9)
        if tag == FLOAT64:
            return tag, _decimal(self._integer(8, False), 11, 52, 17)
        if tag == BIT_STRING:
            bits = self._length()
            return tag, (bits, self._octets(bits + 7 >> 3))
        if tag == COMPACT_ARRAY:
            return self._compact_array(depth)
        raise ValueError("type %d" % tag)

    def _count(self, more: int):
        self._nodes += more
        if self._nodes > _MAX_NODES:
            raise ValueError("more than %d values" % _MAX_NODES)

    def _octet(self) -> int:
        if self.at >= self._end:
            raise ValueError("cut off")
        self.at += 1
        return self._data[self.at - 1]

    def _length(self) -> int:
        at = self.at
        if at < self._end and self._data[at] < 0x80:
            self.at = at + 1
            return self._data[at]
        length, self.at = read_length(self._data, at)
        return length

    def _octets(self, count: int):
        end = self.at + count
        if end > self._end:
            raise ValueError("%d octets announced" % count)
        part = self._data[self.at : end]
        self.at = end
        return part

    def _integer(self, octets: int, signed: bool) -> int:
        data = self._data
        at = self.at
        if at + octets > self._end:
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

    def _compact_array(self, depth: int) -> tuple:
        """Read a compact array: a type description, then all elements without tags."""
        if depth == _MAX_DEPTH:
            raise ValueError("nested deeper than %d" % _MAX_DEPTH)
        description = self._description(depth + 1)
        length = self._length()
        end = self.at + length
        if end > self._end:
            raise ValueError("%d octets announced" % length)
        nodes = []
        while self.at < end:
            before = self.at
            nodes.append(self._described(description, depth + 1))
            if self.at == before:
                raise ValueError("compact array of nothing")
        if self.at != end:
            raise ValueError("compact array does not end with an element")
        return ARRAY, nodes

    def _description(self, depth: int) -> tuple:
        """Return (tag, None), (STRUCTURE, descriptions) or (ARRAY, (count, description))."""
        self._count(1)
        if depth > _MAX_DEPTH:
            raise ValueError("nested deeper than %d" % _MAX_DEPTH)
        tag = self._octet()
        if tag == STRUCTURE:
            count = self._length()
            if count > self._end - self.at:
                raise ValueError("%d elements announced" % count)
            parts = []
            for _ in range(count):
                parts.append(self._description(depth + 1))
            return tag, parts
        if tag == ARRAY:
            count = self._integer(2, False)
            return tag, (count, self._description(depth + 1))
        return tag, None

    def _described(self, description: tuple, depth: int) -> tuple:
        tag, parts = description
        self._count(1)
        if tag == STRUCTURE:
            nodes = []
            for part in parts:
                nodes.append(self._described(part, depth + 1))
            return tag, nodes
        if tag == ARRAY:
            nodes = []
            for _ in range(parts[0]):
                nodes.append(self._described(parts[1], depth + 1))
            return tag, nodes
        return self._content(tag, depth)


def parse(data, at: int = 0) -> tuple:
    """Return the node that fills data from at to its end. Raises ValueError otherwise."""
    reader = Reader(data, at)
    node = reader.node()
    if reader.at != len(data):
        raise ValueError("%d octets behind the data" % (len(data) - reader.at))
    return node


def _decimal(bits: int, exponent_bits: int, fraction_bits: int, digits: int) -> "tuple | None":
    """Return the shortest decimal (mantissa, exponent) that names this IEEE 754 number, else None.

    A meter's decimal value survives its way through binary this way, without float arithmetic.
    None stands for infinity, not-a-number, and what is beyond 10^20 or below 10^-20.
    """
    negative = bits >> exponent_bits + fraction_bits
    exponent = bits >> fraction_bits & (1 << exponent_bits) - 1
    mantissa = bits & (1 << fraction_bits) - 1
    if exponent == (1 << exponent_bits) - 1:
        return None
    if exponent:
        mantissa |= 1 << fraction_bits
    else:
        exponent = 1
    if not mantissa:
        return 0, 0
    shift = exponent - (1 << exponent_bits - 1) + 1 - fraction_bits
    # value = numerator / denominator; half an ulp = numerator / mantissa / denominator / 2
    numerator = mantissa << shift if shift > 0 else mantissa
    denominator = 1 << -shift if shift < 0 else 1
    places = 0
    while places < _MAX_PLACES and numerator >= denominator * 10 ** (places + 1):
        places += 1
    if places == _MAX_PLACES:
        return None
    while -_MAX_PLACES < places <= 0 and numerator * 10**-places < denominator:
        places -= 1
    for wanted in range(digits):
        scale = wanted - places
        top = numerator * 10**scale if scale > 0 else numerator
        bottom = denominator * 10**-scale if scale < 0 else denominator
        decimal = (2 * top + bottom) // (2 * bottom)
        # |decimal - top / bottom| < ulp / 2 with ulp = top / bottom / mantissa
        if 2 * mantissa * abs(decimal * bottom - top) < top or wanted == digits - 1:
            return ((-decimal if negative else decimal), -scale) if scale < 30 else None
    return None


def shape(node: tuple, depth: int = 0) -> str:
    """Return a list's structure without its values: `structure(octets:12 u32*8)`."""
    tag, content = node
    name = NAMES.get(tag, str(tag))
    if tag in LISTS:
        if depth == _MAX_DEPTH:
            return name
        parts = []
        count = 0
        last = None
        for child in content:
            text = shape(child, depth + 1)
            if text == last:
                count += 1
                parts[-1] = "%s*%d" % (text, count)
            else:
                parts.append(text)
                count = 1
            last = text
        return "%s(%s)" % (name, " ".join(parts))
    if tag in STRINGS:
        return "%s:%d" % (name, len(content))
    return name
