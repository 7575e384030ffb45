"""RC4, only because a MEP port offers it (MEP Client Developer's Guide, appendix). Never use it elsewhere."""


class RC4:
    """A key stream. Octets are encrypted and decrypted in place by the same call, in their order."""

    def __init__(self, key: bytes):
        state = bytearray(range(256))
        j = 0
        for i in range(256):
            held = state[i]
            j = j + held + key[i % len(key)] & 255
            state[i] = state[j]
            state[j] = held
        self._state = state
        self._i = 0
        self._j = 0

    def crypt(self, data, start: int, end: int) -> None:
        """XOR data[start:end] with the next octets of the key stream."""
        state = self._state
        i = self._i
        j = self._j
        for at in range(start, end):
            i = i + 1 & 255
            held = state[i]
            j = j + held & 255
            other = state[j]
            state[i] = other
            state[j] = held
            data[at] ^= state[held + other & 255]
        self._i = i
        self._j = j
