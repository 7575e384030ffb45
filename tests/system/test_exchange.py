"""Another meter is plugged in while the adapter runs: other line settings, another family, nothing told to it."""

from system.harness import Adapter, readings

from tools.meters.catalogue import METERS

ROUND = ("burgenland-e450-ir", "oms-wired", "kaifa")
INTERVAL = 2


def _said(meter, values: dict) -> bool:
    """Tell whether one telegram of a meter brought exactly these values."""
    found = {code: entry["value"] for code, entry in values.items()}
    return any(
        found == {code: entry["value"] for code, entry in telegram.expected.items()}
        for telegram in meter.sent
    )


async def _read(adapter, former):
    """Wait for a reading of the meter now on the line; a late one of the former meter is none."""
    while not _said(adapter.meter, values := readings(await adapter.wait_measurement(120))):
        assert _said(former, values), values


async def test_each_is_read_and_what_only_the_former_needed_is_given_back(tmp_path):
    first = former = METERS["kaifa"](interval=INTERVAL)
    async with Adapter(tmp_path, meter=first) as adapter:
        await _read(adapter, first)
        await adapter.wait_measurement()
        before = await _heap(adapter)
        for name in ROUND:
            meter = METERS[name](interval=INTERVAL, key=first.key, auth_key=first.auth_key)
            await adapter.plug(meter)
            await _read(adapter, former)
            await meter.wait_sent(2)
            former = meter
        assert await _heap(adapter) - before < 12288
        assert adapter.board.resets == []
        assert (await adapter.status())["tasks"] == {}


async def _heap(adapter) -> int:
    """Return the octets in use after a collection, the least of some looks."""
    return min([(await adapter.status())["heap"]["used"] for _ in range(5)])
