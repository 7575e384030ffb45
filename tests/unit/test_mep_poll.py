"""The Poll session on a clock of its own: what it asks, how often, and how it gets over trouble."""

import gc

from mep_fakes import KEY, Bench, Meter, Over

from c1219.digest import Digest
from c1219.request import check
from firmware.meter import poll
from keys import Keys
from support import MICROPYTHON, skip

MINUTE = 60000


class _Watched(poll.Poll):
    """Remembers every change of the cause."""

    def __init__(self, *arguments, **more):
        self.causes = []
        super().__init__(*arguments, **more)

    @property
    def cause(self):
        return self.causes[-1] if self.causes else "line:no-signal"

    @cause.setter
    def cause(self, cause):
        if self.causes[-1:] != [cause]:
            self.causes.append(cause)


class _Run:
    """A session of some length with a meter; `prepare(meter)` may spoil it."""

    def __init__(self, milliseconds, prepare=None, key=KEY, meter_key=KEY, **more):
        bench = self.bench = Bench(milliseconds)
        self.meter = Meter(bench, meter_key)
        self.telegrams = []
        if prepare:
            prepare(self.meter)
        asyncio, clock = poll.asyncio, poll.clock
        poll.asyncio = poll.clock = bench
        try:
            self.poll = _Watched(self.meter, Keys(key), self._take, **more)
            self.causes = self.poll.causes
            running = self.poll.run()
            try:
                running.send(None)
                raise AssertionError("the session waited for something else")
            except (Over, StopIteration):
                pass
        finally:
            poll.asyncio, poll.clock = asyncio, clock

    def _take(self, telegram, received):
        self.telegrams.append((received - 1000, telegram))

    def times(self):
        return [when - 1000 for when, _ in self.meter.requests]

    def first(self, code):
        for received, telegram in self.telegrams:
            for item in telegram.items:
                if item[0] == code and item[1]:
                    return received
        return None

    def values(self, code):
        return [
            item[1] for _, telegram in self.telegrams for item in telegram.items if item[0] == code
        ]


def _check_wire(run):
    """All that left is a signed read, never faster than allowed."""
    for _, frame in run.meter.requests:
        check(frame, Digest(KEY))
    times = run.times()
    for first, second in zip(times, times[1:]):
        assert second - first >= 250
    for i, when in enumerate(times):
        # One a second on average; a start may run ahead by 20 and pays that back.
        assert i + 1 <= when // 1000 + 21
    ends = run.meter.ends
    last = 0
    for when, frame in run.meter.requests:
        # The request began to leave before its last octet was in.
        began = when - len(frame) * 10 // 9 - 1
        while last < len(ends) and ends[last] <= began:
            last += 1
        assert not last or began - ends[last - 1] >= 30


def test_first_values_within_five_seconds():
    run = _Run(10000)
    assert run.first("1-0:1.7.0") < 3000
    assert run.first("1-0:1.8.0") < 4000
    assert run.first("1-0:1.8.4") < 5000
    assert run.causes == ["line:no-signal", ""]
    assert run.values("1-0:1.8.0")[0] == (16777217, 0)
    assert run.values("0-0:C.1.0") == ["NES-4711"]
    assert run.values("1-0:32.7.0")[0] == (230000, -3)
    _check_wire(run)


def test_ten_minutes_stay_within_the_average():
    run = _Run(10 * MINUTE)
    _check_wire(run)
    assert 570 < len(run.meter.requests) <= 600
    powers = [at for at, telegram in run.telegrams if telegram.layout == "BT28+0"]
    assert len(powers) > 400
    # All else that is read at the start may come between the first two.
    assert powers[1] - powers[0] < 5000
    for first, second in zip(powers[1:], powers[2:]):
        assert second - first < 3000


def test_every_telegram_carries_only_what_its_read_brought():
    run = _Run(30000)
    layouts = {telegram.layout for _, telegram in run.telegrams}
    assert layouts == {"ET03+0", "BT28+0", "BT23+0", "BT23+44", "BT55+0", "BT52+0"}
    for _, telegram in run.telegrams:
        codes = {item[0] for item in telegram.items}
        if telegram.layout == "BT28+0":
            assert "1-0:1.7.0" in codes and "1-0:1.8.0" not in codes and telegram.time is None
        if telegram.layout == "BT52+0":
            assert telegram.time == (2026, 7, 1, 14, 30, 5, 120, True)
        assert telegram.meter == "NES-4711" and telegram.security == "authenticated"


def test_an_interval_is_kept():
    run = _Run(5 * MINUTE, interval=15)
    for layout in ("BT28+0", "BT23+0"):
        times = [at for at, telegram in run.telegrams if telegram.layout == layout]
        assert len(times) in (20, 21)
        for first, second in zip(times[1:], times[2:]):
            assert 14900 <= second - first <= 17000
    assert len(run.meter.requests) < 100
    _check_wire(run)


def test_a_meter_that_only_shows_its_clock_gives_no_reading():
    def closed(meter):
        content = meter.content
        meter.content = lambda table: None if table in (21, 22, 27) else content(table)

    run = _Run(3 * MINUTE, closed)
    assert run.telegrams == []
    assert run.causes == ["line:no-signal", "list:not-recognised"]
    assert len(run.meter.requests) < 40
    _check_wire(run)


def test_a_silent_meter_is_asked_rarely_and_its_interface_freed():
    def mute(meter):
        meter.hear = lambda frame: []

    run = _Run(10 * MINUTE, mute)
    assert run.causes == ["line:no-signal"]
    # Three tries at once, then after 5, 30 and 60 s.
    assert len(run.meter.requests) < 40
    assert len(run.meter.restarts) >= 8
    _check_wire(run)


def test_values_resume_when_the_meter_speaks_again():
    def optical_port_in_use(meter):
        hear = meter.hear
        meter.hear = lambda frame: [] if 20000 < meter.bench.now < 40000 else hear(frame)

    run = _Run(2 * MINUTE, optical_port_in_use)
    assert run.causes == ["line:no-signal", "", "line:no-signal", ""]
    assert [at for at, _ in run.telegrams if at > 100000]
    _check_wire(run)


def test_a_wrong_key_is_tried_once_a_minute():
    run = _Run(10 * MINUTE, meter_key=b"0123456789abcdef")
    assert run.causes == ["line:no-signal", "key:wrong"]
    assert run.telegrams == []
    assert len(run.meter.requests) <= 4 + 10
    _check_wire(run)


def test_a_sporadic_refusal_of_the_key_does_no_harm():
    def sporadic(meter):
        answer, seen = meter.answer, [0]

        def refuse(frame):
            seen[0] += 1
            return b"\x00\x09\x0b" + bytes(8) if seen[0] % 20 == 19 else answer(frame)

        meter.answer = refuse

    run = _Run(3 * MINUTE, sporadic)
    assert run.causes == ["line:no-signal", ""]
    assert run.poll.decoder.dropped["key-wrong"] > 5
    _check_wire(run)


def test_without_a_key_nothing_is_sent():
    run = _Run(MINUTE, key=None)
    assert run.causes == ["line:no-signal", "key:missing"]
    assert run.meter.requests == []


def test_a_meter_that_never_likes_the_number_is_not_hammered():
    def stubborn(meter):
        meter.answer = lambda frame: meter.sign(frame, b"\x0c" + bytes(4))

    run = _Run(10 * MINUTE, stubborn)
    assert run.telegrams == []
    assert len(run.meter.requests) < 60
    _check_wire(run)


def test_jumps_of_the_number_cost_one_more_request():
    def jump(meter):
        serve, seen = meter.serve, [0]

        def jumping(frame):
            seen[0] += 1
            if seen[0] % 10 == 0:
                meter.sequence = (meter.sequence + 25) & 0xFFFFFFFF
            return serve(frame)

        meter.serve = jumping

    run = _Run(3 * MINUTE, jump)
    assert run.causes == ["line:no-signal", ""]
    powers = [at for at, telegram in run.telegrams if telegram.layout == "BT28+0"]
    assert len(powers) > 80
    _check_wire(run)


def test_every_refusal_for_ever_is_bounded():
    for code in (0x01, 0x02, 0x03, 0x04, 0x05, 0x0A, 0x0B, 0x55):

        def refuse(meter, code=code):
            meter.answer = lambda frame: meter.sign(frame, bytes([code]))

        run = _Run(10 * MINUTE, refuse)
        assert run.telegrams == []
        assert len(run.meter.requests) < 60, code
        _check_wire(run)


def test_noise_for_ever_is_bounded_and_gives_nothing():
    def noisy(meter):
        meter.hear = lambda frame: [(30 * i, bytes([37 * i & 255] * 50)) for i in range(1, 60)]

    run = _Run(5 * MINUTE, noisy)
    assert run.telegrams == []
    assert run.causes == ["line:no-signal", "frame:damaged"]
    for _, frame in run.meter.requests:
        check(frame, Digest(KEY))
    assert len(run.meter.requests) < 40


def test_damaged_lost_and_late_answers_never_give_a_wrong_value():
    def unlucky(meter):
        hear, seen = meter.hear, [0]

        def damage(frame):
            seen[0] += 1
            meter.watts += 1
            parts = hear(frame)
            kind = seen[0] % 7
            if kind == 3:
                return []
            if kind == 5:
                return [(delay + 1300, part) for delay, part in parts]
            if kind == 6:
                spoiled = bytearray(parts[-1][1])
                spoiled[len(spoiled) // 2] ^= 0x40
                return parts[:-1] + [(parts[-1][0], bytes(spoiled))]
            return parts

        meter.hear = damage

    run = _Run(5 * MINUTE, unlucky)
    values = [value[0] for value in run.values("1-0:1.7.0")]
    assert len(values) > 60
    # Watts count up with the requests: none comes twice, none out of order, none that never was.
    for first, second in zip(values, values[1:]):
        assert first < second <= run.meter.watts
    assert run.poll.decoder.dropped["checksum"] > 10
    assert run.causes == ["line:no-signal", ""]


def test_alerts_between_and_before_answers_are_skipped():
    def wants_service(meter):
        hear = meter.hear

        def around(frame):
            parts = hear(frame)
            after = parts[-1][0] + 5
            return [(5, b"\0\0"), (20, b"\0"), (21, b"\0")] + parts + [(after, b"\0\0")]

        meter.hear = around

    run = _Run(MINUTE, wants_service)
    assert run.causes == ["line:no-signal", ""]
    assert run.poll.decoder.alerts > 100
    assert "noise" not in run.poll.decoder.dropped
    _check_wire(run)


def test_alerts_alone_are_no_answer():
    def only_alerts(meter):
        meter.hear = lambda frame: [(100 * i, b"\0\0") for i in range(1, 30)]

    run = _Run(2 * MINUTE, only_alerts)
    assert run.telegrams == []
    assert len(run.meter.requests) < 20


def test_a_meter_that_refuses_long_reads_is_read_in_parts():
    def short(meter):
        serve = meter.serve

        def serve_short(frame):
            return b"\x05" if (frame[8] << 8 | frame[9]) > 80 else serve(frame)

        meter.serve = serve_short

    run = _Run(MINUTE, short)
    assert run.first("1-0:1.8.4") is not None
    assert run.first("1-0:1.7.0") is not None and run.first("1-0:21.7.0") is not None
    _check_wire(run)


def test_what_cannot_be_is_withheld_and_counted():
    def mad(meter):
        meter.watts = 5000000

    run = _Run(20000, mad)
    assert run.values("1-0:1.7.0") == []
    assert run.values("1-0:32.7.0")
    assert run.poll.decoder.dropped["implausible"] > 3


def test_a_new_layout_is_noticed():
    def grow(meter):
        serve = meter.serve

        def later(frame):
            if meter.bench.now > 30000 and meter.tables[0x804][116] == 7:
                meter.tables[0x804] = bytes(116) + b"\x08"
                meter.sequence = (meter.sequence + 25) & 0xFFFFFFFF
            return serve(frame)

        meter.serve = later

    run = _Run(MINUTE, grow)
    asked = [frame[3] << 8 | frame[4] for _, frame in run.meter.requests]
    assert asked.count(21) == 2 and asked.count(27) == 2
    assert run.telegrams[-1][0] > 55000
    _check_wire(run)


def test_hours_of_polling_keep_no_memory():
    if not MICROPYTHON:
        skip("only MicroPython tells its heap")
    bench = Bench(4 * 60 * MINUTE)
    meter = Meter(bench)
    write, used, seen = meter.write, [], [0, 0]

    async def forgetful(frame):
        await write(frame)
        seen[0] += len(meter.requests)
        meter.requests.clear()
        meter.ends.clear()

    def take(_telegram, _received):
        seen[1] += 1
        if seen[1] % 2000 == 0:
            gc.collect()
            used.append(gc.mem_alloc())

    meter.write = forgetful
    asyncio, clock = poll.asyncio, poll.clock
    poll.asyncio = poll.clock = bench
    try:
        poll.Poll(meter, Keys(KEY), take).run().send(None)
    except Over:
        pass
    finally:
        poll.asyncio, poll.clock = asyncio, clock
    assert seen[0] <= 4 * 60 * 60 + 1
    assert len(used) >= 6
    assert max(used[2:]) - min(used[2:]) < 8192
