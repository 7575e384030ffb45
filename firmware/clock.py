"""The adapter's clocks: milliseconds since start that never wrap, and Unix time once it is known."""

import time

import timestamp

try:
    from time import ticks_diff, ticks_ms
except ImportError:
    # CPython, where the tools and some tests use the same modules.
    def ticks_ms() -> int:
        return time.monotonic_ns() // 1000000

    def ticks_diff(end: int, start: int) -> int:
        return end - start


_last = ticks_ms()
_uptime = 0


def uptime_ms() -> int:
    """Return milliseconds since start. Must be called at least once in six days (ticks wrap)."""
    global _last, _uptime
    ticks = ticks_ms()
    _uptime += ticks_diff(ticks, _last)
    _last = ticks
    return _uptime


def unix() -> "int | None":
    """Return Unix time in seconds, or None until a clock source has set the clock."""
    return timestamp.now(time)


def set_utc(t: tuple):
    """Set the board's clock to (year, month, day, hour, minute, second), in UTC."""
    import machine

    machine.RTC().datetime((t[0], t[1], t[2], 0, t[3], t[4], t[5], 0))
