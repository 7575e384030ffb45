"""Run inside Home Assistant's own test harness: what an adapter published becomes entities, without a warning.

MESSAGES names a JSON file of [[topic, payload], …] as a real adapter sent them, the announcement first.
"""

import json
import logging
import os
from pathlib import Path

import pytest
from homeassistant.components.energy import validate
from homeassistant.helpers import device_registry, entity_registry
from pytest_homeassistant_custom_component.common import async_fire_mqtt_message

MESSAGES = json.loads(Path(os.environ["MESSAGES"]).read_text())


@pytest.fixture
def expected_lingering_timers():
    """expire_after keeps a timer for each sensor; it may outlive the test."""
    return True


async def fire(hass, messages):
    for topic, payload in messages:
        async_fire_mqtt_message(hass, topic, payload)
        # As a retained message would: after the entity it belongs to has subscribed.
        await hass.async_block_till_done()


def entity(hass, key):
    """Return the state of the entity with a unique id that ends in key."""
    for entry in entity_registry.async_get(hass).entities.values():
        if entry.unique_id.endswith("_" + key):
            return hass.states.get(entry.entity_id)
    raise AssertionError("no entity for " + key)


def troubles(caplog):
    return [
        r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING and "mqtt" in r.name
    ]


async def test_every_component_becomes_an_entity_without_a_warning(hass, mqtt_mock, caplog):
    await fire(hass, MESSAGES)
    announced = json.loads(MESSAGES[0][1])["cmps"]
    registry = entity_registry.async_get(hass)
    known = {entry.unique_id for entry in registry.entities.values()}
    assert known == {component["uniq_id"] for component in announced.values()}
    assert len(device_registry.async_get(hass).devices) == 1
    assert troubles(caplog) == []


async def test_values_are_what_was_measured(hass, mqtt_mock):
    await fire(hass, MESSAGES)
    measured = json.loads(MESSAGES[-1][1])
    for code, key in (
        ("1-0:1.8.0", "1_0_1_8_0"),
        ("1-0:1.7.0", "1_0_1_7_0"),
        ("1-0:32.7.0", "1_0_32_7_0"),
    ):
        assert abs(float(entity(hass, key).state) - measured[code]["value"]) < 1e-9, code
    net = measured["1-0:1.7.0"]["value"] - measured["1-0:2.7.0"]["value"]
    assert float(entity(hass, "net_power").state) == net


async def test_energies_qualify_for_the_energy_dashboard(hass, mqtt_mock):
    await fire(hass, MESSAGES)
    for key in ("1_0_1_8_0", "1_0_2_8_0"):
        state = entity(hass, key)
        assert state.attributes["device_class"] == "energy"
        assert state.attributes["state_class"] == "total_increasing"
        assert state.attributes["device_class"] in validate.ENERGY_USAGE_DEVICE_CLASSES
        assert state.attributes["unit_of_measurement"] in validate.ENERGY_USAGE_UNITS["energy"]


async def test_a_silent_meter_makes_values_unavailable(hass, mqtt_mock):
    await fire(hass, MESSAGES)
    base = MESSAGES[-1][0].rpartition("/")[0]
    await fire(hass, [[base + "/meter", '{"state": "no-data", "cause": "line:no-signal"}']])
    assert entity(hass, "1_0_1_7_0").state == "unavailable"
    assert entity(hass, "meter_state").state == "no-data"
    await fire(hass, [[base + "/meter", '{"state": "ok"}'], MESSAGES[-1]])
    assert entity(hass, "1_0_1_7_0").state != "unavailable"
    await fire(hass, [[base + "/status", "offline"]])
    assert entity(hass, "meter_state").state == "unavailable"


async def test_a_code_that_is_absent_becomes_unknown_not_zero(hass, mqtt_mock, caplog):
    await fire(hass, MESSAGES)
    measured = json.loads(MESSAGES[-1][1])
    del measured["1-0:1.7.0"]
    await fire(hass, [[MESSAGES[-1][0], json.dumps(measured)]])
    assert entity(hass, "1_0_1_7_0").state == "unknown"
    assert entity(hass, "net_power").state == "unknown"
    assert troubles(caplog) == []


async def test_switching_discovery_off_removes_everything(hass, mqtt_mock):
    await fire(hass, MESSAGES)
    await fire(hass, [[MESSAGES[0][0], ""]])
    assert not entity_registry.async_get(hass).entities
