"""The hub's merging, staleness and window, on a clock that the test moves."""

import asyncio
import time

from firmware.meter.hub import Hub
from firmware.meter.reading import Reading
from support import raises


class _Clock:
    def __init__(self):
        self.now = 1000

    def uptime_ms(self):
        return self.now


def _hub():
    clock = _Clock()
    return Hub(clock.uptime_ms), clock


def _push(hub, clock, values, layout="list", step=5000, meter="meter"):
    clock.now += step
    entries = {
        code: ((value, 0) if value is not None else None, clock.now)
        for code, value in values.items()
    }
    hub.publish(Reading(entries, clock.now, clock.now, meter, layout, "plain"))


def test_latest_carries_every_code_with_its_own_time():
    hub, clock = _hub()
    _push(hub, clock, {"1-0:1.7.0": 100}, "power")
    _push(hub, clock, {"1-0:1.8.0": 5}, "energy")
    _push(hub, clock, {"1-0:1.7.0": 110}, "power")
    values = hub.latest().values
    assert values["1-0:1.7.0"] == ((110, 0), 16000)
    assert values["1-0:1.8.0"] == ((5, 0), 11000)


def test_a_code_its_own_list_no_longer_carries_is_absent_at_once():
    hub, clock = _hub()
    _push(hub, clock, {"1-0:1.7.0": 100, "1-0:32.7.0": 230})
    _push(hub, clock, {"1-0:1.7.0": 100})
    assert "1-0:32.7.0" not in hub.latest().values


def test_a_code_marked_not_available_is_absent_at_once():
    hub, clock = _hub()
    _push(hub, clock, {"1-0:32.7.0": 230}, "a")
    _push(hub, clock, {"1-0:32.7.0": None}, "b")
    assert hub.latest().values == {}


def test_nothing_stays_of_another_meter():
    hub, clock = _hub()
    _push(hub, clock, {"0-0:96.13.0": 1}, "a")
    _push(hub, clock, {"1-0:1.7.0": 100}, "b", meter="another")
    assert list(hub.latest().values) == ["1-0:1.7.0"]
    assert len(list(hub.window())) == 1


def test_a_code_of_another_list_stays_for_three_of_its_own_cycles():
    hub, clock = _hub()
    for _ in range(2):
        _push(hub, clock, {"1-0:1.8.0": 5}, "energy", 60000)
    for _ in range(36):
        _push(hub, clock, {"1-0:1.7.0": 1}, "power")
    assert "1-0:1.8.0" in hub.latest().values
    _push(hub, clock, {"1-0:1.7.0": 1}, "power")
    assert "1-0:1.8.0" not in hub.latest().values


def test_interval_is_learned_and_a_lost_telegram_does_not_move_it():
    hub, clock = _hub()
    for step in (5000, 5000, 5000, 15000, 5000):
        _push(hub, clock, {"1-0:1.7.0": 1}, step=step)
    assert hub.interval_ms == 5000
    assert hub.stale_after_ms() == 15000


def test_fresh_until_three_intervals_are_over():
    hub, clock = _hub()
    assert not hub.fresh() and hub.age_ms() is None
    for _ in range(3):
        _push(hub, clock, {"1-0:1.7.0": 1})
    clock.now += 15000
    assert hub.fresh()
    clock.now += 1
    assert not hub.fresh()


def test_window_keeps_sixty_seconds_and_no_more():
    hub, clock = _hub()
    for power in range(100):
        _push(hub, clock, {"1-0:1.7.0": power}, step=1000)
    window = list(hub.window())
    assert len(window) == 61 and window[-1][2] == (99, 0)
    clock.now += 60001
    assert list(hub.window()) == []


def test_a_slow_consumer_loses_its_own_backlog_only():
    hub, clock = _hub()
    slow, quick = hub.subscribe(), hub.subscribe()

    async def run():
        for power in range(5):
            _push(hub, clock, {"1-0:1.7.0": power})
            assert (await quick.next()).number("1-0:1.7.0") == (power, 0)
        assert await quick.next(0) is None
        assert (await slow.next(1)).number("1-0:1.7.0") == (4, 0)

    asyncio.run(run())
    assert slow.skipped == 4 and quick.skipped == 0


class _SlowEvent(asyncio.Event):
    """Takes so long where a reading is taken that the time is over, as a garbage collection may."""

    def clear(self):
        time.sleep(0.05)
        super().clear()


def test_a_reading_in_the_moment_of_the_timeout_is_not_lost():
    hub, clock = _hub()
    consumer = hub.subscribe()
    consumer._event = _SlowEvent()

    async def run():
        waiting = asyncio.create_task(consumer.next(0.02))
        await asyncio.sleep(0.001)
        _push(hub, clock, {"1-0:1.7.0": 1})
        return await waiting

    assert asyncio.run(run()).number("1-0:1.7.0") == (1, 0)


def test_consumers_are_limited():
    hub, _ = _hub()
    for _ in range(12):
        hub.subscribe()
    raises(OSError, hub.subscribe)
