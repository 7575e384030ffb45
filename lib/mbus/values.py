"""Data types of EN 13757-3, Annex A: octets of a record to an exact value.

A number is `(mantissa, exponent)`, a moment a `Moment`, text is text, None where the meter marks a value
as not available or sends one that cannot be.
"""

import timestamp
from compat import const

_LONGEST_NUMBER = const(8)
_DIGITS = const(9)  # nine digits tell every 32-bit real from its neighbours (IEEE 754, 5.12.2)
_MAX_EXPONENT = const(20)
_EVERY_YEAR = const(127)


class Moment:
    """A date, a time, or both: `time` is a local time tuple (timestamp.py), None for what comes every year;
    text gives what was sent."""

    def __init__(self, time: "tuple | None", text: str):
        self.time = time
        self.text = text


def integer(data) -> int:
    """Type B: signed integer, least significant octet first, of 1 to 8 octets."""
    value = unsigned(data)
    if data[len(data) - 1] & 0x80:
        value -= 1 << 8 * len(data)
    return value


def unsigned(data) -> int:
    """Type C or D: unsigned integer or bit field of 1 to 8 octets."""
    value = 0
    for at in range(len(data) - 1, -1, -1):
        value = value << 8 | data[at]
    return value


def bcd(data) -> "int | None":
    """Type A: BCD; F in the most significant digit is the minus sign, other letters an error mark."""
    value = 0
    negative = False
    for at in range(len(data) - 1, -1, -1):
        high, low = data[at] >> 4, data[at] & 15
        if high == 15 and at == len(data) - 1:
            negative = True
            high = 0
        if high > 9 or low > 9:
            return None
        value = value * 100 + high * 10 + low
    return -value if negative else value


def digits(data) -> str:
    """Return BCD octets as they are printed on a plate, leading zeros and letters included."""
    return bytes(data[at] for at in range(len(data) - 1, -1, -1)).hex().upper()


def real(data) -> "tuple | None":
    """Type H: 32-bit IEEE 754 real, correctly rounded to nine significant digits.

    None for infinities and for what is not a number. No float arithmetic is involved.
    """
    bits = unsigned(data)
    exponent = bits >> 23 & 255
    fraction = bits & 0x7FFFFF
    if exponent == 255:
        return None
    if exponent:
        fraction |= 0x800000
    else:
        exponent = 1
    if not fraction:
        return 0, 0
    mantissa, decimal = _decimal(fraction, exponent - 150)
    if not -_MAX_EXPONENT <= decimal <= _MAX_EXPONENT:
        return None
    return (-mantissa if bits >> 31 else mantissa), decimal


def _decimal(fraction: int, binary: int) -> tuple:
    """Return fraction * 2**binary as (mantissa of at most nine digits, decimal exponent)."""
    decimal = 0
    numerator, denominator = fraction, 1
    if binary >= 0:
        numerator <<= binary
    else:
        denominator = 1 << -binary
    low, high = 10 ** (_DIGITS - 1), 10**_DIGITS
    while numerator >= high * denominator:
        denominator *= 10
        decimal += 1
    while numerator < low * denominator:
        numerator *= 10
        decimal -= 1
    mantissa, rest = divmod(numerator, denominator)
    # Round half to even; a carry out of nine digits only adds a zero, which goes below.
    if 2 * rest > denominator or (2 * rest == denominator and mantissa & 1):
        mantissa += 1
    while mantissa % 10 == 0:
        mantissa //= 10
        decimal += 1
    if 0 < decimal <= _DIGITS:
        mantissa, decimal = mantissa * 10**decimal, 0
    return mantissa, decimal


def text(data) -> str:
    """Return ISO 8859-1 text, which the wire carries last character first."""
    return "".join([chr(data[at]) for at in range(len(data) - 1, -1, -1)])


def variable(lvar: int, data):
    """Return the value of a variable length field by its LVAR octet (Table 5): text, number or None."""
    if lvar <= 0xBF:
        return text(data)
    if lvar <= 0xC9 or 0xD0 <= lvar <= 0xD9:
        value = bcd(data) if len(data) else None
        if value is None:
            return None
        return (-value if lvar >= 0xD0 else value), 0
    if len(data) and len(data) <= _LONGEST_NUMBER:
        return integer(data), 0
    return bytes(data).hex() if len(data) else None


def variable_length(lvar: int) -> int:
    """Return the octets that follow an LVAR octet, or -1 where it is reserved."""
    if lvar <= 0xBF:
        return lvar
    if lvar <= 0xC9:
        return lvar - 0xC0
    if 0xD0 <= lvar <= 0xD9:
        return lvar - 0xD0
    if 0xE0 <= lvar <= 0xEF:
        return lvar - 0xE0
    if 0xF0 <= lvar <= 0xF4:
        return 4 * (lvar - 0xEC)
    return {0xF5: 48, 0xF6: 64}.get(lvar, -1)


def moment(data) -> "Moment | None":
    """Types G (2 octets), J (3), F (4) and I (6) by their length; None where invalid or not set."""
    size = len(data)
    if size == 2:
        return _type_g(data)
    if size == 3:
        return _type_j(data)
    if size == 4:
        return _type_f(data)
    return _type_i(data) if size == 6 else None


def _date(low: int, high: int) -> tuple:
    """Return (year, month, day) of the packed date that types F, G and I share; year 0 is no certain year."""
    year = low >> 5 | high >> 4 << 3
    if year == _EVERY_YEAR:
        return 0, high & 15, low & 31
    # The century bits of type F are set wrongly by real meters, so all types use one window.
    return (year + (2000 if year <= 80 else 1900), high & 15, low & 31)


def _checked(time: tuple, written: str) -> "Moment | None":
    return Moment(time, written) if timestamp.valid(time) else None


def _type_g(data) -> "Moment | None":
    if data[0] == data[1] == 0xFF:
        return None
    date = _date(data[0], data[1])
    if not date[0] and timestamp.valid((2000,) + date[1:] + (0, 0, 0)):
        return Moment(
            None, "--%02d-%02d" % date[1:]
        )  # ISO 8601:2000, 5.2.1.3: a day of every year
    return _checked(date + (0, 0, 0, None, None), "%04d-%02d-%02d" % date)


def _type_j(data) -> "Moment | None":
    second, minute, hour = data[0] & 63, data[1] & 63, data[2] & 31
    if second > 59 or minute > 59 or hour > 23:
        return None
    return Moment(
        (2000, 1, 1, hour, minute, second, None, None), "%02d:%02d:%02d" % (hour, minute, second)
    )


def _type_f(data) -> "Moment | None":
    if data[0] & 0x80:
        return None
    time = _date(data[2], data[3]) + (data[1] & 31, data[0] & 63, 0, None, bool(data[1] & 0x80))
    return _checked(time, "%04d-%02d-%02dT%02d:%02d" % time[:5])


def _type_i(data) -> "Moment | None":
    if data[1] & 0x80:
        return None
    time = _date(data[3], data[4]) + (
        data[2] & 31,
        data[1] & 63,
        data[0] & 63,
        None,
        bool(data[0] & 0x40),
    )
    return _checked(time, "%04d-%02d-%02dT%02d:%02d:%02d" % time[:6])
