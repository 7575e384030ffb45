"""M14, M16: NES meters on their MEP port, polled by the whole firmware, whatever goes wrong."""

import asyncio

import pytest
from system.harness import Adapter, readings

from tools import seal_key
from tools.bench import mep as bench
from tools.meters.catalogue import NES
from tools.meters.nes import Mtr1000, Mtr3000, Mtr3000Ct, Mtr3000Demand, Mtr3000Gen4

# The codes of data model D9 that each kind has to give.
_TARIFFS = ["1-0:%d.8.%d" % (group, tariff) for group in (1, 2, 3, 4, 15) for tariff in range(5)]
_POWERS = ["1-0:%d.7.0" % group for group in (1, 2, 3, 4)]
_PHASES = ["1-0:%d.7.0" % group for group in (31, 51, 71, 32, 52, 72, 33, 53, 73)]
_ALL = [*_TARIFFS, *_POWERS, *_PHASES, "0-0:1.0.0", "0-0:C.1.0"]
_EXPECTED = {
    Mtr3000: _ALL,
    Mtr3000Demand: [*_ALL, "1-0:1.6.0", "1-0:5.8.0", "1-0:8.8.0"],
    Mtr3000Gen4: [*_ALL, "1-0:5.8.0", "1-0:8.8.0"],
    Mtr3000Ct: _ALL,
    Mtr1000: [
        *["1-0:%d.8.%d" % (group, tariff) for group in (1, 2, 3, 4, 15) for tariff in range(3)],
        *_POWERS,
        "1-0:31.7.0",
        "1-0:32.7.0",
        "1-0:33.7.0",
        "0-0:1.0.0",
        "0-0:C.1.0",
    ],
}
_READABLE = {0, 1, 15, 20, 21, 22, 23, 27, 28, 52, 55, 0x803, 0x804, 0x837}


def run(scenario, seconds=110):
    asyncio.run(asyncio.wait_for(scenario, seconds))


def adapter(folder, meter, config=None, **more):
    return Adapter(
        folder, meter=meter, config={"meter.profile": meter.PROFILE, **(config or {})}, **more
    )


class Watch:
    """Compares what is published with what the meter said, answer by answer.

    lost: how many of its answers in a row may have got lost on the way.
    """

    def __init__(self, unit, lost=0):
        self.unit = unit
        self.lost = lost
        self.seen = {}

    def history(self) -> dict:
        """Return all that the meter ever said, by code."""
        said = {}
        for sent in self.unit.meter.sent:
            for code, entry in sent.expected.items():
                said.setdefault(code, []).append(entry["value"])
        return said

    async def next(self, timeout=20.0) -> dict:
        """Return the next measurement after checking each of its values, digit by digit."""
        values = readings(await self.unit.wait_measurement(timeout))
        said = self.history()
        for code, entry in values.items():
            assert code in said, code
            # Never a value that the meter did not say, nor one older than what was published before.
            newest = len(said[code]) - 1 - said[code][::-1].index(entry["value"])
            assert newest >= self.seen.get(code, 0), code
            assert newest >= len(said[code]) - 3 - self.lost, code
            self.seen[code] = max(0, newest - 1)
            # Only the clock is stamped by the meter; the adapter's own is not set here.
            assert ("time" in entry) == (code == "0-0:1.0.0")
        return values

    async def until(self, codes, timeout=20.0) -> dict:
        """Return the first measurement that has all of the codes."""
        async with asyncio.timeout(timeout):
            while True:
                values = await self.next(timeout)
                if all(code in values for code in codes):
                    return values


def check_wire(unit, sessions=1, encrypted=False):
    """Nothing but reads of known tables went out, and never faster than the meter's maker allows."""
    meter = unit.meter
    assert meter.violations == []
    writes = [
        (event["t"], bytes.fromhex(event["wrote"]))
        for event in unit.line_log()
        if event.get("by") == "adapter" and "wrote" in event
    ]
    assert writes
    start = writes[0][0]
    for number, (when, frame) in enumerate(writes):
        assert len(frame) in (19, 22) and len(frame) == int.from_bytes(frame[:2], "big") + 2
        if not encrypted:
            assert frame[2] in (0x30, 0x3F)
            assert int.from_bytes(frame[3:5], "big") in _READABLE
        assert number + 1 <= when - start + 21 * sessions
    # The log's clock is that of a busy machine: each may be late, but not all of them.
    assert writes[-1][0] - start >= 0.25 * (len(writes) - 1) - 0.1
    for (first, _), (second, _) in zip(writes, writes[1:], strict=False):
        assert second - first >= 0.15


@pytest.mark.parametrize("kind", NES, ids=lambda kind: kind.NAME)
def test_every_kind_gives_all_it_has(tmp_path, kind):
    async def scenario():
        meter = kind()
        async with adapter(tmp_path, meter) as unit:
            watch = Watch(unit)
            await watch.next()
            polling = meter.sent[0].started
            values = await watch.until(_EXPECTED[kind])
            assert asyncio.get_running_loop().time() - polling < 5.0
            await unit.wait_web()
            status = await unit.status()
            assert status["state"] == "ok"
            assert status["meter"]["meter"] == kind.SERIAL
            assert status["meter"]["security"] == "authenticated"
            for _ in range(5):
                values = await watch.next()
            assert all(code in values for code in _EXPECTED[kind])
            check_wire(unit)

    run(scenario())


def test_the_clock_has_its_zone(tmp_path):
    async def scenario():
        meter = Mtr3000(time=1782909000)  # 1 July 2026, 12:30 UTC
        async with adapter(tmp_path, meter) as unit:
            values = await Watch(unit).until(["0-0:1.0.0"])
            assert values["0-0:1.0.0"]["value"].startswith("2026-07-01T14:30:")
            assert values["0-0:1.0.0"]["value"].endswith("+02:00")
            assert 0 <= values["0-0:1.0.0"]["time"] - 1782909000 < 30

    run(scenario())


def test_while_the_house_feeds_in(tmp_path):
    async def scenario():
        meter = Mtr3000(time=1782904000)  # 1 July 2026, about noon
        async with adapter(tmp_path, meter) as unit:
            watch = Watch(unit)
            values = await watch.until(["1-0:2.7.0", "1-0:2.8.0"])
            first = int(values["1-0:2.8.0"]["value"])
            while int(values["1-0:2.8.0"]["value"]) == first:
                values = await watch.next()
                assert int(values["1-0:2.7.0"]["value"]) > 0
                assert int(values["1-0:1.7.0"]["value"]) == 0
            status = await unit.status()
            assert "implausible" not in status["meter"]["dropped"]

    run(scenario(), 60)


def test_nothing_to_set_with_a_key_of_twenty_octets(tmp_path):
    async def scenario():
        meter = Mtr3000()
        async with Adapter(tmp_path, meter=meter) as unit:
            await Watch(unit).until(["1-0:1.7.0", "1-0:1.8.0"])
            check_wire(unit)

    run(scenario())


def test_a_key_of_sixteen_octets(tmp_path):
    async def scenario():
        meter = Mtr3000(key=bytes(range(7, 23)))
        async with adapter(tmp_path, meter) as unit:
            await Watch(unit).until(["1-0:1.7.0"])

    run(scenario())


def test_encrypted(tmp_path):
    async def scenario():
        meter = Mtr3000()
        async with adapter(tmp_path, meter, {"meter.security": "encrypted"}) as unit:
            await Watch(unit).until(["1-0:1.7.0", "1-0:1.8.0"])
            check_wire(unit, encrypted=True)
            heads = {event["wrote"][4:10] for event in unit.line_log() if "wrote" in event}
            assert len(heads) > 5 and not any(head.startswith("3f00") for head in heads)

    run(scenario())


def test_trouble_on_the_line_never_makes_a_wrong_value(tmp_path):
    async def scenario():
        meter = Mtr3000(sequence=0xFFFFFFF0)
        meter.alerting = True
        line_options = {"bit_errors": 0.0004, "seed": 11}
        async with adapter(tmp_path, meter, line_options=line_options) as unit:
            watch = Watch(unit, lost=9)
            await watch.until(["1-0:1.7.0", "1-0:1.8.0"], 40)
            for number in range(14):
                if number % 6 == 1:
                    meter.lose = 1
                if number % 6 == 3:
                    meter.late = 1.2
                if number % 6 == 5:
                    meter.sequence = (meter.sequence + 25) & 0xFFFFFFFF
                await watch.next(30)
            check_wire(unit)
            status = await unit.status()
            assert sum(status["meter"]["dropped"].values()) > 3

    run(scenario())


def test_values_resume_after_the_optical_port_was_in_use(tmp_path):
    async def scenario():
        meter = Mtr3000()
        async with adapter(tmp_path, meter) as unit:
            watch = Watch(unit)
            await watch.until(["1-0:1.8.0"])
            meter.optical = True

            async def silent():
                return (await unit.status())["cause"] == "line:no-signal"

            await unit.wait_until(silent, 15)
            meter.optical = False
            for _ in range(3):
                await watch.next(20)
            check_wire(unit)

    run(scenario())


def test_a_stuck_interface_is_freed(tmp_path):
    async def scenario():
        meter = Mtr3000()
        async with adapter(tmp_path, meter) as unit:
            watch = Watch(unit)
            await watch.until(["1-0:1.7.0"])
            meter.stuck = True
            await watch.next(25)
            assert not meter.stuck
            check_wire(unit)

    run(scenario())


def test_a_wrong_key_says_so_and_is_not_hammered(tmp_path):
    async def scenario():
        meter = Mtr3000()
        async with adapter(tmp_path, meter, keys=(bytes(20), b"")) as unit:

            async def refused():
                return (await unit.status())["state"] == "key-wrong"

            await unit.wait_until(refused, 30)
            count = len([event for event in unit.line_log() if "wrote" in event])
            assert count <= 4
            response = await unit.get("/api/v1/measurement")
            assert response.status_code == 503
            check_wire(unit)

    run(scenario())


def test_a_key_is_exchanged_under_way(tmp_path):
    async def scenario():
        meter = Mtr3000()
        old_key, new_key = meter.key, bytes(range(40, 56))
        async with adapter(tmp_path, meter) as unit:
            watch = Watch(unit)
            await watch.until(["1-0:1.7.0"])
            answer = await unit.http.put(
                "/api/v1/key", json=seal_key.wrapped(old_key[:16], new_key), timeout=40
            )
            assert answer.status_code == 200, answer.text
            # The meter still goes by the old key, which keeps serving.
            for _ in range(4):
                await watch.next(30)
            assert (await unit.get("/api/v1/key")).json()["candidate"]
            meter.key = new_key

            async def changed():
                state = (await unit.get("/api/v1/key")).json()
                return state["proven"] and not state["candidate"]

            await unit.wait_until(changed, 80)
            await watch.next()
            check_wire(unit, sessions=4)

    run(scenario(), 115)


def test_without_a_key_nothing_is_sent(tmp_path):
    async def scenario():
        meter = Mtr3000()
        async with adapter(tmp_path, meter, keys=(b"", b"")) as unit:

            async def required():
                return (await unit.status())["state"] == "key-required"

            await unit.wait_until(required, 30)
            assert not [event for event in unit.line_log() if "wrote" in event]

    run(scenario())


def test_the_digest_holds_the_loop_far_shorter_than_20_ms():
    # The longest answer, on the slower clock, with the estimate's 40 % on top.
    assert bench.loop_time_ms(576, "160 MHz") * 1.4 < 20
