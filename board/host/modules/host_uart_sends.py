"""The transmitting half of `machine.UART`, loaded by the first that sends; see host_bench.py."""

import machine
import utime
from micropython import const

_FIFO = const(128)


class UART(machine.UART):
    """Methods for machine.UART."""

    def write(self, buf) -> int:
        """Send octets; waits while the transmit buffer is full."""
        if self._data:
            settings = self._settings
            bits = 1 + settings["bits"] + (settings["parity"] != "N") + settings["stop"]
            octet_us = bits * 1000000 // settings["baudrate"]
            now = utime.ticks_us()
            if utime.ticks_diff(self._sent, now) < 0:
                self._sent = now
            self._sent = utime.ticks_add(self._sent, len(buf) * octet_us)
            waiting = utime.ticks_diff(self._sent, now)
            room = (settings["txbuf"] + _FIFO) * octet_us
            self._data.write(buf)
            if waiting > room:
                utime.sleep_us(waiting - room)
        return len(buf)

    def txdone(self) -> bool:
        """Tell whether everything written is out on the line."""
        return utime.ticks_diff(self._sent, utime.ticks_us()) <= 0
