"""Measure the bit time and the idle level of a line, beside the UART that receives from it.

The UART need not be right for this: the pin is looked at as it is. Pulses are timed by the port's own
loop in C, so that 115200 baud (8.7 µs a bit) can be told. A call that begins within a pulse sees only its
rest, so many are looked at.
"""

import asyncio
from array import array

from machine import Pin, time_pulse_us

from compat import const

# A call holds the loop until a pulse has begun and ended, for the most twice this long: nothing is said
# for longer between the characters of a telegram, and a bit of 300 baud takes 3.3 ms.
_WAIT_US = const(5000)
_PAUSE_MS = const(6)
# How long pulses are timed in a row, without a pause for the loop.
_BATCH_US = const(8000)
_ENOUGH = const(40)
_LEAST = const(6)
_GLANCE_US = const(20)
_VOTES = const(20)
_VOTES_MAX = const(60)
_NOTHING = const(-2)
_BAUDS = (300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)


class BitTime:
    """`baud` and `inverted` are what was measured, None until enough was heard."""

    def __init__(self, port: dict):
        """port: an entry of board.UARTS."""
        # Without a mode: the pin stays the UART's.
        self._pin = Pin(port["rx"])
        self._hardware_inverts = port["invert"]
        self.baud = None
        self.inverted = None
        self._votes = 0
        self._widths = array("H", (0 for _ in range(_ENOUGH)))
        self._pulses = 0
        self._found = None

    async def run(self):
        """Measure until cancelled."""
        while True:
            self._vote()
            if self.inverted is not None:
                self._listen()
            await asyncio.sleep_ms(_PAUSE_MS)

    def _vote(self):
        """A line is silent most of the time, so the level it mostly has is that of silence."""
        low = time_pulse_us(self._pin, 0, _GLANCE_US) != _NOTHING
        self._votes = max(-_VOTES_MAX, min(self._votes + (1 if low else -1), _VOTES_MAX))
        if abs(self._votes) >= _VOTES:
            self.inverted = (self._votes > 0) != self._hardware_inverts

    def _listen(self):
        """Time what pulses there are; return at once while the line is silent."""
        active = 1 if self.inverted != self._hardware_inverts else 0
        spent = 0
        while spent < _BATCH_US:
            width = time_pulse_us(self._pin, active, _WAIT_US)
            if width <= 0:
                return
            spent += width
            self._widths[self._pulses] = min(width, 65535)
            self._pulses += 1
            if self._pulses == _ENOUGH:
                self._conclude()

    def _conclude(self):
        """The shortest whole pulses are one bit long; those cut short have any width.

        Two batches in a row have to say the same, since whoever listens turns to it at once.
        """
        counts = [self._count(1000000 // baud) for baud in _BAUDS]
        least = max(_LEAST, max(counts) // 2)
        found = None
        for baud, count in zip(_BAUDS, counts):
            if count >= least:
                found = baud
        if found is not None and found == self._found:
            self.baud = found
        self._found = found
        self._pulses = 0

    def _count(self, bit: int) -> int:
        margin = max(1, bit * 7 // 100)
        return sum(1 for width in self._widths if abs(width - bit) <= margin)
