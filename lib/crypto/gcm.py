"""AES-GCM (NIST SP 800-38D) with IVs of 96 bits, in place and in fixed buffers."""

from kernels import xor

from compat import const
from crypto.aes import Ecb
from crypto.constant_time import equal
from crypto.ghash import Ghash

_BATCH = const(16)  # counter blocks per call of the cipher
_LIMIT = const(1000000)  # octets; keeps the counter in 16 bits


class Gcm:
    """AES-GCM under one key of 16 or 32 octets. Raises ValueError on another length."""

    def __init__(self, key):
        self._aes = Ecb(key)
        self._counters = bytearray(16 * _BATCH)
        self._sources = memoryview(self._counters)
        self._stream = bytearray(16 * _BATCH)
        self._view = memoryview(self._stream)
        self._hash = None  # its table is built only where a tag is needed
        self._tag = bytearray(16)

    def crypt(self, iv, data):
        """Encrypt or decrypt data (a writable buffer) in place: CTR mode from counter 2.

        Raises ValueError on an IV of another length than 12 and on more than a million octets.
        """
        if len(iv) != 12:
            raise ValueError("GCM IV of %d octets" % len(iv))
        data = memoryview(data)
        if len(data) > _LIMIT:
            raise ValueError("message of %d octets" % len(data))
        counters = self._counters
        for at in range(0, min(len(counters), len(data) + 15), 16):
            counters[at : at + 12] = iv
            counters[at + 12] = counters[at + 13] = 0
        counter = 2
        for start in range(0, len(data), 16 * _BATCH):
            count = min(16 * _BATCH, len(data) - start)
            end = count + 15 & ~15
            for at in range(14, end, 16):
                counters[at] = counter >> 8
                counters[at + 1] = counter & 255
                counter += 1
            self._aes.encrypt(self._sources[:end], self._view[:end])
            xor(data[start : start + count], self._stream, count)

    def tag(self, iv, additional, ciphertext) -> bytearray:
        """Return the tag (16 octets) of additional data and ciphertext, valid to the next call.

        additional: a sequence of buffers, authenticated as if joined.
        """
        tag = self._tag
        if self._hash is None:
            for at in range(16):
                tag[at] = 0
            self._aes.encrypt(tag, tag)
            self._hash = Ghash(tag)
        hashed = self._hash
        hashed.reset()
        joined = additional[0]
        if len(additional) > 1:
            # MicroPython joins bytes objects only.
            joined = b"".join([bytes(part) for part in additional])
        hashed.update(joined)
        hashed.update(ciphertext)
        lengths = self._view[:16]
        _lengths(lengths, 8 * len(joined), 8 * len(ciphertext))
        hashed.update(lengths)
        hashed.digest(tag)
        first = self._view[16:32]
        first[:12] = iv
        first[12] = first[13] = first[14] = 0
        first[15] = 1
        self._aes.encrypt(first, first)
        xor(tag, first, 16)
        return tag

    def verify(self, iv, additional, ciphertext, tag) -> bool:
        """Tell, in constant time, whether a tag (possibly truncated) is right."""
        return equal(memoryview(self.tag(iv, additional, ciphertext))[: len(tag)], tag)

    def encrypt(self, iv, additional, data, tag_length: int = 16) -> bytes:
        """Encrypt data in place and return its tag."""
        self.crypt(iv, data)
        return bytes(self.tag(iv, additional, data)[:tag_length])

    def decrypt(self, iv, additional, data, tag) -> bool:
        """Decrypt data in place if the tag is right; otherwise leave it alone and return False."""
        if not self.verify(iv, additional, data, tag):
            return False
        self.crypt(iv, data)
        return True


def _lengths(target, first: int, second: int):
    for at in range(8):
        target[7 - at] = first & 255
        target[15 - at] = second & 255
        first >>= 8
        second >>= 8
