"""Exact decimal numbers: a quantity is `(mantissa, exponent)`, value = mantissa * 10**exponent.

The ESP32 port's floats have 24 bits of mantissa and would corrupt a meter reading, so a metered value is
never a float. The exponent also carries how many digits the meter sent: (1000, -3) is 1.000.
"""

_MAX_EXPONENT = 32


def text(mantissa: int, exponent: int) -> str:
    """Return the exact decimal text, without exponent notation, with just the digits given.

    (2337, -1) -> "233.7"; (1000, -3) -> "1.000"; (12, 2) -> "1200"; (-5, -2) -> "-0.05".
    Raises ValueError if |exponent| > 32 (no meter sends that; it would make a long text).
    """
    if not -_MAX_EXPONENT <= exponent <= _MAX_EXPONENT:
        raise ValueError("decimal exponent out of range")
    if exponent >= 0:
        return str(mantissa) + "0" * exponent if mantissa else "0"
    digits = str(abs(mantissa))
    missing = 1 - exponent - len(digits)
    if missing > 0:
        digits = "0" * missing + digits
    sign = "-" if mantissa < 0 else ""
    return sign + digits[:exponent] + "." + digits[exponent:]


def parse(decimal: str) -> tuple:
    """Return `(mantissa, exponent)` of decimal text such as "000123.45" -> (12345, -2).

    Raises ValueError on anything but an optional sign, digits and at most one point.
    """
    body = decimal[1:] if decimal[:1] in ("-", "+") else decimal
    whole, point, fraction = body.partition(".")
    digits = whole + fraction
    # isdigit() alone would also take digits of other scripts, which int() then reads.
    if not digits.isdigit() or len(digits.encode()) != len(digits) or (point and not fraction):
        raise ValueError("not a decimal number: %r" % decimal)
    mantissa = int(digits)
    return (-mantissa if decimal[0] == "-" else mantissa, -len(fraction))


def compare(a: tuple, b: tuple) -> int:
    """Return <0, 0 or >0 as a is less than, equal to or greater than b, exactly."""
    low = min(a[1], b[1])
    return a[0] * 10 ** (a[1] - low) - b[0] * 10 ** (b[1] - low)
