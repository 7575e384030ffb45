"""M6: the acknowledged infrared push of Netz Oberösterreich, from search mode to published readings."""

import asyncio

import pytest
from system.harness import Adapter, readings

from tools.line import noise
from tools.meters.amis import Amis

_DEADLINE = 0.5  # specification of 5 November 2021, 2.3.7


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 110))


def adapter(folder, meter, **more):
    config = {"meter.profile": Amis.PROFILE, **more.pop("config", {})}
    return Adapter(folder, meter=meter, config=config, **more)


def written(line_log: list) -> bytes:
    """Return all that the adapter ever put on the line."""
    return b"".join(bytes.fromhex(e["wrote"]) for e in line_log if "wrote" in e)


async def agrees(adapter, document):
    """Compare a measurement with what the meter sent at its time, digit by digit."""
    sent = adapter.sent_at(document)
    assert sent is not None
    assert readings(document) == sent.expected


def test_from_search_mode_to_a_reading_each_second(tmp_path):
    async def scenario():
        meter = Amis(search=1.0)
        async with adapter(tmp_path, meter) as unit:
            times = []
            for _ in range(6):
                document = await unit.wait_measurement()
                await agrees(unit, document)
                times.append(asyncio.get_running_loop().time())
            assert not meter.searching
            gaps = [late - early for early, late in zip(times, times[1:])]
            assert max(gaps) < 1.6
            answered = [delay for _, delay in meter.answers if delay is not None]
            unanswered = len(meter.answers) - len(answered)
            # Only searches from before the firmware was up stayed without an answer.
            assert unanswered == meter.searched - 1
            assert max(answered) < _DEADLINE
            assert set(written(unit.line_log())) == {0xE5}
            assert meter.foreign == b""

    run(scenario())


def test_forwards_before_the_next_telegram_is_due(tmp_path):
    async def scenario():
        meter = Amis(search=1.0)
        async with adapter(tmp_path, meter) as unit:
            for _ in range(3):
                document = await unit.wait_measurement()
                late = asyncio.get_running_loop().time() - unit.sent_at(document).ended
                assert late < 0.5  # R8.5

    run(scenario())


def test_echo_of_its_own_answer_is_swallowed(tmp_path):
    async def scenario():
        meter = Amis(search=1.0)
        async with adapter(tmp_path, meter) as unit:

            def reflected(data):
                meter.heard(data)
                asyncio.get_running_loop().create_task(unit.line.put(data))

            await unit.wait_measurement()
            unit.line.heard = reflected
            for _ in range(4):
                await agrees(unit, await unit.wait_measurement())
            status = await unit.status()
            assert not any(status["meter"].get("dropped", {}).values()), status["meter"]

    run(scenario())


def test_a_lost_answer_brings_a_repetition_that_is_not_published_again(tmp_path):
    async def scenario():
        meter = Amis(search=1.0)
        async with adapter(tmp_path, meter) as unit:
            await unit.wait_measurement()
            meter.repeat(2)
            seen = []
            for _ in range(4):
                document = await unit.wait_measurement()
                await agrees(unit, document)
                seen.append(readings(document)["0-0:1.0.0"]["time"])
            assert len(set(seen)) == len(seen)
            status = await unit.status()
            assert status["meter"]["dropped"].get("duplicate") == 2

    run(scenario())


def test_ten_lost_answers_and_a_restart_send_the_meter_back_to_searching(tmp_path):
    async def scenario():
        meter = Amis(search=1.0)
        async with adapter(tmp_path, meter) as unit:
            await unit.wait_measurement()
            searched = meter.searched
            meter.lose_acknowledgements(10)
            while meter.searched == searched:
                await agrees(unit, await unit.wait_measurement())
            await agrees(unit, await unit.wait_measurement())
            assert not meter.searching
            meter.restart()
            for _ in range(3):
                await agrees(unit, await unit.wait_measurement())
            assert set(written(unit.line_log())) == {0xE5}

    run(scenario())


def test_with_a_wrong_key_the_meter_is_still_answered(tmp_path):
    async def scenario():
        meter = Amis(search=1.0)
        async with adapter(tmp_path, meter, keys=(bytes(15) + b"\x01", b"")) as unit:
            await meter.wait_sent(3)

            async def told():
                return (await unit.status())["state"] == "key-wrong"

            await unit.wait_until(told)
            assert not meter.searching
            answered = [delay for _, delay in meter.answers[-3:]]
            assert None not in answered and max(answered) < _DEADLINE

    run(scenario())


@pytest.mark.parametrize("junk", [b"\x68\x5f\x5f\x68", b"\x10\x40", b"\x00\xff\xe5"])
def test_noise_before_a_telegram_costs_at_most_that_telegram(tmp_path, junk):
    async def scenario():
        meter = Amis(search=1.0)
        async with adapter(tmp_path, meter) as unit:
            await unit.wait_measurement()
            unit.line.inject(noise(before=junk))
            for _ in range(3):
                await agrees(unit, await unit.wait_measurement())
            assert set(written(unit.line_log())) == {0xE5}

    run(scenario())


def test_is_found_without_being_told(tmp_path):
    async def scenario():
        meter = Amis(search=2.0)
        async with Adapter(tmp_path, meter=meter) as unit:
            for _ in range(2):
                await agrees(unit, await unit.wait_measurement(60))
            assert set(written(unit.line_log())) == {0xE5}

    run(scenario())
