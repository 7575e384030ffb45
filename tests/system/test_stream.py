"""The event stream: several clients, none of which can hold up another, nor the readings."""

import asyncio
import contextlib
import json
import time

import pytest
from system.harness import Adapter

from tools.meters.catalogue import METERS

LINE = {"meter.line": "2400 8E1"}


async def listen(adapter, events: list, count: int):
    """Read the stream until count measurements came; events gets (name, data, when)."""
    async with adapter.http.stream("GET", "/api/v1/stream", timeout=60) as answer:
        assert answer.status_code == 200
        name = None
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                events.append((name, json.loads(line[6:]), time.monotonic()))
                if sum(1 for event in events if event[0] == "measurement") >= count:
                    return


@pytest.mark.timeout(120)
async def test_several_clients_get_every_telegram_at_once(tmp_path):
    meter = METERS["kaifa"](interval=3)
    async with Adapter(tmp_path, meter=meter, config=LINE) as adapter:
        await adapter.wait_measurement(60)
        heard = [[] for _ in range(4)]
        await asyncio.gather(*(listen(adapter, events, 4) for events in heard))
        clocks = []
        for events in heard:
            assert events[0][0] == "status" and events[0][1]["state"] == "ok"
            measurements = [data for name, data, _ in events if name == "measurement"]
            clocks.append([m["0-0:1.0.0"]["time"] for m in measurements])
        assert all(times == clocks[0] for times in clocks)
        steps = {b - a for a, b in zip(clocks[0][1:], clocks[0][2:])}
        assert steps <= {2, 3, 4}, "a telegram is missing in between"
        status = await adapter.wait_until(lambda: _no_streams(adapter), 30)
        assert status["web"]["streams"] == 0


async def _no_streams(adapter):
    status = await adapter.status()
    return status if status["web"]["streams"] == 0 else None


@pytest.mark.timeout(120)
async def test_a_silent_meter_is_told_and_the_heartbeat_goes_on(tmp_path):
    meter = METERS["kaifa"](interval=3)
    async with Adapter(tmp_path, meter=meter, config=LINE) as adapter:
        await adapter.wait_measurement(60)
        await adapter.unplug()
        comments, states = 0, []
        async with adapter.http.stream("GET", "/api/v1/stream", timeout=60) as answer:
            async for line in answer.aiter_lines():
                comments += line.startswith(":")
                if line.startswith("data: ") and "state" in json.loads(line[6:]):
                    states.append(json.loads(line[6:])["state"])
                if comments >= 2 and states[-1] != "ok":
                    break
        assert states[0] == "ok"


@pytest.mark.timeout(300)
async def test_a_crowd_does_not_delay_the_readings_nor_raise_the_heap(tmp_path):
    meter = METERS["kaifa"](interval=3)
    async with Adapter(tmp_path, meter=meter, config=LINE) as adapter:
        await adapter.wait_measurement(60)
        await meter.wait_sent(5)
        alone = await adapter.status()
        await crowd(adapter, meter, 8)
        crowded = await adapter.status()
        # Both are the firmware's own measure: last octet in, publish written.
        before, after = alone["mqtt"]["latency"], crowded["mqtt"]["latency"]
        assert after["count"] >= before["count"] + 6
        assert after["max_ms"] <= max(2 * before["max_ms"], 100)
        await adapter.wait_until(lambda: _no_streams(adapter), 60)
        rested = await adapter.status()
        assert rested["heap"]["used"] <= alone["heap"]["used"] * 11 // 10


async def crowd(adapter, meter, telegrams: int):
    """Let eight streams and a poller at 5/s go on for some telegrams."""
    done = asyncio.Event()

    async def poll():
        while not done.is_set():
            with contextlib.suppress(Exception):
                await adapter.get("/api/v1/measurement")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(done.wait(), 0.2)

    tasks = [asyncio.create_task(listen(adapter, [], 10**6)) for _ in range(8)]
    tasks.append(asyncio.create_task(poll()))
    await meter.wait_sent(telegrams)
    done.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
