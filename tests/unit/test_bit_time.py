"""The bit time is told from pulses of a simulated line, whole and cut short, at every rate."""

import asyncio
import sys


class Wave:
    """A line on which random characters come back to back; a look at it takes time, as on the chip."""

    CALL_US = 7

    def __init__(self, baud: int, seed: int):
        self.now = 0
        self._bit_ns = 1000000000 // baud
        self._state = seed
        self._edges = []  # (time in us at which a level begins, level)
        self._until_ns = 0
        self._level = 1

    def _random(self) -> int:
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        return self._state >> 16

    def _character(self):
        octet = self._random() & 0xFF
        bits = [0] + [octet >> position & 1 for position in range(8)]
        bits += [sum(bits) & 1, 1]  # 8E1
        for bit in bits:
            if bit != self._level:
                self._level = bit
                self._edges.append((self._until_ns // 1000, bit))
            self._until_ns += self._bit_ns

    def _edge_after(self, time: int, level: int) -> int:
        """Return when after a time a level begins."""
        while True:
            while len(self._edges) < 2 or self._edges[-2][0] <= time:
                self._character()
            for begun, found in self._edges:
                if begun > time and found == level:
                    return begun
            self._character()

    def _level_at(self, time: int) -> int:
        self._edge_after(time, 0)
        while len(self._edges) > 1 and self._edges[1][0] <= time:
            self._edges.pop(0)
        return self._edges[0][1] if self._edges[0][0] <= time else 1

    def pulse(self, level: int, limit: int) -> int:
        """Answer as machine.time_pulse_us does."""
        self.now += self.CALL_US
        begun = self.now
        if self._level_at(begun) != level:
            begun = self._edge_after(begun, level)
        if begun - self.now > limit:
            self.now += limit
            return -2
        ended = self._edge_after(begun, 1 - level)
        if ended - begun > limit:
            self.now = begun + limit
            return -1
        self.now = ended
        return ended - begun


class machine:
    wave = None

    class Pin:
        def __init__(self, number):
            pass

    @staticmethod
    def time_pulse_us(pin, level, limit):
        return machine.wave.pulse(level, limit)


sys.modules["machine"] = machine

from drivers import bit_time as module  # noqa: E402 - the port's module must be there first

_PORT = {"rx": 1, "invert": False}


def _measured(baud: int, seed: int) -> list:
    """Return what a measurement says after each batch of pulses."""
    machine.wave = Wave(baud, seed)
    found = module.BitTime(_PORT)
    said = []

    async def silent_first(milliseconds):
        machine.wave.now += milliseconds * 1000
        if found.inverted is None:
            found.inverted = False
        said.append(found.baud)
        if len(said) > 60:
            raise StopAsyncIteration

    kept, module.asyncio = module.asyncio, type("asyncio", (), {"sleep_ms": silent_first})
    try:
        asyncio.run(found.run())
    except StopAsyncIteration:
        pass
    finally:
        module.asyncio = kept
    return said


def test_every_rate_is_told_and_no_other_ever_said():
    for baud in (300, 1200, 2400, 9600, 19200, 38400, 115200):
        for seed in range(1, 8):
            said = _measured(baud, seed)
            assert set(said) <= {None, baud}, (baud, seed, set(said))
            if baud >= 1200:
                assert said[-1] == baud, (baud, seed)
