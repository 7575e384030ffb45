"""Whatever the broker does, readings are at hand in time, and publishing goes on once it is back."""

import asyncio
import contextlib
import socket

import pytest
from system.faulty_broker import FaultyBroker
from system.harness import Adapter, Subscription, exact, meter_time

from tools import host_board
from tools.adapter import Broker
from tools.broker import EmbeddedBroker, Mosquitto
from tools.meters.kaifa import KaifaNetzNoe

INTERVAL = 1.7
LATE = 0.5  # seconds that REST may be behind the last bit on the line
FAULTS = ("refuse", "silent", "stall", "vanish")


def _time(sent) -> int:
    return max(entry["time"] for entry in sent.expected.values())


async def _watch_rest(adapter, seconds: float) -> int:
    """Poll REST so long; each answer must show the last telegram that was complete LATE before."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    answers = 0
    while loop.time() < end:
        asked = loop.time()
        answer = await adapter.get("/api/v1/measurement")
        assert answer.status_code == 200, answer.text
        complete = [sent for sent in adapter.meter.sent if sent.ended <= asked - LATE]
        if complete:
            assert meter_time(exact(answer.content)) >= _time(complete[-1])
        answers += 1
        await asyncio.sleep(0.1)
    return answers


@contextlib.asynccontextmanager
async def _broker(kind):
    if kind == "mosquitto" and not Mosquitto.installed():
        pytest.skip("mosquitto is not installed")
    broker = Mosquitto() if kind == "mosquitto" else EmbeddedBroker()
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["amqtt", "mosquitto"])
async def test_readings_flow_through_every_fault_of_the_broker(tmp_path, kind):
    async with _broker(kind) as real:
        proxy = FaultyBroker(real.port)
        await proxy.start()
        meter = KaifaNetzNoe(interval=INTERVAL)
        adapter = Adapter(
            tmp_path,
            meter,
            broker=Broker("127.0.0.1", proxy.port),
            config={"meter.line": "2400 8E1", "mqtt.keepalive": 5},
        )
        async with adapter:
            subscription = Subscription(
                Broker("127.0.0.1", real.port), adapter.topic + "/measurement"
            )
            await subscription.start()
            await subscription.get(30)
            for fault in FAULTS:
                await proxy.become(fault)
                assert await _watch_rest(adapter, 5 * INTERVAL) > 20
                await proxy.become("pass")
                subscription.waiting()
                await subscription.get(45)
                assert adapter.board.resets == [], fault
            latency = (await adapter.status())["mqtt"]["latency"]
            assert latency["count"] >= len(FAULTS)
            assert latency["p99_ms"] < 50
            await subscription.stop()
        await proxy.stop()


async def test_readings_flow_while_no_name_server_answers(tmp_path, monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        # Where the port is not ours to take, nobody listens: the query is refused, not lost.
        with contextlib.suppress(OSError):
            deaf.bind(("127.0.0.2", 53))
        monkeypatch.setattr(host_board, "_name_server", lambda: "127.0.0.2")
        adapter = Adapter(
            tmp_path,
            KaifaNetzNoe(interval=INTERVAL),
            broker=Broker("broker.example", 1883),
            config={"meter.line": "2400 8E1", "time.ntp": ""},
        )
        async with adapter:

            async def first():
                return (await adapter.get("/api/v1/measurement")).status_code == 200

            await adapter.wait_until(first, 20)
            assert await _watch_rest(adapter, 5 * INTERVAL) > 20
            mqtt = (await adapter.status())["mqtt"]
            assert mqtt["state"] in ("waiting", "connecting")
            assert mqtt["published"] == 0
