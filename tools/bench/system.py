"""The whole firmware on this PC: latency from the last octet to the publish, detection, heap.

The load is three HTTP clients that poll as fast as they are answered (R8.5).
"""

import asyncio
import tempfile
import time
from pathlib import Path

from system.harness import Adapter

from tools.meters.catalogue import METERS

_TELEGRAMS = 30
_MEASURED = ("kaifa", "wienernetze-im350", "kng-im350", "netzooe-td3511", "mtr3000")
_FAST = 1.0


async def _poll(adapter, until):
    while not until.is_set():
        await adapter.get("/api/v1/measurement")


async def _latency(name: str, clients: int) -> dict:
    kind = METERS[name]
    profile = {"meter.profile": kind.PROFILE} if kind.PROFILE else None
    with tempfile.TemporaryDirectory() as folder:
        async with Adapter(Path(folder), meter=kind(), config=profile) as adapter:
            await adapter.wait_web(60)
            await adapter.wait_measurement(120)
            done = asyncio.Event()
            load = [asyncio.create_task(_poll(adapter, done)) for _ in range(clients)]
            for _ in range(_TELEGRAMS):
                await adapter.wait_measurement(60)
            done.set()
            await asyncio.gather(*load, return_exceptions=True)
            status = await adapter.status()
            return {"latency": status["mqtt"]["latency"], "heap": status["heap"]["used"]}


async def _detection(name: str) -> tuple:
    meter = METERS[name]()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        async with Adapter(Path(folder), meter=meter) as adapter:
            await adapter.wait_measurement(200)
            return time.monotonic() - begun, meter.interval


def run() -> list:
    """Return rows of latency per meter with and without load, of heap in use, and of detection."""
    rows = []
    for name in _MEASURED:
        for clients in (0, 3):
            found = asyncio.run(_latency(name, clients))
            label = "%s, %d HTTP clients" % (name, clients)
            for key in ("p50_ms", "p99_ms", "max_ms"):
                value = found["latency"][key]
                rows.append(_row("latency to MQTT %s: %s" % (key[:-3], label), value, "ms"))
            rows.append(_row("heap in use: " + label, found["heap"], "octets"))
    for name in METERS:
        seconds, interval = asyncio.run(_detection(name))
        label = "first reading from power-on, only the key set: %s (every %g s)" % (name, interval)
        rows.append(_row(label, round(seconds, 1), "s"))
    return rows


def _row(name: str, value, unit: str) -> dict:
    return {"name": name, "value": value, "unit": unit, "median": value, "spread": None}
