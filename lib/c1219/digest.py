"""The keyed digest that signs every MEP request and answer (MEP Client Developer's Guide, appendix).

It is the OMA digest of OSGP with a 16-byte key: an 8-byte state through which every message byte goes
once, in passes of 192 steps, steered by one key bit a step. It guards against a damaged, late or
swapped answer; against a determined attacker it is weak, so signed frames are never shown to anyone.
"""

from kernels import oma

# A pass runs through the key once and a half, one bit a step.
_PASS = 192
_ZEROS = bytes(_PASS)

KEY_LENGTH = 16
LENGTH = 8


class Digest:
    """The digest over what was fed so far. Reuse one by `reset`.

    Raises ValueError unless key is 16 octets.
    """

    def __init__(self, key: bytes):
        if len(key) != KEY_LENGTH:
            raise ValueError("a MEP key has 16 octets")
        self._key = bytes(key)
        self._state = bytearray(LENGTH)
        self._padded = bytearray(LENGTH)
        self._marked = bytearray(LENGTH)
        self._step = 0
        self._marked_step = 0

    def reset(self) -> None:
        """Start a new message."""
        for i in range(LENGTH):
            self._state[i] = 0
        self._step = 0

    def mark(self) -> None:
        """Remember what was fed so far, for `back`."""
        self._marked[:] = self._state
        self._marked_step = self._step

    def back(self) -> None:
        """Forget what was fed since `mark`."""
        self._state[:] = self._marked
        self._step = self._marked_step

    def feed(self, message, start: int, end: int) -> None:
        """Add message[start:end]."""
        self._step = oma(self._state, self._key, message, start, end, self._step)

    def value(self) -> bytearray:
        """Return the 8 octets of the digest; valid until the next call.

        More may be fed afterwards: an answer's digest goes on from its request without the padding.
        """
        self._padded[:] = self._state
        if self._step:
            oma(self._padded, self._key, _ZEROS, 0, _PASS - self._step, self._step)
        return self._padded

    def matches(self, message, offset: int) -> bool:
        """Tell whether the 8 octets at offset are the digest, in constant time."""
        value = self.value()
        difference = 0
        for i in range(LENGTH):
            difference |= value[i] ^ message[offset + i]
        return difference == 0
