"""Why the adapter started is kept over a controlled reset, and told once."""

import asyncio

from system.harness import Adapter

from tools.meters.kaifa import KaifaNetzNoe


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 100))


def test_status_tells_the_reason_of_a_controlled_reset_once(tmp_path):
    async def scenario():
        async with Adapter(tmp_path, meter=KaifaNetzNoe(interval=2)) as adapter:
            await adapter.wait_web()
            assert (await adapter.status())["start"]["reason"] is None
            answer = await adapter.http.post("/api/v1/reboot")
            assert answer.status_code in (200, 202, 204), answer.text
            await adapter.wait_until(lambda: _restarted(adapter), 30)
            assert (await adapter.status())["start"]["reason"]
            await adapter.wait_measurement()

    run(scenario())


async def _restarted(adapter):
    return len(adapter.board.resets) > 0 and (await adapter.status())["sma_time"] < 20
