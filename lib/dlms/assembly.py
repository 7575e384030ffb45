"""Put the numbered parts of an APDU together in one buffer that is kept."""

from compat import const

_START = const(512)


class Assembly:
    """Parts joined in order into at most `limit` octets.

    first: number of the first part; modulus: numbers start again from 0 there. `lost` names, after
    each add, what was given up: "sequence", "overflow" or None.
    """

    def __init__(self, limit: int, first: int, modulus: int):
        self._limit = limit
        self._buffer = bytearray(min(_START, limit))
        self._view = memoryview(self._buffer)
        self._first = first
        self._modulus = modulus
        self._length = 0
        self._next = first
        self._broken = False
        self.parts = 0
        self.lost = None

    def add(self, number: int, last: bool, part) -> "memoryview | None":
        """Append a part; return the whole, valid until the next add, if it was the last."""
        self.lost = None
        # More than one modulus of parts: the first number can come round again.
        if number == self._first and (self._next != number or not self.parts):
            if self.parts:
                self.lost = "sequence"  # another transfer begins inside this one
            self._restart()
        elif self._broken or (not self.parts and number != self._first) or number != self._next:
            if not self._broken:
                self.lost = "sequence"
            self._restart()
            self._broken = not last  # one loss, whatever else of it still comes
            return None
        end = self._length + len(part)
        if end > self._limit:
            self.lost = "overflow"
            self._restart()
            self._broken = not last
            return None
        if end > len(self._buffer):
            self._grow(end)
        self._buffer[self._length : end] = part
        self._length = end
        self._next = (number + 1) % self._modulus
        self.parts += 1
        if not last:
            return None
        self._restart()
        return self._view[:end]

    def _grow(self, needed: int):
        old = self._buffer
        self._buffer = bytearray(min(max(2 * len(old), needed), self._limit))
        self._buffer[: len(old)] = old
        self._view = memoryview(self._buffer)

    def expected(self) -> int:
        """Return the number of the part that continues."""
        return self._next

    def abandon(self) -> bool:
        """Forget what is incomplete; tell whether there was any."""
        pending = self.parts > 0
        self._restart()
        return pending

    def _restart(self):
        self._length = 0
        self._next = self._first
        self._broken = False
        self.parts = 0
