"""The station's supervisor on a radio with the port's unpleasant sides (MicroPython only: its asyncio)."""

from support import MICROPYTHON, skip

if not MICROPYTHON:
    skip("runs on MicroPython's asyncio")

import asyncio
import sys


class Radio:
    """One station: refuses `connect` while it is connecting, and shows the last failure for a while."""

    IF_STA = 0

    def __init__(self, interface=0):
        self.networks = {"home": "password", "other": "password2"}
        self.joined = None
        self.connecting = False
        self.is_active = False
        self.joins = []
        self.settings = {}
        self.addresses = []
        self.last = 1000

    def active(self, on=None):
        if on is not None:
            self.is_active = on
        return self.is_active

    def config(self, **settings):
        self.settings.update(settings)

    def ifconfig(self, addresses=None):
        if addresses is not None:
            self.addresses.append(addresses)
        return ("192.168.1.2" if self.joined else "0.0.0.0",) * 4

    def connect(self, ssid, password=None):
        if self.connecting or self.joined:
            raise OSError("Wifi Internal Error")
        self.joins.append(ssid)
        if self.networks.get(ssid) == password:
            self.joined = ssid
        else:
            self.connecting = True
            self.last = 202 if ssid in self.networks else 201

    def disconnect(self):
        self.joined, self.connecting = None, False

    def isconnected(self):
        return self.joined is not None

    def status(self, param=None):
        return -60 if param == "rssi" else self.last


radio = Radio()


class network:
    """Takes the place of the port's module."""

    STAT_WRONG_PASSWORD, STAT_NO_AP_FOUND, STAT_HANDSHAKE_TIMEOUT = 202, 201, 204
    STAT_ASSOC_FAIL, STAT_BEACON_TIMEOUT = 203, 200
    names = []

    class WLAN:
        IF_STA = 0

        def __new__(cls, interface):
            return radio

    @staticmethod
    def hostname(name):
        network.names.append(name)


sys.modules["network"] = network

from firmware.net import wifi as module  # noqa: E402 - the port's module must be there first


class Clock:
    """Milliseconds that the test can let pass."""

    skipped = 0

    def uptime_ms(self):
        import time

        return time.ticks_ms() + self.skipped


class Config(dict):
    """Settings with defaults; `update` stores and tells the listeners, as store.Config."""

    def __init__(self, **values):
        super().__init__()
        for key in ("ssid", "password", "address", "gateway", "dns"):
            self["wifi." + key] = values.get(key, "")
        self["wifi.netmask"] = "255.255.255.0"
        self.listeners = []

    def on_change(self, listener):
        self.listeners.append(listener)

    def update(self, changes):
        for key in changes:
            self[key] = changes[key]
        for listener in self.listeners:
            listener(changes)
        return {}


class Part:
    host_name = "obisgate-000001"
    mac = b"\x02\x00\x00\x00\x00\x01"

    def touch(self):
        pass

    def address(self):
        return None


def run(script, **settings):
    """Run script(wifi, config, clock) beside the supervisor."""
    radio.__init__()
    clock = module.clock = Clock()

    async def main():
        config = Config(**settings)
        wifi = module.Wifi(config, Part(), Part())
        task = asyncio.create_task(wifi.run())
        try:
            await asyncio.wait_for(script(wifi, config, clock), 60)
        finally:
            task.cancel()

    asyncio.run(main())


async def until(condition):
    while not condition():
        await asyncio.sleep_ms(20)


def test_it_joins_with_its_own_name_and_without_the_ports_reconnecting():
    async def script(wifi, config, clock):
        await until(lambda: wifi.connected)
        assert radio.joins == ["home"] and radio.settings == {"reconnects": 0}
        assert network.names[-1] == "obisgate-000001" and radio.addresses == []

    run(script, ssid="home", password="password")


def test_a_static_address_is_set_and_taken_back():
    async def script(wifi, config, clock):
        await until(lambda: wifi.connected)
        assert radio.addresses[-1] == ("10.0.0.5", "255.255.255.0", "10.0.0.1", "10.0.0.1")
        config.update({"wifi.address": ""})
        await until(lambda: radio.addresses[-1] == "dhcp")
        await until(lambda: wifi.connected and len(radio.joins) == 2)

    run(script, ssid="home", password="password", address="10.0.0.5", gateway="10.0.0.1")


def test_a_lost_network_is_joined_again():
    async def script(wifi, config, clock):
        await until(lambda: wifi.connected)
        radio.disconnect()
        await until(lambda: len(radio.joins) == 2 and wifi.connected)
        assert wifi.reconnects == 1

    run(script, ssid="home", password="password")


def test_a_wrong_password_is_told_and_tried_again_without_internal_error():
    async def script(wifi, config, clock):
        await until(lambda: wifi.state == "waiting")
        assert wifi.error == "wrong-password"
        await until(lambda: len(radio.joins) == 2)
        assert wifi.error != "radio"

    run(script, ssid="home", password="wrong")


def test_what_is_on_trial_goes_back_when_it_fails():
    async def script(wifi, config, clock):
        await until(lambda: wifi.connected)
        wifi.propose({"wifi.ssid": "nowhere"})
        assert not await wifi.settled()
        await until(lambda: wifi.connected)
        assert radio.joins == ["home", "nowhere", "home"] and wifi.snapshot()["ssid"] == "home"
        assert not wifi.confirm()

    run(script, ssid="home", password="password")


def test_what_is_on_trial_goes_back_when_nobody_confirms_in_time():
    async def script(wifi, config, clock):
        await until(lambda: wifi.connected)
        wifi.propose({"wifi.ssid": "other", "wifi.password": "password2"})
        assert await wifi.settled() and radio.joined == "other"
        assert config["wifi.ssid"] == "home" and wifi.snapshot()["confirm_within_s"] > 100
        clock.skipped = (module.CONFIRM_S + 1) * 1000
        await until(lambda: radio.joined == "home")
        assert wifi.snapshot()["confirm_within_s"] is None

    run(script, ssid="home", password="password")


def test_what_is_confirmed_stays_without_joining_anew():
    async def script(wifi, config, clock):
        await until(lambda: wifi.connected)
        wifi.propose({"wifi.ssid": "other", "wifi.password": "password2"})
        assert await wifi.settled() and wifi.confirm()
        clock.skipped = (module.CONFIRM_S + 1) * 1000
        await asyncio.sleep_ms(1500)
        assert config["wifi.ssid"] == "other" and radio.joins == ["home", "other"]

    run(script, ssid="home", password="password")


def test_without_a_network_it_leaves_the_radio_alone():
    async def script(wifi, config, clock):
        await asyncio.sleep_ms(100)
        assert wifi.state == "off" and radio.joins == [] and not radio.is_active
        config.update({"wifi.ssid": "home", "wifi.password": "password"})
        await until(lambda: wifi.connected)

    run(script)
