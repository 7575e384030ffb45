"""What holds the loop up is no silence of the meter's: a Wi-Fi scan takes two seconds and costs no telegram."""

import asyncio

from system.harness import Adapter

from tools.meters.kaifa import KaifaNetzNoe

ROUNDS = 4


async def test_a_scan_in_the_middle_of_a_telegram(tmp_path):
    meter = KaifaNetzNoe(interval=3)
    async with Adapter(tmp_path, meter) as adapter:
        await adapter.wait_measurement(60)
        before = (await adapter.status())["meter"]
        for _ in range(ROUNDS):
            # A telegram has just ended; what follows in 1.5 s takes 1.3 s.
            await meter.wait_sent()
            await asyncio.sleep(meter.interval - 1)
            assert (await adapter.get("/api/v1/network/scan")).status_code == 200
        await meter.wait_sent()
        await adapter.wait_measurement()
        after = (await adapter.status())["meter"]
        assert after["dropped"] == before["dropped"] and after["locked"]
        assert after["telegrams"] - before["telegrams"] >= ROUNDS
