"""HMAC-SHA256 (RFC 2104, FIPS 198-1), for a runtime whose hashes cannot be copied."""

from hashlib import sha256

DIGEST_SIZE = 32
_BLOCK_SIZE = 64
_INNER = int.from_bytes(b"\x36" * _BLOCK_SIZE, "big")
_OUTER = int.from_bytes(b"\x5c" * _BLOCK_SIZE, "big")


class Hmac:
    """One key's HMAC; the two padded key blocks are made once."""

    def __init__(self, key: bytes):
        if len(key) > _BLOCK_SIZE:
            key = sha256(key).digest()
        block = int.from_bytes(bytes(key) + bytes(_BLOCK_SIZE - len(key)), "big")
        self._inner = (block ^ _INNER).to_bytes(_BLOCK_SIZE, "big")
        self._outer = (block ^ _OUTER).to_bytes(_BLOCK_SIZE, "big")

    def digest(self, *parts) -> bytes:
        """The 32-octet code of the parts, one after the other."""
        inner = sha256(self._inner)
        for part in parts:
            inner.update(part)
        outer = sha256(self._outer)
        outer.update(inner.digest())
        return outer.digest()
