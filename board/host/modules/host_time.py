"""What of the ESP32 port's `time` is used rarely; see host_bench.py."""

from time import gmtime, time

import utime
from utime import ticks_cpu  # noqa: F401

localtime = gmtime


def time_ns() -> int:
    """Return nanoseconds since 2000-01-01."""
    return time() * 1_000_000_000 + utime.time_ns() % 1_000_000_000


def mktime(t: tuple) -> int:
    """Return seconds since 2000-01-01 of a time tuple; the board knows no time zones."""
    return int(utime.mktime(t)) - 946684800
