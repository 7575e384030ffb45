"""A meter's public key on P-256, as its operator writes it."""

from binascii import unhexlify

_SEPARATORS = " :-"


def parse(text: str) -> bytes:
    """Return the point of 65 octets from 128 hex digits, or 130 that begin with 04.

    Raises ValueError with a cause for the user.
    """
    from crypto import p256

    for separator in _SEPARATORS:
        text = text.replace(separator, "")
    if len(text) == 2 * p256.PUBLIC_SIZE - 2:
        text = "04" + text
    if len(text) != 2 * p256.PUBLIC_SIZE:
        raise ValueError("128 hexadecimal digits are expected, or 130 that begin with 04")
    try:
        point = unhexlify(text)
    except ValueError:
        raise ValueError("hexadecimal digits expected")
    p256.decode(point)
    return point
