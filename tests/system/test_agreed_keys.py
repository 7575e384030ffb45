"""A meter that agrees on a key with the adapter, from the installation of the adapter's key to MQTT.

tools/adapter.py does the operator's part: it installs the public key that the adapter shows.
"""

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from system.harness import Adapter, readings

from tools.meters.agreed import OnePass, StaticUnified, point
from tools.meters.landisgyr import Steiermark


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 110))


async def _agrees(unit, document):
    sent = unit.sent_at(document)
    assert sent is not None
    assert readings(document) == sent.expected


@pytest.mark.parametrize(
    "kind, settings",
    [(OnePass, {}), (OnePass, {"meter.signing_key": ""}), (StaticUnified, {})],
    ids=["signed", "not checked", "static"],
)
def test_values_are_published(tmp_path, kind, settings):
    async def scenario():
        meter = kind(interval=3.0)
        config = {"meter.profile": Steiermark.PROFILE, **settings}
        async with Adapter(tmp_path, meter=meter, config=config) as unit:
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
        async with Adapter(tmp_path, meter=meter) as unit:
            for _ in range(4):
                await _agrees(unit, await unit.wait_measurement(60))

    run(scenario())


def test_keys_that_are_missing_or_wrong_are_named(tmp_path):
    async def scenario():
        meter = StaticUnified(interval=2.0)
        stranger = point(ec.generate_private_key(ec.SECP256R1())).hex()
        config = {"meter.agreement_key": ""}
        async with Adapter(tmp_path, meter=meter, config=config) as unit:

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


class _UnderAttack(Steiermark):
    """A meter with ordinary keys; somebody adds telegrams under an agreed key, a new one each time."""

    GAP = 0.02

    def __init__(self, **more):
        super().__init__(**more)
        self._forger = OnePass(rekey=1, auth_key=bytes(16), counter=1 << 31)

    def install(self, public):
        self._forger.install(public)

    async def run(self, line):
        await self._forger.installed.wait()
        await super().run(line)

    def frames(self, apdu):
        return self._forger.telegram().frames + super().frames(apdu)


def test_somebody_who_makes_the_adapter_agree_holds_nothing_up(tmp_path):
    async def scenario():
        meter = _UnderAttack(interval=5.0)
        config = {"meter.profile": Steiermark.PROFILE}
        async with Adapter(tmp_path, meter=meter, config=config) as unit:
            for _ in range(4):
                document = await unit.wait_measurement(60)
                await _agrees(unit, document)
            status = await unit.status()
            assert status["state"] == "ok" and status["meter"]["security"] == "authenticated"
            dropped = status["meter"]["dropped"]
            assert set(dropped) - {"noise"} <= {"busy", "tag", "key-wrong"}, dropped
            assert dropped["tag"] >= 1 or dropped["key-wrong"] >= 1
            # None of what was forged counts, though its invocation counter is far ahead.
            assert status["meter"]["telegrams"] <= len(meter.sent)

    run(scenario())
