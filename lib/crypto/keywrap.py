"""AES key wrap (RFC 3394): keys under a key-encryption key."""

from compat import const
from crypto.aes import Ecb
from crypto.constant_time import equal
from crypto.steps import finish

_INITIAL = b"\xa6" * 8
_BLOCKS_PER_STEP = const(48)


def wrap(kek, key) -> bytes:
    """Return a key of n * 8 octets (n >= 2) wrapped under kek: 8 octets longer (RFC 3394 2.2.1).

    Raises ValueError on another length.
    """
    return finish(wrap_steps(kek, key))


def unwrap(kek, wrapped) -> "bytes | None":
    """Return the key in wrapped, or None where its integrity check fails (RFC 3394 2.2.2)."""
    return finish(unwrap_steps(kek, wrapped))


def wrap_steps(kek, key):
    """Steps; returns what `wrap` does."""
    if len(key) % 8 or len(key) < 16:
        raise ValueError("a key to wrap has a multiple of 8 octets, at least 16")
    aes = Ecb(kek)
    out = bytearray(8) + bytearray(key)
    block = bytearray(_INITIAL + bytes(8))  # its first half is the register A of the RFC
    count = len(key) // 8
    for step in range(6 * count):
        at = 8 * (step % count + 1)
        block[8:] = out[at : at + 8]
        aes.encrypt(block, block)
        _count(block, step + 1)
        out[at : at + 8] = block[8:]
        if step % _BLOCKS_PER_STEP == _BLOCKS_PER_STEP - 1:
            yield
    out[:8] = block[:8]
    return bytes(out)


def unwrap_steps(kek, wrapped):
    """Steps; returns what `unwrap` does."""
    if len(wrapped) % 8 or len(wrapped) < 24:
        return None
    aes = Ecb(kek)
    out = bytearray(wrapped)
    block = bytearray(out[:16])
    count = len(wrapped) // 8 - 1
    for step in range(6 * count - 1, -1, -1):
        at = 8 * (step % count + 1)
        block[8:] = out[at : at + 8]
        _count(block, step + 1)
        aes.decrypt(block, block)
        out[at : at + 8] = block[8:]
        if step % _BLOCKS_PER_STEP == 0:
            yield
    return bytes(out[8:]) if equal(block[:8], _INITIAL) else None


def _count(block, step: int):
    # The RFC's 64-bit step number never exceeds 16 bits for any key length in use.
    block[7] ^= step & 255
    block[6] ^= step >> 8
