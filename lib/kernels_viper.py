"""The integer loops that would stall the loop as bytecode, as machine code (MicroPython's viper).

Twins in kernels_plain.py do the same in plain Python; import them from kernels.py, never from
here. A viper word has 32 bits on the ESP32 and 64 on a PC, and `>>` keeps the sign: every right
shift is masked, and what overflows bit 31 is cut off by the 32-bit store.
"""

import micropython


@micropython.viper
def ghash(state: ptr32, table: ptr32, data: ptr8, blocks: int):
    z0 = state[0]
    z1 = state[1]
    z2 = state[2]
    z3 = state[3]
    at = 0
    while blocks:
        word = 0
        while word < 4:
            state[4 + word] = (
                data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]
            )
            at += 4
            word += 1
        state[4] ^= z0
        state[5] ^= z1
        state[6] ^= z2
        state[7] ^= z3
        z0 = 0
        z1 = 0
        z2 = 0
        z3 = 0
        while word:
            word -= 1
            x = state[4 + word]
            nibble = 8
            while nibble:
                nibble -= 1
                rest = z3 & 15
                row = (x & 15) << 2
                x = x >> 4
                z3 = ((z3 >> 4) & 0x0FFFFFFF | z2 << 28) ^ table[row + 3]
                z2 = ((z2 >> 4) & 0x0FFFFFFF | z1 << 28) ^ table[row + 2]
                z1 = ((z1 >> 4) & 0x0FFFFFFF | z0 << 28) ^ table[row + 1]
                z0 = (z0 >> 4) & 0x0FFFFFFF ^ table[row] ^ table[64 + rest] << 16
        blocks -= 1
    state[0] = z0
    state[1] = z1
    state[2] = z2
    state[3] = z3


@micropython.viper
def xor(target: ptr8, source: ptr8, count: int):
    at = 0
    while at < count:
        target[at] ^= source[at]
        at += 1


@micropython.viper
def crc16(crc: int, data: ptr8, count: int, polynomial: int) -> int:
    at = 0
    while at < count:
        crc ^= data[at]
        bit = 8
        while bit:
            bit -= 1
            if crc & 1:
                crc = crc >> 1 ^ polynomial
            else:
                crc = crc >> 1
        at += 1
    return crc


@micropython.viper
def oma(state: ptr8, key: ptr8, message: ptr8, start: int, end: int, step: int) -> int:
    while start < end:
        bit = step & 7
        at = 7 - bit
        n = (int(state[at]) + at) & 255 ^ 255
        if int(key[step >> 3 & 15]) >> bit & 1:
            turned = n << 1 | n >> 7
        else:
            turned = 0 - (n >> 1 | n << 7)
        state[at] = int(state[at + 1 & 7]) + int(message[start]) + turned
        start += 1
        step += 1
        if step == 192:
            step = 0
    return step
