"""CRC of P1 telegrams: CRC-16/ARC from "/" to "!" inclusive (DSMR 5.0.2 P1, 5.2)."""

from kernels import crc16

from compat import const

_POLYNOMIAL = const(0xA001)


def checksum(buffer, start: int, end: int) -> int:
    """Return the CRC over buffer[start:end]."""
    return crc16(0, memoryview(buffer)[start:end], end - start, _POLYNOMIAL)
