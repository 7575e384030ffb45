"""Plain Python twins of kernels_viper.py, for CPython and for ports without a code emitter."""

from compat import const

_WORD = const(0xFFFFFFFF)


def ghash(state, table, data, blocks: int):
    z = state[0] << 96 | state[1] << 64 | state[2] << 32 | state[3]
    rows = [
        table[4 * row] << 96
        | table[4 * row + 1] << 64
        | table[4 * row + 2] << 32
        | table[4 * row + 3]
        for row in range(16)
    ]
    for block in range(blocks):
        x = z ^ int.from_bytes(data[16 * block : 16 * block + 16], "big")
        z = 0
        for _ in range(32):
            z = z >> 4 ^ rows[x & 15] ^ table[64 + (z & 15)] << 112
            x >>= 4
    state[0] = z >> 96
    state[1] = z >> 64 & _WORD
    state[2] = z >> 32 & _WORD
    state[3] = z & _WORD


def xor(target, source, count: int):
    mixed = int.from_bytes(target[:count], "big") ^ int.from_bytes(source[:count], "big")
    target[:count] = mixed.to_bytes(count, "big")


def _row(index: int, polynomial: int) -> int:
    for _ in range(8):
        index = index >> 1 ^ polynomial if index & 1 else index >> 1
    return index


_tables = {}


def crc16(crc: int, data, count: int, polynomial: int) -> int:
    table = _tables.get(polynomial)
    if table is None:
        table = _tables[polynomial] = [_row(index, polynomial) for index in range(256)]
    for at in range(count):
        crc = crc >> 8 ^ table[(crc ^ data[at]) & 255]
    return crc


def oma(state, key, message, start: int, end: int, step: int) -> int:
    while start < end:
        bit = step & 7
        at = 7 - bit
        n = (state[at] + at) & 255 ^ 255
        turned = n << 1 | n >> 7 if key[step >> 3 & 15] >> bit & 1 else -(n >> 1 | n << 7)
        state[at] = (state[at + 1 & 7] + message[start] + turned) & 255
        start += 1
        step = step + 1 if step < 191 else 0
    return step
