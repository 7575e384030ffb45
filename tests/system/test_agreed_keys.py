"""A meter that agrees on a key with the adapter, from the installation of the adapter's key to MQTT."""

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from system.harness import Adapter, readings

from tools.meters.agreed import OnePass, StaticUnified, point


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 110))


async def _install(unit, meter):
    """Do what the operator does with the public key that the adapter shows."""
    await unit.wait_web()
    told = (await unit.get("/api/v1/key")).json()["exchange"]
    meter.install(bytes.fromhex(told["public_key"]))


async def _agrees(unit, document):
    sent = unit.sent_at(document)
    assert sent is not None
    assert readings(document) == sent.expected


@pytest.mark.parametrize(
    "kind, keys",
    [
        (OnePass, {"meter.signing_key": "signing"}),
        (OnePass, {}),
        (StaticUnified, {"meter.agreement_key": "agreement"}),
    ],
)
def test_values_are_published(tmp_path, kind, keys):
    async def scenario():
        meter = kind(interval=3.0)
        config = {name: point(getattr(meter, key)).hex() for name, key in keys.items()}
        config["meter.profile"] = meter.PROFILE
        async with Adapter(tmp_path, meter=meter, config=config) as unit:
            await _install(unit, meter)
            await _agrees(unit, await unit.wait_measurement(60))
            await _agrees(unit, await unit.wait_measurement())
            status = await unit.status()
            assert status["state"] == "ok" and status["meter"]["security"] == "authenticated"
            assert set(status["meter"]["dropped"]) <= {"busy", "noise"}
            # The key is agreed on once, whatever comes after it.
            before = status["meter"]["dropped"]
            await _agrees(unit, await unit.wait_measurement())
            await _agrees(unit, await unit.wait_measurement())
            assert (await unit.status())["meter"]["dropped"] == before

    run(scenario())


def test_a_meter_that_changes_its_key_all_the_time(tmp_path):
    async def scenario():
        meter = OnePass(interval=3.0, rekey=1)
        config = {"meter.signing_key": point(meter.signing).hex()}
        async with Adapter(tmp_path, meter=meter, config=config) as unit:
            await _install(unit, meter)
            for _ in range(4):
                await _agrees(unit, await unit.wait_measurement(60))

    run(scenario())


def test_keys_that_are_missing_or_wrong_are_named(tmp_path):
    async def scenario():
        meter = StaticUnified(interval=2.0)
        stranger = point(ec.generate_private_key(ec.SECP256R1())).hex()
        async with Adapter(tmp_path, meter=meter) as unit:
            await _install(unit, meter)

            async def state(wanted):
                return (await unit.status())["state"] == wanted

            await unit.wait_until(lambda: state("key-required"), 60)
            refused = await unit.http.put(
                "/api/v1/config", json={"meter.agreement_key": stranger[:-1] + "z"}
            )
            assert refused.status_code == 422 and "meter.agreement_key" in refused.json()["detail"]
            done = await unit.http.put("/api/v1/config", json={"meter.agreement_key": stranger})
            assert done.status_code == 200
            await unit.wait_until(lambda: state("key-wrong"), 60)
            theirs = point(meter.agreement).hex()
            done = await unit.http.put("/api/v1/config", json={"meter.agreement_key": theirs})
            assert done.status_code == 200
            await _agrees(unit, await unit.wait_measurement(60))

    run(scenario())
