"""What runs over a serial wire: levels in time, as a transmitter makes them and a UART samples them.

Times are integers in nanoseconds. The level 1 is mark (idle), 0 is space, unless inverted.
"""

from bisect import bisect_right
from collections import namedtuple

from line_settings import LineSettings, character_bits

_SECOND = 1_000_000_000

Received = namedtuple("Received", ("time", "byte", "parity_error", "framing_error"))


def character(byte: int, settings: LineSettings) -> list:
    """Return the bits of one character in the order sent: start, data (LSB first), parity, stop."""
    data = [byte >> i & 1 for i in range(settings.bits)]
    bits = [0, *data]
    if settings.parity != "N":
        odd = sum(data) & 1
        bits.append(odd if settings.parity == "E" else 1 - odd)
    return bits + [1] * settings.stop


def duration(count: int, settings: LineSettings) -> int:
    """Return how many nanoseconds count characters take."""
    return count * character_bits(settings) * _SECOND // settings.baud


class Wave:
    """The level of one wire over time; grows at its end, is forgotten from its start."""

    def __init__(self, level: int):
        self._times = [0]
        self._levels = [level]
        self.end = 0

    def level(self, time: int) -> int:
        """Return the level at a time; before everything remembered, the oldest known one."""
        return self._levels[max(bisect_right(self._times, time) - 1, 0)]

    def drive(self, level: int, time: int):
        """Let the wire have a level from a time on, which must not lie before its end."""
        self.end = max(time, self.end)
        if level != self._levels[-1]:
            self._times.append(self.end)
            self._levels.append(level)

    def send(self, data: bytes, settings: LineSettings, time: int, damage=None) -> int:
        """Append characters from a time on; damage(bit) -> bit may change each; return the end."""
        start = max(time, self.end)
        mark = 0 if settings.invert else 1
        self.drive(mark, start)
        count = 0
        for byte in data:
            for bit in character(byte, settings):
                if damage:
                    bit = damage(bit)
                self.drive(bit if mark else 1 - bit, start + count * _SECOND // settings.baud)
                count += 1
        self.drive(mark, start + count * _SECOND // settings.baud)
        return self.end

    def next_edge(self, time: int, level: int) -> "int | None":
        """Return when, at a time or later, the wire next changes to a level; None if not yet."""
        i = bisect_right(self._times, time - 1)
        while i < len(self._times):
            if i and self._levels[i] == level:
                return self._times[i]
            i += 1
        return None

    def forget(self, time: int):
        """Drop what lies before a time."""
        keep = max(bisect_right(self._times, time) - 1, 0)
        if keep > 256:
            del self._times[:keep]
            del self._levels[:keep]


class Receiver:
    """A UART's receiver: waits for the edge of a start bit, samples in the middle of each bit.

    Like the ESP32's it delivers a character whatever its parity or stop bit say.
    """

    def __init__(self, wave: Wave, settings: LineSettings):
        self.wave = wave
        self.settings = settings
        self._from = 0

    def apply(self, settings: LineSettings, now: int):
        """Receive with other settings from now on; a character under way is lost."""
        self.settings = settings
        self._from = now

    def peek(self) -> "Received | None":
        """Return the next character as far as the wire is known, or None while it is idle."""
        baud, bits, parity, _stop, invert = self.settings
        space = 1 if invert else 0
        while True:
            edge = self.wave.next_edge(self._from, space)
            if edge is None:
                return None

            def sample(index, edge=edge):
                time = edge + (2 * index + 1) * _SECOND // (2 * baud)
                return int(self.wave.level(time) != space)

            if sample(0) == 0:
                break
            self._from = edge + 1  # a glitch shorter than half a bit is no start bit
        byte = sum(sample(1 + i) << i for i in range(bits))
        parity_error = False
        stop_index = 1 + bits
        if parity != "N":
            odd = (byte.bit_count() + sample(stop_index)) & 1
            parity_error = odd != (1 if parity == "O" else 0)
            stop_index += 1
        time = edge + (2 * stop_index + 1) * _SECOND // (2 * baud)
        return Received(time, byte, parity_error, sample(stop_index) == 0)

    def accept(self, received: Received):
        """Go on after a character that `peek` returned."""
        self._from = received.time
        self.wave.forget(received.time - _SECOND)
