"""Reflected CRC-16, bit by bit, as the meters' standards define it."""

X25 = 0x8408  # HDLC: start FFFF, complemented at the end
ARC = 0xA001  # P1 text: start 0000


def crc16(data: bytes, polynomial: int, start: int) -> int:
    """Return the CRC of data."""
    value = start
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ polynomial if value & 1 else value >> 1
    return value
