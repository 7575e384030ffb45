"""The whole adapter on littlefs loses its power at each write of a change of settings, and starts again."""

import asyncio

import httpx
import pytest
from system.harness import Adapter

_MOST_WRITES = 60


async def settings(adapter) -> tuple:
    """Return the settings that are changed together."""
    await adapter.wait_web(60)
    config = (await adapter.get("/api/v1/config")).json()
    return config["mqtt.port"], config["mqtt.topic"], config["mqtt.password"]


async def done(adapter, changes: dict) -> bool:
    """Change settings; return whether the adapter lived to say so."""
    try:
        await adapter.wait_web(10)
        return (await adapter.http.put("/api/v1/config", json=changes)).status_code == 200
    except (httpx.TransportError, TimeoutError):
        return False


@pytest.mark.timeout(300)
async def test_it_starts_with_the_old_settings_or_the_new_ones(tmp_path):
    async with Adapter(tmp_path, broker=None, image=True) as adapter:
        state = await settings(adapter)
        assert state[2] is False
        cuts = survived = 0
        for cut in range(1, _MOST_WRITES):
            adapter.board.cut = cut
            await adapter.board.power_cycle()
            changes = {
                "mqtt.port": 1000 + cut,
                "mqtt.topic": "cut/%d" % cut,
                "mqtt.password": "x" * cut,
            }
            new = (1000 + cut, "cut/%d" % cut, True)
            if await done(adapter, changes):
                # The change took fewer writes than that.
                assert await settings(adapter) == new
                break
            await asyncio.wait_for(adapter.board.ended.wait(), 20)
            cuts += 1
            await adapter.board.power_cycle()
            found = await settings(adapter)
            assert found in (state, new), "cut at write %d" % cut
            survived += found == new
            state = found
        assert cuts >= 3
        assert adapter.board.resets == []
