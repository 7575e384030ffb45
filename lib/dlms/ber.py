"""Length octets as in BER and A-XDR (IEC 61334-6): one octet below 80, else 8n and n octets."""

from compat import const

_MAX_OCTETS = const(3)


def read_length(data, at: int) -> tuple:
    """Return (length, position behind it). Raises ValueError where it is cut off or over 2^24."""
    if at >= len(data):
        raise ValueError("length missing")
    first = data[at]
    at += 1
    if first < 0x80:
        return first, at
    count = first & 0x7F
    if not 1 <= count <= _MAX_OCTETS or at + count > len(data):
        raise ValueError("length octets")
    length = 0
    for _ in range(count):
        length = length << 8 | data[at]
        at += 1
    return length, at


def write_length(length: int) -> bytes:
    """Return the length octets of 0..65535."""
    if length < 0x80:
        return bytes((length,))
    if length < 0x100:
        return bytes((0x81, length))
    return bytes((0x82, length >> 8, length & 255))
