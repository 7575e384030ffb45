"""From a telegram's last octet to MQTT and to the event stream, per virtual meter, under load.

The load is three HTTP clients that each poll ten times a second (R8.5). The first telegram under load
only warms up: what serves a stream is loaded when it is first asked for.
"""

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from system.harness import Adapter

from tools.broker import EmbeddedBroker, Mosquitto
from tools.meters.catalogue import METERS, NES

_TELEGRAMS = 20
_CLIENTS = 3
# Seconds that a meter may take for them all; what came by then counts.
_LONGEST = 90.0


class _Stream:
    """An event stream's client: when each measurement arrived, in seconds of the loop."""

    def __init__(self, adapter):
        self.arrived = []
        self._adapter = adapter

    async def run(self):
        """Listen until cancelled."""
        loop = asyncio.get_running_loop()
        async with self._adapter.http.stream("GET", "/api/v1/stream", timeout=None) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if line == "event: measurement":
                    self.arrived.append(loop.time())


@contextlib.asynccontextmanager
async def _load(adapter):
    command = [sys.executable, "-m", "tools.bench.http_load", adapter.url, str(_CLIENTS)]
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "TOKEN": adapter.token}
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def _broker():
    broker = Mosquitto() if Mosquitto.installed() else EmbeddedBroker()
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


def _behind(sent: list, arrivals: list) -> list:
    """Return for each arrival how many ms it came after the last octet of the telegram before it."""
    found = []
    for arrival in arrivals:
        before = [entry.ended for entry in sent if entry.ended <= arrival]
        if before:
            found.append((arrival - before[-1]) * 1000)
    return found


async def _measure(name: str) -> dict:
    """Return {way: [ms]}, for "MQTT" and "event stream"."""
    kind = METERS[name]
    config = {"meter.profile": kind.PROFILE} if kind.PROFILE else None
    # As quick as the line carries it, so that many telegrams take a short time.
    meter = kind() if kind in NES or hasattr(kind, "air") else kind(interval=1.0)
    with tempfile.TemporaryDirectory() as folder:
        async with _broker() as broker:
            adapter = Adapter(Path(folder), meter=meter, broker=broker, config=config)
            async with adapter:
                return await _listen(adapter)


async def _listen(adapter) -> dict:
    await adapter.wait_web(60)
    by_mqtt = await adapter.subscribe("measurement")
    await by_mqtt.get(200)
    stream = _Stream(adapter)
    listening = asyncio.create_task(stream.run())
    async with _load(adapter):
        await by_mqtt.get(_LONGEST)
        stream.arrived.clear()
        arrivals = []
        begun = time.monotonic()
        while len(arrivals) < _TELEGRAMS and time.monotonic() - begun < _LONGEST:
            arrivals.append((await by_mqtt.get(_LONGEST))[3])
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    sent = adapter.meter.sent
    return {"MQTT": _behind(sent, arrivals), "event stream": _behind(sent, stream.arrived)}


def run():
    """Yield the rows of each meter's latency: median, 99th percentile and maximum."""
    for name in METERS:
        for way, found in asyncio.run(_measure(name)).items():
            found.sort()
            label = "last octet to %s, %d HTTP clients: %s" % (way, _CLIENTS, name)
            if not found:
                yield _row(label, None)
                continue
            yield _row(label + ", p50", statistics.median(found))
            yield _row(label + ", p99", found[(len(found) * 99 + 99) // 100 - 1])
            yield _row(label + ", max of %d" % len(found), found[-1])


def _row(name: str, value) -> dict:
    value = None if value is None else round(value, 1)
    return {"name": name, "value": value, "unit": "ms", "median": value, "spread": None}
