"""The hub: the latest values, the 60-second window in RAM (R1.1, R1.2), and whoever waits for more."""

import asyncio
from array import array

from compat import const
from firmware import clock
from firmware.meter.reading import Reading

_WINDOW_MS = const(60000)
_WINDOW_MAX = const(64)
_CYCLES = const(3)
_CONSUMERS_MAX = const(12)
_ABSENT = const(127)
_POWER_MAX = const(2147483647)
# Until two telegrams have shown the interval: long enough for any push meter but the slowest.
_ASSUMED_INTERVAL_MS = const(60000)
# A code that came once so far may belong to the slowest list there is (T5: once an hour).
_SLOWEST_MS = const(3600000)


class Consumer:
    """One who waits for readings. A slow one loses its own backlog, counted in `skipped`."""

    def __init__(self, hub: "Hub"):
        self.skipped = 0
        self._hub = hub
        self._reading = None
        self._event = asyncio.Event()

    def put(self, reading: Reading):
        """Hand over the newest reading; an unread older one is dropped."""
        if self._reading is not None:
            self.skipped += 1
        self._reading = reading
        self._event.set()

    async def next(self, seconds: "int | None" = None) -> "Reading | None":
        """Wait for a reading newer than the last one taken; None where none comes in that time.

        Callers set no timeout of their own: one in the moment of a reading would lose it.
        """
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except asyncio.TimeoutError:
            pass
        self._event.clear()
        reading = self._reading
        self._reading = None
        return reading

    def close(self):
        """Stop waiting."""
        if self in self._hub.consumers:
            self._hub.consumers.remove(self)


class Cycle:
    """How often one code comes, and when and from which list it last came."""

    def __init__(self, received: int, layout: str):
        self.received = received
        self.layout = layout
        self.period = None

    def seen(self, received: int, layout: str):
        """Note that the code came again."""
        self.period = received - self.received
        self.received = received
        self.layout = layout


class Window:
    """A ring of powers in arrays: as tuples it would take ten times the RAM."""

    def __init__(self):
        self._first = 0
        self._count = 0
        self._received = array("q", (0 for _ in range(_WINDOW_MAX)))
        # Time, and mantissa and exponent of import and export; _ABSENT in the exponent's place.
        self._time = array("q", self._received)
        self._mantissas = array("i", (0 for _ in range(2 * _WINDOW_MAX)))
        self._exponents = array("b", (0 for _ in range(2 * _WINDOW_MAX)))

    def add(self, received: int, time: "int | None", power_in, power_out):
        """Append an entry; the oldest gives way when the ring is full."""
        if self._count == _WINDOW_MAX:
            self._first = (self._first + 1) % _WINDOW_MAX
            self._count -= 1
        at = (self._first + self._count) % _WINDOW_MAX
        self._count += 1
        self._received[at] = received
        self._time[at] = -1 if time is None else time
        for side, power in enumerate((power_in, power_out)):
            usable = power is not None and -_POWER_MAX < power[0] < _POWER_MAX
            self._mantissas[2 * at + side] = power[0] if usable else 0
            self._exponents[2 * at + side] = power[1] if usable else _ABSENT

    def forget(self, oldest: int):
        """Drop what was received before `oldest`."""
        while self._count and self._received[self._first] < oldest:
            self._first = (self._first + 1) % _WINDOW_MAX
            self._count -= 1

    def clear(self):
        """Drop everything."""
        self._count = 0

    def entries(self):
        """Yield `(received_ms, time, import, export)`, oldest first."""
        for position in range(self._count):
            at = (self._first + position) % _WINDOW_MAX
            time = self._time[at]
            yield (
                self._received[at],
                None if time < 0 else time,
                self._power(2 * at),
                self._power(2 * at + 1),
            )

    def _power(self, at: int) -> "tuple | None":
        exponent = self._exponents[at]
        return None if exponent == _ABSENT else (self._mantissas[at], exponent)


class Hub:
    """Merges readings code by code and keeps no more than the current values and 60 s of power."""

    def __init__(self, uptime_ms=clock.uptime_ms):
        """uptime_ms() returns milliseconds that never wrap."""
        self.consumers = []
        self.telegrams = 0
        self.interval_ms = None
        self._uptime_ms = uptime_ms
        self._cycles = {}
        self._latest = None
        self._recent = []
        self._window = Window()

    def publish(self, reading: Reading):
        """Merge a reading and wake every consumer.

        A code that the same list carried before and now does not is absent at once; one that comes with
        another list stays until three of its own cycles have passed. Nothing stays of another meter.
        """
        latest = self._latest
        if latest is not None and latest.meter and reading.meter not in ("", latest.meter):
            self.reset()
        self._learn_interval(reading.received)
        values = {} if self._latest is None else self._latest.values.copy()
        for code in [code for code in values if code not in reading.values]:
            if self._cycles[code].layout == reading.layout:
                self._forget(values, code)
        for code, entry in reading.values.items():
            if entry[0] is None:
                self._forget(values, code)
                continue
            if code in self._cycles:
                self._cycles[code].seen(reading.received, reading.layout)
            else:
                self._cycles[code] = Cycle(reading.received, reading.layout)
            values[code] = entry
        self._expire(values, reading.received)
        self.telegrams += 1
        self._latest = Reading(
            values,
            reading.received,
            reading.time,
            reading.meter,
            reading.layout,
            reading.security,
        )
        self._remember(self._latest)
        for consumer in self.consumers:
            consumer.put(self._latest)

    def latest(self) -> "Reading | None":
        """Return the current values, or None before the first telegram.

        See `fresh` for whether they are still current.
        """
        return self._latest

    def fresh(self) -> bool:
        """Tell whether the latest reading is no older than three push intervals."""
        return self._latest is not None and self.age_ms() <= self.stale_after_ms()

    def age_ms(self) -> "int | None":
        """Return how long ago the latest telegram's last byte came, or None before the first."""
        return None if self._latest is None else self._uptime_ms() - self._latest.received

    def stale_after_ms(self) -> int:
        """Return the age at which a reading is no longer current: three push intervals."""
        return _CYCLES * (self.interval_ms or _ASSUMED_INTERVAL_MS)

    def window(self) -> list:
        """Yield the last 60 s as `(received_ms, time, import, export)`, oldest first.

        import and export are `(mantissa, exponent)` in W, or None.
        """
        self.prune()
        return self._window.entries()

    def prune(self):
        """Forget what is older than 60 s (R1.2), also when no telegram comes any more."""
        self._window.forget(self._uptime_ms() - _WINDOW_MS)

    def subscribe(self) -> Consumer:
        """Return a new Consumer; close() it when done. Raises OSError if there are too many."""
        if len(self.consumers) >= _CONSUMERS_MAX:
            raise OSError("too many consumers")
        consumer = Consumer(self)
        self.consumers.append(consumer)
        return consumer

    def reset(self):
        """Forget everything: another meter, or the detection starts again."""
        self._cycles.clear()
        self._recent.clear()
        self._window.clear()
        self._latest = None
        self.interval_ms = None

    def _forget(self, values: dict, code: str):
        values.pop(code, None)
        self._cycles.pop(code, None)

    def _expire(self, values: dict, now: int):
        for code in list(values):
            cycle = self._cycles[code]
            period = _SLOWEST_MS if cycle.period is None else cycle.period
            limit = max(_CYCLES * period, self.stale_after_ms())
            if now - cycle.received > limit:
                self._forget(values, code)

    def _learn_interval(self, received: int):
        """The median of the last five distances: a lost telegram does not move it."""
        if self._latest is None:
            return
        self._recent.append(received - self._latest.received)
        if len(self._recent) > 5:
            self._recent.pop(0)
        self.interval_ms = sorted(self._recent)[len(self._recent) // 2]

    def _remember(self, reading: Reading):
        self._window.add(
            reading.received,
            reading.time,
            reading.number("1-0:1.7.0"),
            reading.number("1-0:2.7.0"),
        )
        self.prune()
