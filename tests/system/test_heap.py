"""The whole firmware at once in little RAM: detection, MQTT, Home Assistant, three REST clients, status."""

import asyncio
import json

import pytest
from system.harness import Adapter

from tools import romfs
from tools.meters.kaifa import KaifaNetzNoe

CLIENTS = 3
ROUNDS = 30
# Heap, and what may be in use after a collection. An object of this 64-bit runtime takes 1.6 times what it takes on
# the chip.
HEAPS = {"loaded from files": ("368K", 325 * 1024), "run where it lies": ("288K", 240 * 1024)}


async def _poll(adapter) -> list:
    """Ask as a client of REST does; return the status codes that were not 200."""
    wrong = []
    for _ in range(ROUNDS):
        for path in ("/api/v1/measurement", "/api/v1/status", "/api/v1/window"):
            response = await adapter.get(path)
            if response.status_code != 200:
                wrong.append((path, response.status_code, response.text))
    return wrong


@pytest.mark.parametrize("code", HEAPS, ids=lambda code: code.replace(" ", "-"))
async def test_everything_at_once_stays_within_the_heap(tmp_path, code):
    heap, most = HEAPS[code]
    rom = "lies" in code
    if rom and not romfs.RUNS_HERE:
        pytest.skip("only on x86-64 does the runtime take the firmware outside its heap")
    printed = []
    meter = KaifaNetzNoe(interval=1)
    adapter = Adapter(tmp_path, meter, on_line=printed.append, heap=heap, rom=rom)
    async with adapter:
        announced = await adapter.subscribe("meter")
        await adapter.wait_measurement(60)
        assert sum(await asyncio.gather(*(_poll(adapter) for _ in range(CLIENTS))), []) == []
        await adapter.wait_measurement()
        status = await adapter.status()
        assert json.loads((await announced.get())[1])["state"] in ("searching", "no-data", "ok")
        assert status["state"] == "ok"
        assert status["mqtt"]["state"] == "online" and status["mqtt"]["reconnects"] == 0
        assert status["tasks"] == {} and status["web"]["refused"] == {}
        assert status["heap"]["used"] <= most, status["heap"]
        assert adapter.board.resets == []
    assert not [line for line in printed if "MemoryError" in line]


async def test_what_the_owner_looks_at_leaves_nothing_behind(tmp_path):
    async with Adapter(tmp_path, KaifaNetzNoe(interval=3)) as adapter:

        async def used() -> int:
            return min([(await adapter.status())["heap"]["used"] for _ in range(4)])

        await adapter.wait_measurement(60)
        before = await used()
        for path in ("config?schema=1", "profiles", "key"):
            assert (await adapter.get("/api/v1/" + path)).status_code == 200
        assert await used() - before < 12 * 1024
