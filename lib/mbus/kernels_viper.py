"""Checksum and line coding loops of wireless M-Bus as machine code (MicroPython's viper).

Twins in kernels_plain.py do the same in plain Python; import them from kernels.py, never from here.
"""

import micropython


@micropython.viper
def crc(data: ptr8, start: int, count: int) -> int:
    value = 0
    at = start
    end = start + count
    while at < end:
        value ^= data[at] << 8
        bit = 8
        while bit:
            bit -= 1
            value = value << 1
            if value & 0x10000:
                value ^= 0x13D65
        at += 1
    return value ^ 0xFFFF


@micropython.viper
def three_of_six(source: ptr8, start: int, target: ptr8, count: int, table: ptr8) -> int:
    bits = 0
    held = 0
    done = 0
    while done < count:
        while held < 12:
            bits = (bits << 8 | source[start]) & 0xFFFFF
            start += 1
            held += 8
        held -= 12
        high = table[(bits >> (held + 6)) & 63]
        low = table[(bits >> held) & 63]
        if high > 15 or low > 15:
            return done
        target[done] = high << 4 | low
        done += 1
    return count


@micropython.viper
def manchester(source: ptr8, start: int, target: ptr8, count: int) -> int:
    done = 0
    while done < count:
        chips = source[start] << 8 | source[start + 1]
        start += 2
        if ((chips >> 1) ^ chips) & 0x5555 != 0x5555:
            return done
        octet = 0
        bit = 0
        while bit < 8:
            octet |= ((chips >> (bit << 1)) & 1) << bit
            bit += 1
        target[done] = octet
        done += 1
    return count
