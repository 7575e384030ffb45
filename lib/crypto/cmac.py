"""AES-CMAC (NIST SP 800-38B, RFC 4493)."""

from crypto.aes import Ecb


def _doubled(block: bytearray) -> bytearray:
    """Return the block times x in GF(2**128), section 6.1."""
    carry = block[0] >> 7
    out = bytearray(16)
    for at in range(15):
        out[at] = (block[at] << 1 | block[at + 1] >> 7) & 255
    out[15] = (block[15] << 1 & 255) ^ (0x87 if carry else 0)
    return out


def cmac(key, *parts) -> bytearray:
    """Return the 16 octets of the CMAC of all parts, one after the other, under a key of 16 octets."""
    cipher = Ecb(key)
    block = bytearray(16)
    subkey = bytearray(16)
    cipher.encrypt(block, subkey)
    subkey = _doubled(subkey)
    filled = 0
    for part in parts:
        for octet in part:
            if filled == 16:
                cipher.encrypt(block, block)
                filled = 0
            block[filled] ^= octet
            filled += 1
    if filled < 16:
        block[filled] ^= 0x80
        subkey = _doubled(subkey)
    for at in range(16):
        block[at] ^= subkey[at]
    cipher.encrypt(block, block)
    return block
