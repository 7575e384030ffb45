"""How long a telegram takes from its last byte to the publish (R8.5), over the last 256 of them."""

from array import array

from compat import const

_SIZE = const(256)


class Latency:
    """Milliseconds per telegram; percentiles on demand."""

    def __init__(self):
        self._ring = array("H", (0 for _ in range(_SIZE)))
        self.count = 0
        self.max = 0

    def add(self, milliseconds: int):
        """Note one telegram's time in ms (65 s at most)."""
        milliseconds = max(0, min(milliseconds, 65535))
        self._ring[self.count % _SIZE] = milliseconds
        self.count += 1
        self.max = max(self.max, milliseconds)

    def snapshot(self) -> dict:
        """Return {"count", "p50_ms", "p99_ms", "max_ms"}; percentiles over the last 256."""
        known = sorted(self._ring[: min(self.count, _SIZE)])
        if not known:
            return {"count": 0, "p50_ms": None, "p99_ms": None, "max_ms": None}
        return {
            "count": self.count,
            "p50_ms": known[len(known) // 2],
            "p99_ms": known[len(known) * 99 // 100],
            "max_ms": self.max,
        }
