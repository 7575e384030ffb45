"""Slows guessing down: per source, and over all sources together."""

from compat import const

_FREE_FAILURES = const(3)
_LONGEST_WAIT_MS = const(300000)
_SOURCES = const(16)
# Over all sources: so many failures at once, then one every 20 s.
_TOTAL = const(30)
_REFILL_MS = const(20000)


class Throttle:
    """Tells how long a source has to wait before it may try again.

    A source that has succeeded since start is not held up by what others do, so that a guesser
    cannot lock the owner out. Tries made while waiting are refused unseen and cost nothing.
    """

    def __init__(self, clock_ms):
        """clock_ms() returns milliseconds that rise."""
        self._clock = clock_ms
        self._sources = {}
        self._total = _TOTAL
        self._refilled = clock_ms()

    def wait_s(self, source: str) -> int:
        """Return the seconds source has to wait; 0 if it may try now."""
        now = self._clock()
        self._refill(now)
        entry = self._sources.get(source)
        wait = entry[1] - now if entry is not None else 0
        if self._total <= 0 and not (entry is not None and entry[2]):
            wait = max(wait, self._refilled + _REFILL_MS - now)
        return -(-wait // 1000) if wait > 0 else 0

    def failed(self, source: str):
        """Note a failed try."""
        now = self._clock()
        self._refill(now)
        self._total = max(0, self._total - 1)
        entry = self._entry(source)
        entry[0] += 1
        if entry[0] > _FREE_FAILURES:
            entry[1] = now + min(_LONGEST_WAIT_MS, 1000 << min(entry[0] - _FREE_FAILURES, 9))

    def succeeded(self, source: str):
        """Note a success: the source starts afresh and is known from now on."""
        entry = self._entry(source)
        entry[0], entry[1], entry[2] = 0, 0, True

    def _entry(self, source: str) -> list:
        """Return [failures, time of the next try, known] of a source."""
        entry = self._sources.get(source)
        if entry is None:
            if len(self._sources) >= _SOURCES:
                # A known source is kept as long as others can go; then the one that waits least.
                oldest = min(
                    self._sources, key=lambda s: (self._sources[s][2], self._sources[s][1])
                )
                del self._sources[oldest]
            entry = self._sources[source] = [0, 0, False]
        return entry

    def _refill(self, now: int):
        tokens = (now - self._refilled) // _REFILL_MS
        if tokens > 0:
            self._total = min(_TOTAL, self._total + tokens)
            self._refilled += tokens * _REFILL_MS
