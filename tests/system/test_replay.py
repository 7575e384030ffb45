"""What was recorded before a restart of the adapter is a replay after it."""

import asyncio

from system.harness import Adapter

from tools.meters.kaifa import KaifaNetzNoe


def test_a_restart_forgets_no_counter(tmp_path):
    async def scenario():
        meter = KaifaNetzNoe(interval=1, counter=50000)
        async with Adapter(tmp_path, meter=meter) as unit:
            await unit.wait_measurement(60)
            meter.counter = 40000  # not caught up with, however long the restart takes
            answer = await unit.http.post("/api/v1/reboot", json={})
            assert answer.status_code == 202

            async def restarted():
                return unit.board.resets

            await unit.wait_until(restarted, 30)

            async def replays():
                found = (await unit.status())["meter"]
                return found if found["dropped"].get("replay") else None

            found = await unit.wait_until(replays, 60)
            assert found["telegrams"] == 0
            meter.counter = 60000

            async def read():
                return (await unit.status())["meter"]["telegrams"]

            assert await unit.wait_until(read, 30)

    asyncio.run(asyncio.wait_for(scenario(), 110))
