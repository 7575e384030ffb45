"""The announcement to Home Assistant: only what the meter sends, with the right classes, in pieces."""

import asyncio
import json

from firmware import clock
from firmware.meter.hub import Hub
from firmware.meter.reading import Reading
from firmware.net.announcer import Announcer
from firmware.net.discovery import name, sensor


class Device:
    id = "1a2b3c"
    name = "obisgate-1a2b3c"
    host_name = "obisgate-1a2b3c"
    mac = bytes((2, 0, 0x4F, 0x1A, 0x2B, 0x3C))


class Status:
    update = (None, None)

    def info(self):
        return {"version": "0.1.0"}


class Client:
    def __init__(self):
        self.published = []

    async def publish(self, topic, message, retain=False, qos=0):
        self.published.append((topic, bytes(message), retain, qos))

    async def publish_pieces(self, topic, pieces, retain=False):
        first = b"".join(pieces())
        assert first == b"".join(pieces())
        self.published.append((topic, first, retain, 1))


class Mqtt:
    base = "obisgate/1a2b3c"

    def __init__(self):
        self.client = Client()
        self.state = "online"
        self.commands = {}

    def topic(self, leaf):
        return (self.base + "/" + leaf).encode()


def config(**changes):
    values = {
        "discovery.prefix": "homeassistant",
        "discovery.homeassistant": True,
        "device.language": "en",
    }
    values.update(changes)
    return values


VALUES = {
    "0-0:1.0.0": "2021-09-27T09:47:15+02:00",
    "1-0:1.8.0": (12937, 0),
    "1-0:3.8.1": (5, 0),
    "1-0:1.7.0": (423, 0),
    "1-0:2.7.0": (0, 0),
    "1-0:3.7.0": (12, 0),
    "1-0:32.7.0": (2337, -1),
    "1-0:13.7.0": (998, -3),
    "1-0:81.7.51": (120, 0),
    "1-1:1.8.0": (12937, 0),
    "0-0:96.1.0": "181220000009",
}


def reading(values=None):
    values = {
        code: (value, 1632728835) for code, value in (VALUES if values is None else values).items()
    }
    return Reading(values, clock.uptime_ms(), 1632728835, "m", "kaifa", "encrypted")


def announced(values=None, **changes):
    mqtt = Mqtt()
    discovery = Announcer(config(**changes), Device(), Hub(), Status(), mqtt)
    discovery._learn(reading(values))
    asyncio.run(discovery._look())
    return discovery, mqtt.client.published


def components(**changes):
    _, published = announced(**changes)
    return json.loads(published[-1][1])["cmps"]


def test_the_announcement_is_one_retained_message():
    _, published = announced()
    topics = [message[0] for message in published]
    assert topics == [b"obisgate/1a2b3c/update", b"homeassistant/device/obisgate-1a2b3c/config"]
    assert published[-1][2] is True and published[-1][3] == 1
    payload = json.loads(published[-1][1])
    assert payload["dev"]["ids"] == ["obisgate-1a2b3c"]
    assert payload["dev"]["cns"] == [["mac", "02:00:4f:1a:2b:3c"]]
    assert payload["stat_t"] == "obisgate/1a2b3c/measurement"
    assert payload["avty_mode"] == "all" and len(payload["avty"]) == 2


def test_only_what_the_meter_sends_becomes_an_entity_and_twins_only_once():
    known = set(components())
    assert "1_0_1_8_0" in known and "1_0_2_8_0" not in known
    assert not [key for key in known if key.startswith("1_1")]


def test_classes_and_units():
    known = components()
    for key, device_class, state_class, unit in (
        ("1_0_1_8_0", "energy", "total_increasing", "Wh"),
        ("1_0_3_8_1", "reactive_energy", "total_increasing", "varh"),
        ("1_0_1_7_0", "power", "measurement", "W"),
        ("1_0_3_7_0", "reactive_power", "measurement", "var"),
        ("1_0_32_7_0", "voltage", "measurement", "V"),
        ("1_0_13_7_0", "power_factor", "measurement", None),
        ("1_0_81_7_51", None, "measurement", "°"),
        ("0_0_96_1_0", None, None, None),
        ("net_power", "power", "measurement", "W"),
    ):
        entry = known[key]
        assert entry.get("dev_cla") == device_class, key
        assert entry.get("stat_cla") == state_class, key
        assert entry.get("unit_of_meas") == unit, key
    assert known["1_0_32_7_0"]["sug_dsp_prc"] == 1
    assert known["1_0_1_8_0"]["exp_aft"] >= 30
    assert known["0_0_96_1_0"]["ent_cat"] == "diagnostic"


def test_unique_ids_are_unique_and_stable():
    known = components()
    identities = [entry["uniq_id"] for entry in known.values()]
    assert len(set(identities)) == len(identities)
    assert known["1_0_1_8_0"]["uniq_id"] == "obisgate_1a2b3c_1_0_1_8_0"
    assert set(components(**{"device.language": "de"})) == set(known)


def test_without_both_powers_there_is_no_net_power():
    _, published = announced({"1-0:1.7.0": (423, 0)})
    assert "net_power" not in json.loads(published[-1][1])["cmps"]


def test_nothing_is_announced_before_a_telegram_or_twice():
    discovery, published = announced({})
    assert published == []
    discovery._learn(reading())
    asyncio.run(discovery._look())
    asyncio.run(discovery._look())
    assert len(published) == 2


def test_home_assistant_starting_is_told_again():
    discovery, published = announced()
    discovery.birth(b"offline")
    assert discovery._again_at is None
    discovery.birth(b"online")
    assert 0 <= discovery._again_at - clock.uptime_ms() <= 5000
    discovery._again_at = clock.uptime_ms()
    count = len(published)
    asyncio.run(discovery._look())
    assert len(published) > count and published[-1][0] == discovery.topic()


def test_a_new_code_is_announced_too():
    discovery, published = announced({"1-0:1.7.0": (1, 0)})
    discovery._learn(reading({"1-0:14.7.0": (4999, -2)}))
    asyncio.run(discovery._look())
    entry = json.loads(published[-1][1])["cmps"]["1_0_14_7_0"]
    assert entry["dev_cla"] == "frequency" and entry["unit_of_meas"] == "Hz"


def test_switched_off_it_is_taken_back():
    discovery, published = announced(**{"discovery.homeassistant": False})
    assert published == [(discovery.topic(), b"", True, 1)]


def test_names():
    assert name("1-0:1.8.0", 0) == "Energie Bezug"
    assert name("1-0:2.8.3", 1) == "Energy export tariff 3"
    assert name("1-0:52.7.0", 1) == "Voltage L2"
    assert name("1-0:81.7.62", 1) == "Phase angle L3"
    assert name("1-0:73.7.0", 0) == "Leistungsfaktor L3"
    assert name("7-7:7.7.7", 0) == "7-7:7.7.7"
    assert sensor("1-0:15.8.0", (1, 0), "Wh", "u", 1, 30)["en"] is False
