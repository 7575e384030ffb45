"""MEP packets as they arrive (MEP Client Developer's Guide, 2): a length, that many octets, nothing else.

There is no start octet and no checksum. What delimits an answer is its length field and silence; what
proves it is its digest (exchange.py).
"""

from compat import const

# Code and digest; one code, a count, 465 octets of table and the digest.
_SHORTEST = const(9)
_LONGEST = const(476)
_BUFFER = const(1024)

LONGEST_PACKET = _LONGEST + 2


class Packets:
    """Push parser: `feed` octets, then `take` packets.

    dropped: octets or packets given up, by cause. alerts: empty packets that the meter sends while it
    wants service; they are only counted, since answering one would mean to write.
    """

    def __init__(self):
        self.dropped = {}
        self.alerts = 0
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._start = 0
        self._end = 0
        self._noise = False

    def feed(self, data) -> None:
        """Take in received octets; what does not fit is dropped and counted."""
        if self._start:
            kept = self._end - self._start
            self._view[:kept] = self._view[self._start : self._end]
            self._start = 0
            self._end = kept
        room = _BUFFER - self._end
        if len(data) > room:
            self._drop("overflow")
            data = memoryview(data)[:room]
        end = self._end + len(data)
        self._view[self._end : end] = data
        self._end = end

    def take(self) -> "memoryview | None":
        """Return the next packet, its length field included, or None; valid until the next feed."""
        buffer = self._buffer
        while self._end - self._start >= 2:
            length = buffer[self._start] << 8 | buffer[self._start + 1]
            if length == 0:
                self.alerts += 1
                self._start += 2
                self._noise = False
            elif not _SHORTEST <= length <= _LONGEST:
                # A run of octets that begin no packet counts once.
                if not self._noise:
                    self._drop("noise")
                self._noise = True
                self._start += 1
            elif self._end - self._start < length + 2:
                return None
            else:
                packet = self._view[self._start : self._start + length + 2]
                self._start += length + 2
                self._noise = False
                return packet
        return None

    @property
    def partial(self) -> bool:
        """Whether octets wait for the rest of their packet."""
        return self._end > self._start

    def idle(self) -> None:
        """The line fell silent: a packet that is not whole by now never will be."""
        if self._end > self._start:
            # A lone zero is half an alert.
            whole = self._end - self._start == 1 and self._buffer[self._start] == 0
            self._drop("noise" if whole else "truncated")
        self._start = self._end = 0
        self._noise = False

    def _drop(self, cause: str) -> None:
        self.dropped[cause] = self.dropped.get(cause, 0) + 1
