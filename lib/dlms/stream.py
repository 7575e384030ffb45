"""Find frames in a stream of octets: one fixed buffer, several frame formats, resynchronisation.

A format is an object with

    kind     its name
    starts   the octets that can begin its frame
    limit    the longest frame, in octets
    measure(buffer, at, end, silent, fresh) -> int
             looks at buffer[at:end] and returns the length of the whole, valid frame at `at`;
             WAIT while it may still become one; SKIP for an octet that belongs to no frame but is
             no noise either (a flag between frames); or NOISE. Where the start was real but the
             frame is damaged it sets `cause` and returns NOISE.
             silent: nothing more will come. fresh: a frame ended, or silence, right before `at`.

After damage the search goes on one octet behind the failed start, never at its assumed end.
"""

from compat import const

_START = const(1024)

WAIT = const(0)
SKIP = const(-1)
NOISE = const(-2)


class Stream:
    """Cuts a stream of octets into frames of `formats`. `dropped` counts what was lost, by cause."""

    def __init__(self, formats, dropped: dict):
        self.formats = formats
        self.dropped = dropped
        self._seen = []
        longest = max([form.limit for form in formats])
        # Room for the longest frame and what arrives behind it; what this meter sends may need less.
        self._most = longest + 256
        self._buffer = bytearray(min(_START, self._most))
        self._view = memoryview(self._buffer)
        self._at = 0
        self._end = 0
        self._fresh = 0  # where a frame or silence ended
        self._taken = 0  # end of the frame that take() returned
        self._noisy = False
        self.format = None

    def narrow(self):
        """Look only for the formats that have brought a frame, if any has."""
        self.formats = self._seen or self.formats

    def feed(self, data) -> int:
        """Copy as much of data as there is room for; return how many octets that was."""
        self._release()
        room = len(self._buffer) - self._end
        if room < len(data) and self._at:
            kept = self._end - self._at
            self._buffer[:kept] = self._view[self._at : self._end]
            self._fresh -= self._at
            self._at = self._taken = 0
            self._end = kept
            room = len(self._buffer) - kept
        while room < len(data) and len(self._buffer) < self._most:
            room += self._grow()
        count = min(room, len(data))
        self._buffer[self._end : self._end + count] = data[:count]
        self._end += count
        return count

    def _grow(self) -> int:
        """Double the buffer, at most to what the longest frame needs; return the octets gained."""
        old = self._buffer
        self._buffer = bytearray(min(2 * len(old), self._most))
        self._buffer[: len(old)] = old
        self._view = memoryview(self._buffer)
        return len(self._buffer) - len(old)

    def take(self, silent: bool = False) -> "memoryview | None":
        """Return the next valid frame, valid until the next call; `format` then names its format.

        silent: the line is silent, so what is incomplete stays so and is dropped.
        """
        self._release()
        buffer = self._buffer
        while self._at < self._end:
            form = self._format_at(buffer[self._at])
            verdict = NOISE
            if form is not None:
                form.cause = None
                verdict = form.measure(
                    buffer, self._at, self._end, silent, self._at == self._fresh
                )
            if verdict == WAIT:
                if not silent and self._end - self._at < form.limit:
                    return None
                self._drop("truncated" if silent else "overflow")
            elif verdict == NOISE and form is not None and form.cause:
                self._drop(form.cause)
            elif verdict == NOISE:
                if not self._noisy:
                    self._noisy = True
                    self._count("noise")
                self._at += 1
            elif verdict == SKIP:
                self._at += 1
            else:
                self._noisy = False
                self.format = form
                if form not in self._seen:
                    self._seen.append(form)
                self._taken = self._fresh = self._at + verdict
                return self._view[self._at : self._taken]
        if silent:
            self._noisy = False
            self._fresh = self._at
        return None

    def _release(self):
        if self._taken > self._at:
            self._at = self._taken
        if self._at == self._end:
            if self._fresh == self._at:
                self._fresh = 0
            else:
                self._fresh = -1
            self._at = self._end = self._taken = 0

    def _format_at(self, octet: int):
        for form in self.formats:
            if octet in form.starts:
                return form
        return None

    def _drop(self, cause: str):
        # What follows inside the damaged frame is part of the same loss, not noise of its own.
        self._count(cause)
        self._noisy = True
        self._at += 1

    def _count(self, cause: str):
        self.dropped[cause] = self.dropped.get(cause, 0) + 1
