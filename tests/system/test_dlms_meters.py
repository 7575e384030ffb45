"""Each virtual DLMS meter from its line to MQTT and REST, digit by digit."""

import asyncio
import time

import pytest
from system.harness import Adapter, readings

from tools.meters.catalogue import DLMS, METERS

_DETECTION = 60.0  # seconds in which any line settings are found

each_meter = pytest.mark.parametrize("kind", DLMS, ids=lambda kind: kind.NAME)


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 110))


async def _agrees(unit, document):
    """Compare MQTT's measurement, and REST's of the same time, with what the meter sent."""
    sent = unit.sent_at(document)
    assert sent is not None
    assert readings(document) == sent.expected
    by_rest = await unit.measurement()
    also_sent = unit.sent_at(by_rest)
    assert also_sent is not None
    assert readings(by_rest) == also_sent.expected


@each_meter
def test_values_are_published_within_two_push_intervals(tmp_path, kind):
    """With its profile set, as its owner does."""

    async def scenario():
        meter = kind(interval=min(kind.INTERVAL, 3.0))
        async with Adapter(tmp_path, meter=meter, config={"meter.profile": kind.PROFILE}) as unit:
            await unit.wait_web()
            begun = time.monotonic()
            document = await unit.wait_measurement()
            air = max(sent.ended - sent.started for sent in meter.sent)
            assert time.monotonic() - begun <= 2 * meter.interval + air
            await _agrees(unit, document)
            status = await unit.status()
            assert status["state"] == "ok"
            assert status["meter"]["security"] == (
                "authenticated" if meter.auth_key else "encrypted"
            )

    run(scenario())


@pytest.mark.parametrize("name", ["burgenland-e450", "wienernetze-im350", "steiermark-t216"])
def test_a_meter_is_recognised_without_a_profile(tmp_path, name):
    """Framing, security and list are found by themselves; so are the line settings."""

    async def scenario():
        meter = METERS[name](interval=3.0)
        async with Adapter(tmp_path, meter=meter) as unit:
            document = await unit.wait_measurement(_DETECTION)
            await _agrees(unit, document)

    run(scenario())
