"""The MEP port's line and its supply, on pins and a radio that take notes."""

import sys

import line_settings
from firmware.meter import profiles
from firmware.meter.candidates import candidates
from support import raises


class Pin:
    """An input at a level that the test sets."""

    IN = 1
    levels = {}

    def __init__(self, number, mode):
        assert mode == Pin.IN
        self._number = number

    def value(self):
        return Pin.levels[self._number]


class _Module:
    Pin = Pin

    class WLAN:
        PM_POWERSAVE = 2


def _supply():
    """Import drivers.supply on modules of the test's own."""
    held = {name: sys.modules.get(name) for name in ("machine", "network")}
    sys.modules["machine"] = sys.modules["network"] = _Module
    sys.modules.pop("drivers.supply", None)
    try:
        from drivers import supply

        return supply
    finally:
        for name, module in held.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def test_the_radio_is_held_back_only_while_the_meter_feeds_the_adapter():
    limits = _supply().wifi_limits
    capped = {"pm": 2, "txpower": 11}
    assert limits({}) == {}
    assert limits({"meter": {"id": 1}}) == {}
    assert limits({"meter": {"id": 1, "fed": True}}) == capped
    Pin.levels[34] = 1
    assert limits({"ir": {}, "mep": {"fed": True, "supply": 34}}) == capped
    assert limits({"mep": {"supply": 34}}) == {}
    Pin.levels[34] = 0
    assert limits({"mep": {"fed": True, "supply": 34}}) == {}


def test_a_mep_port_is_polled_only_where_somebody_says_that_it_is_one():
    ports = {"a": {"interfaces": ("mep", "ir")}, "b": {"interfaces": ("mbus",)}}

    def found(interface, profile=None, line=""):
        tries = candidates(ports, interface, profile, line, None)
        return [(c.port, c.session, line_settings.text(c.settings)) for c in tries]

    assert found("mep") == [("a", "poll", "9600 8N1")]
    assert found("mep", line="2400 8N1 inverted") == [("a", "poll", "2400 8N1 inverted")]
    assert found("auto", profiles.find("linz-mtr")) == [("a", "poll", "9600 8N1")]
    assert all(session == "listen" for _, session, _ in found("auto"))
    assert all(session == "listen" for _, session, _ in found("ir"))


def test_a_restart_takes_com_enable_away_for_a_moment():
    from drivers import mep

    seen = []

    class Bench:
        async def sleep_ms(self, milliseconds):
            seen.append(milliseconds)

    class Line:
        def writer(self):
            return self

        def enable(self, on):
            seen.append(on)

        async def write(self, frame):
            seen.append(bytes(frame))

    held, mep.asyncio = mep.asyncio, Bench()
    try:
        line = mep.MepLine(Line())
        raises(StopIteration, line.restart().send, None)
        raises(StopIteration, line.write(b"abc").send, None)
    finally:
        mep.asyncio = held
    assert seen == [False, 1000, True, 1000, b"abc"]
