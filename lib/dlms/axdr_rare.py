"""The A-XDR types that few meters send: compact arrays and floats (see axdr.py)."""

from compat import const
from dlms.axdr import ARRAY, STRUCTURE

_MAX_DEPTH = const(8)
_MAX_PLACES = const(20)  # beyond that no quantity of a meter lies


def compact_array(reader, depth: int) -> tuple:
    """Read a compact array: a type description, then all elements without tags."""
    if depth == _MAX_DEPTH:
        raise ValueError("nested deeper than %d" % _MAX_DEPTH)
    description = _description(reader, depth + 1)
    length = reader.length()
    end = reader.at + length
    if end > reader.end:
        raise ValueError("%d octets announced" % length)
    nodes = []
    while reader.at < end:
        before = reader.at
        nodes.append(_described(reader, description, depth + 1))
        if reader.at == before:
            raise ValueError("compact array of nothing")
    if reader.at != end:
        raise ValueError("compact array does not end with an element")
    return ARRAY, nodes


def _description(reader, depth: int) -> tuple:
    """Return (tag, None), (STRUCTURE, descriptions) or (ARRAY, (count, description))."""
    reader.count(1)
    if depth > _MAX_DEPTH:
        raise ValueError("nested deeper than %d" % _MAX_DEPTH)
    tag = reader.octet()
    if tag == STRUCTURE:
        count = reader.length()
        if count > reader.end - reader.at:
            raise ValueError("%d elements announced" % count)
        parts = []
        for _ in range(count):
            parts.append(_description(reader, depth + 1))
        return tag, parts
    if tag == ARRAY:
        count = reader.integer(2, False)
        return tag, (count, _description(reader, depth + 1))
    return tag, None


def _described(reader, description: tuple, depth: int) -> tuple:
    tag, parts = description
    reader.count(1)
    if tag == STRUCTURE:
        nodes = []
        for part in parts:
            nodes.append(_described(reader, part, depth + 1))
        return tag, nodes
    if tag == ARRAY:
        nodes = []
        for _ in range(parts[0]):
            nodes.append(_described(reader, parts[1], depth + 1))
        return tag, nodes
    return reader.content(tag, depth)


def decimal(bits: int, exponent_bits: int, fraction_bits: int, digits: int) -> "tuple | None":
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
