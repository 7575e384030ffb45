"""`time` as the ESP32 port has it: the epoch is 2000, and the clock starts there at power-on."""

import host_bench
import utime
from utime import (  # noqa: F401
    clock,
    sleep,
    sleep_ms,
    sleep_us,
    ticks_add,
    ticks_cpu,
    ticks_diff,
    ticks_ms,
    ticks_us,
)

_UNIX_2000 = 946684800


def time() -> int:
    """Return seconds since 2000-01-01."""
    return host_bench.clock()


def time_ns() -> int:
    """Return nanoseconds since 2000-01-01."""
    return host_bench.clock() * 1_000_000_000 + utime.time_ns() % 1_000_000_000


def gmtime(secs=None) -> tuple:
    """Return (year, month, mday, hour, minute, second, weekday, yearday)."""
    return utime.gmtime((time() if secs is None else secs) + _UNIX_2000)[:8]


localtime = gmtime


def mktime(t: tuple) -> int:
    """Return seconds since 2000-01-01 of a time tuple; the board knows no time zones."""
    return int(utime.mktime(t)) - _UNIX_2000
