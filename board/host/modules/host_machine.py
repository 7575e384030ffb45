"""What of the ESP32 port's `machine` is used rarely; see host_bench.py."""

import os

import host_bench
import machine
import umachine
import utime


def soft_reset():
    """Restart the interpreter."""
    raise SystemExit


def reset_cause() -> int:
    """Return why the board started."""
    return int(os.getenv("HOST_RESET_CAUSE") or 1)


def unique_id() -> bytes:
    """Return the station's MAC address."""
    return bytes.fromhex(os.getenv("HOST_MAC") or "02004f624701")


def freq(hz=None):
    """Return the clock of the CPU in Hz, or set it."""
    if hz is None:
        return host_bench.kept.get("freq", 160000000)
    if hz not in (20000000, 40000000, 80000000, 160000000, 240000000):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    host_bench.kept["freq"] = hz
    return None


class RTC:
    """The clock, and the memory that outlives a reset but not a power cut."""

    def datetime(self, when=None):
        """Return or set (year, month, day, weekday, hour, minute, second, microsecond)."""
        if when is None:
            t = utime.gmtime(int(utime.time()) - host_bench.kept["epoch"] + 946684800)
            return (t[0], t[1], t[2], t[6], t[3], t[4], t[5], utime.time_ns() // 1000 % 1000000)
        year, month, day, _weekday, hour, minute, second, _subseconds = when
        unix = int(utime.mktime((year, month, day, hour, minute, second, 0, 0)))
        host_bench.kept["epoch"] = int(utime.time()) - unix + 946684800
        host_bench.store("rtc", host_bench.kept["epoch"])  # it keeps running over a reset
        return None

    def memory(self, data=None):
        """Return or set the memory of at most 2048 octets."""
        if data is None:
            return bytes.fromhex(host_bench.rare("host_state", "load")("rtc_memory", ""))
        if len(data) > 2048:
            raise ValueError("buffer too long")
        host_bench.store("rtc_memory", bytes(data).hex())
        return None


def time_pulse_us(pin, level, limit=1000000):
    """Time a pulse at a UART's receiving pin; -2 if none began in time, -1 if it did not end."""
    waited = width = None
    for uart in machine._uarts.values():
        if uart._rx is pin and uart._data:
            # The line tells how long until it has the level, and how long it keeps it.
            uart._control.write(b"pulse %d %d\n" % (level, limit))
            waited, width = (
                None if word == b"-" else int(word) for word in uart._control.readline().split()
            )
    utime.sleep_us(limit if waited is None else waited)
    if waited is None:
        return -2
    utime.sleep_us(limit if width is None else width)
    return -1 if width is None else width


def __getattr__(name):
    if name in ("Signal", "idle", "mem8", "mem16", "mem32"):
        return getattr(umachine, name)
    constants = host_bench.rare("host_constants")
    return constants.look_up(constants.MACHINE, name)
