"""GHASH, the universal hash of GCM (NIST SP 800-38D 6.4), four bits at a time."""

from array import array

from kernels import ghash

from compat import const

# x^128 + x^7 + x^2 + x + 1, bits reflected as in SP 800-38D 6.3.
_REDUCTION = const(0xE1)


def _table(subkey) -> array:
    """Return 16 multiples of the subkey in four words each, then 16 reduction remainders."""
    # SP 800-38D writes a polynomial's lowest coefficient as the highest bit, so times x is a shift
    # right.
    rows = [0] * 16
    value = int.from_bytes(subkey, "big")
    for row in (8, 4, 2, 1):
        rows[row] = value
        value = value >> 1 ^ (_REDUCTION << 120 if value & 1 else 0)
    for row in (2, 4, 8):
        for low in range(1, row):
            rows[row + low] = rows[row] ^ rows[low]
    table = array("I", [0] * 80)
    for row in range(16):
        for word in range(4):
            table[4 * row + word] = rows[row] >> 96 - 32 * word & 0xFFFFFFFF
    for rest in range(16):
        value = rest
        for _ in range(4):
            value = value >> 1 ^ (_REDUCTION << 8 if value & 1 else 0)
        table[64 + rest] = value
    return table


class Ghash:
    """A running GHASH under a subkey of 16 octets."""

    def __init__(self, subkey):
        self._table = _table(subkey)
        # The state, then room for the kernel.
        self._state = array("I", [0] * 8)
        self._block = bytearray(16)

    def reset(self):
        """Start a new hash under the same subkey."""
        for word in range(4):
            self._state[word] = 0

    def update(self, data):
        """Fold data in, the last block filled up with zeros."""
        blocks, rest = divmod(len(data), 16)
        if blocks:
            ghash(self._state, self._table, data, blocks)
        if rest:
            block = self._block
            block[:rest] = data[16 * blocks :]
            for at in range(rest, 16):
                block[at] = 0
            ghash(self._state, self._table, block, 1)

    def digest(self, target):
        """Write the hash's 16 octets to target."""
        for word in range(4):
            value = self._state[word]
            for octet in range(4):
                target[4 * word + octet] = value >> 24 - 8 * octet & 255
