"""Plain Python twins of kernels_viper.py, for CPython and for ports without a code emitter."""

from compat import const

_POLYNOMIAL = const(0x3D65)


def _row(index: int) -> int:
    value = index << 8
    for _ in range(8):
        value = (value << 1 ^ _POLYNOMIAL if value & 0x8000 else value << 1) & 0xFFFF
    return value


_table = []


def crc(data, start: int, count: int) -> int:
    if not _table:
        _table.extend([_row(index) for index in range(256)])
    value = 0
    for at in range(start, start + count):
        value = (value << 8 & 0xFFFF) ^ _table[value >> 8 ^ data[at]]
    return value ^ 0xFFFF


def three_of_six(source, start: int, target, count: int, table) -> int:
    bits = held = 0
    for done in range(count):
        while held < 12:
            bits = (bits << 8 | source[start]) & 0xFFFFF
            start += 1
            held += 8
        held -= 12
        high = table[bits >> held + 6 & 63]
        low = table[bits >> held & 63]
        if high > 15 or low > 15:
            return done
        target[done] = high << 4 | low
    return count


def manchester(source, start: int, target, count: int) -> int:
    for done in range(count):
        chips = source[start + 2 * done] << 8 | source[start + 2 * done + 1]
        # The two chips of a bit differ; the second is the bit.
        if (chips >> 1 ^ chips) & 0x5555 != 0x5555:
            return done
        octet = 0
        for bit in range(8):
            octet |= (chips >> 2 * bit & 1) << bit
        target[done] = octet
    return count
