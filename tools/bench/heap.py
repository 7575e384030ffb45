"""The heap in use of the whole firmware on this PC, after 100 telegrams and after many.

Loaded from files, and run where it lies, as on a board that has it frozen in (tools/romfs.py).

An object of this 64-bit runtime takes 1.6 times what it takes on the chip.
"""

import asyncio
import os
import tempfile
from pathlib import Path

from system.harness import Adapter

from tools.meters.kaifa import KaifaNetzNoe

_EARLY = 100
_LATE = int(os.environ.get("SOAK") or 10000)
_LOOKS = 5


class _FastKaifa(KaifaNetzNoe):
    """A Kaifa on a line fast enough to send a day's telegrams in minutes."""

    SETTINGS = "115200 8N1"
    INTERVAL = 0.04


async def _heap(adapter) -> int:
    """Return the octets in use after a garbage collection, the least of some looks."""
    return min([(await adapter.status())["heap"]["used"] for _ in range(_LOOKS)])


async def _reach(adapter, telegrams: int):
    async def reached():
        return (await adapter.status())["meter"]["telegrams"] >= telegrams

    await adapter.wait_until(reached, 60 + telegrams // 8, 0.5)


async def _measure(rom: bool, counts: tuple) -> list:
    """Return the octets in use after so many telegrams each."""
    with tempfile.TemporaryDirectory() as folder:
        config = {"meter.line": _FastKaifa.SETTINGS}
        async with Adapter(Path(folder), _FastKaifa(), config=config, rom=rom) as adapter:
            await adapter.wait_measurement(60)
            found = []
            for count in counts:
                await _reach(adapter, count)
                found.append(await _heap(adapter) - len(adapter.board.rom))
            return found


def run() -> list:
    """Return the rows of heap in use after 100 telegrams and after 10 000 (SOAK=n: after n)."""
    ways = ((False, "loaded from files", (_EARLY, _LATE)), (True, "run where it lies", (_EARLY,)))
    return [
        {
            "name": "heap in use after %d telegrams, firmware %s" % (count, way),
            "value": used,
            "unit": "octets",
            "median": used,
            "spread": None,
        }
        for rom, way, counts in ways
        for count, used in zip(counts, asyncio.run(_measure(rom, counts)))
    ]
