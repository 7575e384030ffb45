"""From a telegram's last octet to MQTT and to the event stream, per virtual meter, under load.

The load is three HTTP clients that poll as fast as they are answered (R8.5).
"""

import asyncio
import contextlib
import statistics
import tempfile
import time
from pathlib import Path

import httpx
from system.harness import Adapter

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


async def _poll(adapter):
    while True:
        with contextlib.suppress(httpx.TransportError):
            (await adapter.get("/api/v1/measurement")).raise_for_status()


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
        async with Adapter(Path(folder), meter=meter, config=config) as adapter:
            await adapter.wait_web(60)
            await adapter.wait_measurement(200)
            stream = _Stream(adapter)
            tasks = [asyncio.create_task(stream.run())]
            tasks += [asyncio.create_task(_poll(adapter)) for _ in range(_CLIENTS)]
            by_mqtt = await adapter.subscribe("measurement")
            begun = time.monotonic()
            arrivals = []
            while len(arrivals) < _TELEGRAMS and time.monotonic() - begun < _LONGEST:
                with contextlib.suppress(asyncio.TimeoutError):
                    arrivals.append((await by_mqtt.get(_LONGEST))[3])
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # The stream begins with the latest measurement, which is no news.
            return {
                "MQTT": _behind(meter.sent, arrivals),
                "event stream": _behind(meter.sent, stream.arrived[1:]),
            }


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
