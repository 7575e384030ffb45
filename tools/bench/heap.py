"""The heap in use of the whole firmware on this PC, after 100 telegrams and after many.

Loaded from files; and in a heap of 320 KB run where it lies, as on a board that has it frozen in (tools/romfs.py).

An object of this 64-bit runtime takes 1.6 times what it takes on the chip.
"""

import asyncio
import os
import tempfile
from pathlib import Path

from system.harness import Adapter

from tools import romfs
from tools.host_board import HEAP
from tools.meters.kaifa import KaifaNetzNoe

_EARLY = 100
_LATE = int(os.environ.get("SOAK") or 10000)
_LOOKS = 5


class _FastKaifa(KaifaNetzNoe):
    """A Kaifa on a line fast enough to send a day's telegrams in minutes."""

    SETTINGS = "115200 8N1"
    INTERVAL = 0.04
    GAP = 0.0


async def _heap(adapter) -> int:
    """Return the octets in use after a garbage collection, the least of some looks."""
    return min([(await adapter.status())["heap"]["used"] for _ in range(_LOOKS)])


async def _reach(adapter, telegrams: int):
    async def reached():
        return (await adapter.status())["meter"]["telegrams"] >= telegrams

    await adapter.wait_until(reached, 60 + telegrams // 8, 0.5)


async def _measure(way: str, heap: str) -> list:
    """Return a row each for the octets in use after few telegrams and after many."""
    with tempfile.TemporaryDirectory() as folder:
        config = {"meter.line": _FastKaifa.SETTINGS}
        async with Adapter(
            Path(folder), _FastKaifa(), config=config, heap=heap, rom="lies" in way
        ) as adapter:
            await adapter.wait_measurement(60)
            rows = []
            for count in (_EARLY, _LATE):
                await _reach(adapter, count)
                used = await _heap(adapter)
                name = "heap in use after %d telegrams, firmware %s, of %s" % (count, way, heap)
                rows.append(
                    {"name": name, "value": used, "unit": "octets", "median": used, "spread": None}
                )
            return rows


async def _measure_both() -> list:
    ways = [("loaded from files", HEAP)]
    if romfs.RUNS_HERE:
        ways.append(("run where it lies", "320K"))
    return sum(await asyncio.gather(*(_measure(*way) for way in ways)), [])


def run() -> list:
    """Return the rows of heap in use after 100 telegrams and after 10 000 (SOAK=n: after n)."""
    return asyncio.run(_measure_both())
