"""What an adapter announces to Home Assistant, taken in by Home Assistant's own code."""

import asyncio
import json
import os
import subprocess

import jsonschema
import pytest
from system.harness import Adapter, Subscription

from tools import api_documents
from tools.host_board import ROOT
from tools.meters.catalogue import METERS

LINE = {"meter.line": "2400 8E1"}
HOME_ASSISTANT = ROOT / "build/homeassistant/bin/python"


async def messages(adapter) -> list:
    """Return [[topic, payload], …] of one adapter: the announcement first, a measurement last."""
    everything = Subscription(adapter.broker, "#")
    await everything.start()
    try:
        found = {}
        announced = "homeassistant/device/obisgate-%s/config" % adapter.id
        last = adapter.topic + "/measurement"
        meter = adapter.topic + "/meter"
        while not (
            {announced, last, adapter.topic + "/update"} <= set(found)
            and json.loads(found[meter])["state"] == "ok"
        ):
            topic, payload, *_ = await everything.get(30)
            found[topic] = payload.decode()
    finally:
        await everything.stop()
    first = found.pop(announced)
    final = found.pop(last)
    return [[announced, first], *([t, p] for t, p in found.items()), [last, final]]


@pytest.mark.timeout(120)
async def test_the_announcement_covers_what_is_measured_and_comes_again_on_birth(tmp_path):
    meter = METERS["kaifa"](interval=3)
    async with Adapter(tmp_path, meter=meter, config=LINE) as adapter:
        heard = await messages(adapter)
        announced = json.loads(heard[0][1])
        measured = json.loads(heard[-1][1])
        codes = {code for code, entry in measured.items() if isinstance(entry, dict)}
        templates = " ".join(c["val_tpl"] for c in announced["cmps"].values() if "val_tpl" in c)
        assert codes == {code for code in codes if "'%s'" % code in templates}
        assert announced["stat_t"] == adapter.topic + "/measurement"

        again = Subscription(adapter.broker, "homeassistant/device/+/config")
        await again.start()
        # By then the interval is learned, and nothing new is to be said.
        await meter.wait_sent(3)
        assert again.waiting()
        await meter.wait_sent(1)
        assert not again.waiting()
        adapter._measurements._client.publish("homeassistant/status", "online")
        await again.get(20)
        await again.stop()


@pytest.mark.timeout(120)
async def test_every_payload_is_as_asyncapi_says(tmp_path):
    meter = METERS["kaifa"](interval=3)
    async with Adapter(tmp_path, meter=meter, config=LINE) as adapter:
        heard = dict(await messages(adapter))
        document = api_documents.asyncapi()
        checked = 0
        for channel in document["channels"].values():
            topic = channel["address"].replace("{id}", adapter.id)
            (message,) = channel["messages"].values()
            payload = heard[topic]
            if message["contentType"] == "application/json":
                payload = json.loads(payload)
            schema = dict(message["payload"], components=document["components"])
            jsonschema.validate(payload, schema)
            checked += 1
        assert checked == 6 and set(heard) == {
            c["address"].replace("{id}", adapter.id) for c in document["channels"].values()
        }


@pytest.mark.timeout(300)
async def test_home_assistants_own_code_takes_it_in(tmp_path):
    if not HOME_ASSISTANT.exists():
        pytest.skip("no Home Assistant here: make homeassistant")
    meter = METERS["kaifa"](interval=3)
    async with Adapter(tmp_path, meter=meter, config=LINE) as adapter:
        heard = await messages(adapter)
    file = tmp_path / "messages.json"
    file.write_text(json.dumps(heard))
    done = await asyncio.to_thread(
        subprocess.run,
        [
            HOME_ASSISTANT, "-m", "pytest", "-q", "--show-capture=no", "-p", "no:cacheprovider",
            "-c", os.devnull, "--rootdir", tmp_path, "-o", "asyncio_mode=auto",
            ROOT / "tests/homeassistant/check_discovery.py",
        ],
        env=dict(os.environ, MESSAGES=str(file)),
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
