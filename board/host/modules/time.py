"""`time` as the ESP32 port has it: the epoch is 2000, and the clock starts there at power-on.

Here is what runs all the time; the rest is in host_time.py.
"""

import host_bench
import utime
from utime import (  # noqa: F401
    sleep,
    sleep_ms,
    sleep_us,
    ticks_add,
    ticks_diff,
    ticks_ms,
    ticks_us,
)


def time() -> int:
    """Return seconds since 2000-01-01."""
    return int(utime.time()) - host_bench.kept["epoch"]


def gmtime(seconds=None) -> tuple:
    """Return (year, month, mday, hour, minute, second, weekday, yearday)."""
    return utime.gmtime((time() if seconds is None else seconds) + 946684800)[:8]


def __getattr__(name):
    return host_bench.rare("host_time", name)
