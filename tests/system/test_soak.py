"""The heap in use after many telegrams is what it was after a hundred (R9).

SOAK=10000 runs the full length; the default keeps `make test` short and would show a leak of four
octets a telegram.
"""

import os

import pytest
from system.harness import Adapter, readings

from tools.meters.kaifa import KaifaNetzNoe

COUNT = int(os.environ.get("SOAK") or 1200)
SLACK = 4096  # octets: what a request or a publish that is under way may hold


class FastKaifa(KaifaNetzNoe):
    """A Kaifa on a line fast enough to send a day's telegrams in minutes."""

    SETTINGS = "115200 8N1"
    INTERVAL = 0.04
    GAP = 0.0


async def _heap(adapter) -> int:
    """Return the octets in use after a garbage collection, the least of some looks."""
    return min([(await adapter.status())["heap"]["used"] for _ in range(5)])


async def _telegrams(adapter) -> int:
    return (await adapter.status())["meter"]["telegrams"]


@pytest.mark.timeout(max(180, COUNT // 8))
async def test_heap_in_use_does_not_grow(tmp_path):
    meter = FastKaifa()
    adapter = Adapter(tmp_path, meter, config={"meter.line": FastKaifa.SETTINGS})
    async with adapter:
        await adapter.wait_measurement()

        def reached(count):
            async def enough():
                return await _telegrams(adapter) >= count

            return enough

        await adapter.wait_until(reached(100), 60, 0.5)
        early = await _heap(adapter)
        dropped = (await adapter.status())["meter"]["dropped"]
        await adapter.wait_until(reached(COUNT), COUNT // 8, 1)
        late = await _heap(adapter)
        assert late - early <= SLACK, (early, late)
        status = await adapter.status()
        assert status["meter"]["dropped"] == dropped
        assert adapter.line.overflowed == 0
        assert adapter.board.resets == []
        await adapter.unplug()
        answer = readings(await adapter.measurement())
        assert answer == meter.expected()
        print("heap in use: %d after 100, %d after %d" % (early, late, COUNT))
