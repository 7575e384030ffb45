"""The application: makes the parts, wires them, and keeps them running."""

import asyncio
import gc
import os
import sys

import machine

import board
from compat import const
from firmware import clock, names
from firmware.config import whole_file
from firmware.config.keys import KeyStore
from firmware.config.store import Config
from firmware.device import Device
from firmware.meter.hub import Hub
from firmware.meter.reader import MeterReader
from firmware.net.mqtt import Mqtt
from firmware.net.wifi import CONFIRM_S, Wifi
from firmware.security_log import SecurityLog
from firmware.status import Status
from firmware.supervisor import Supervisor
from firmware.unload import borrow, unload
from firmware.web.auth import Auth

del names
unload("firmware.names")

_WATCHDOG_MS = const(30000)
_HOUSEKEEPING_MS = const(1000)
_COUNTERS_AGAIN_MS = const(60000)
_RESET_FILE = "reset.reason"


def _open_line(port: dict, settings):
    chip = port.get("chip")
    if chip == "sx1262":
        from drivers.sx1262 import Sx1262

        return Sx1262(port, settings)
    if chip == "im871a":
        from drivers.im871a import Im871a

        return Im871a(port, settings)
    from drivers.uart import Line

    return Line(port, settings)


def _set_clock_rate():
    from drivers.supply import cpu_hz

    machine.freq(cpu_hz(board.UARTS, board.CPU_MHZ))


def _wifi_limits() -> dict:
    from drivers.supply import wifi_limits

    return wifi_limits(board.UARTS)


def _make_decoder(keys, profile):
    from firmware.meter.recognise import Recogniser

    return Recogniser(keys, profile)


def _mqtt_tls(config) -> tuple:
    if config["mqtt.tls"] == "off":
        return None, None
    from firmware.net import tls

    return tls.mqtt(config)


class App:
    """The adapter. Every part finds the others here: config, keystore, hub, status, auth, log …"""

    def __init__(self, root: str = "/"):
        self.root = root
        self._watchdog = None
        self.log = SecurityLog(clock)
        self.log.add("start")
        self.keystore = KeyStore(root)
        self._next_counters = self._load_counters()
        self.config = Config(root, self.keystore)
        self.device = Device(self.config)
        self.status = Status(self.device)
        confirm_s = getattr(board, "CONFIRM_S", CONFIRM_S)
        self.wifi = Wifi(self.config, self.device, self.status, _wifi_limits, confirm_s)
        self.auth = Auth(root, self.log, clock.uptime_ms, self._host_names, self._portal_guest)
        self._portal = None
        self.hub = Hub()
        self.supervisor = Supervisor(self.reset)
        radio = getattr(board, "RADIO", None)
        self.meter = MeterReader(self, board.UARTS, _open_line, _make_decoder, root, radio)
        self.mqtt = Mqtt(self.config, self.device, self.hub, self.status, _mqtt_tls)
        self.sntp = None
        self._updater = None
        self._slot = borrow("firmware.update.slots.running")()
        self.on_trial = borrow("firmware.update.slots.on_trial")(root)
        self.server = None
        self.listeners = None
        self.status.add("meter", self.meter.snapshot)
        self.status.add("mqtt", self.mqtt.snapshot)
        self.status.add("wifi", self.wifi.snapshot)
        self.status.add("clock", self._clocks)
        self.status.add("access", self._access)
        self.status.add("update", self._update)
        self.status.add("tasks", lambda: self.supervisor.failures)
        start = self._why_started()
        self.status.add("start", lambda: start)

    def _host_names(self) -> tuple:
        names = [self.device.name.lower(), self.device.host_name]
        names += [name + ".local" for name in names]
        names += [
            name.strip().lower() for name in self.wifi.setting("web.hosts").split(",") if name
        ]
        return tuple(names)

    @property
    def updater(self):
        """What takes updates; it is loaded at its first use."""
        if self._updater is None:
            from firmware.update.updater import Updater

            self._updater = Updater(self)
        return self._updater

    @property
    def updating(self) -> bool:
        """Whether new firmware is coming in, so that nobody should pull the plug."""
        return self._updater is not None and self._updater.state == "receiving"

    def _update(self) -> dict:
        return {
            "slot": self._slot,
            "trial": self.on_trial,
            "state": "idle" if self._updater is None else self._updater.state,
            "cause": "" if self._updater is None else self._updater.cause,
        }

    @property
    def portal(self):
        """The access point for the set-up; what serves it takes RAM from its first use on."""
        if self._portal is None:
            self._start_portal()
        return self._portal

    def _start_portal(self):
        from firmware.net.portal import Portal

        port = getattr(board, "DNS_PORT", 53)
        self._portal = Portal(self.keystore, self.device, self.wifi, self.auth, self.log, port)
        self.supervisor.start("portal", self._portal.run)

    @property
    def portal_active(self) -> bool:
        """Whether the access point for the set-up is open."""
        return self._portal is not None and self._portal.active

    def open_portal(self):
        """Open the access point, as a press of the button does."""
        self.portal.open()

    def _portal_guest(self, address: str) -> bool:
        return self._portal is not None and self._portal.guest(address)

    @property
    def start_page(self) -> "str | None":
        """The page at `/`, where it is not the live page."""
        return None if self.auth.password_set else "setup.html"

    def _clocks(self) -> "dict | None":
        """Return our clock and the meter's beside it."""
        if self.sntp is None:
            return None
        from firmware.net import sntp

        clocks = self.sntp.snapshot()
        clocks.update(sntp.meter_clock(self.hub.latest()))
        return clocks

    def _access(self) -> dict:
        """Return what protects the ways in and out, and what the owner has to know."""
        return {
            "web": None if self.listeners is None else self.listeners.snapshot(),
            "mqtt": self._mqtt_protection(),
            "portal": self.portal_active,
            "config": self.config.note,
            "keys": self.keystore.note,
        }

    def _mqtt_protection(self) -> "str | None":
        if not self.config["mqtt.host"]:
            return None
        if self.config["mqtt.tls"] == "off":
            return "plain"
        from firmware.net import tls

        return tls.protection(self.config)

    def erase(self):
        """Back to the factory's state, and restart."""
        from firmware import factory_reset

        self.keystore.meter.counters = None  # nothing of them is written again
        factory_reset.erase(self.root, self._feed)
        self.reset("factory reset")

    def _feed(self):
        if self._watchdog is not None:
            self._watchdog.feed()

    async def run(self):
        """Take over the provisioning, start every task, and stay."""
        take_over = borrow("firmware.config.provision.take_over", "firmware.config.wipe")
        refused = await take_over(self.root, self.config, self.keystore, self.auth)
        if refused:
            print("provisioning: not usable:", ", ".join(refused))
        if self.config.note:
            self.log.add("config-damaged")
        if self.keystore.note:
            self.log.add("keys-lost")
        supervisor = self.supervisor
        supervisor.start("wifi", self.wifi.run)
        if not (self.wifi.known and self.auth.password_set):
            self._start_portal()
        supervisor.start("meter", self.meter.run)
        # Before MQTT, so that the first connection already listens for Home Assistant's birth.
        supervisor.start("discovery", self._task("discovery"), essential=False)
        supervisor.start("mqtt", self.mqtt.run)
        supervisor.start("web", self._task("web"))
        for name in ("sntp", "console", "button", "led", "update"):
            supervisor.start(name, self._task(name), essential=False)
        await self._housekeeping()

    def _task(self, name: str):
        """Return what runs a task of tasks.py; it is borrowed whenever the task begins."""
        return lambda: borrow("firmware.tasks." + name)(self)

    async def _housekeeping(self):
        """Once a second: forget old data, let a candidate key expire, feed the watchdog."""
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        while True:
            self._watchdog.feed()
            self.hub.prune()
            if clock.uptime_ms() >= self._next_counters:
                self._save_counters()
            if self.keystore.expire(clock.uptime_ms() // 1000):
                self.log.add("key-expired")
                self.meter.restart()
            await asyncio.sleep_ms(_HOUSEKEEPING_MS)

    def reset(self, reason: str):
        """Restart the board; the reason is kept and shown in the status after the restart."""
        print("reset:", reason)
        self._save_counters()
        try:
            whole_file.save(self.root + _RESET_FILE, reason)
        except OSError:
            pass
        machine.reset()

    def _load_counters(self) -> int:
        """Take over the meter's counters; return the uptime at which they are saved first."""
        from firmware.config import counters

        counters.load(self.root, self.keystore)
        unload("firmware.config.counters")
        return counters.FIRST_MS

    def _save_counters(self):
        self._next_counters = clock.uptime_ms() + _COUNTERS_AGAIN_MS
        try:
            from firmware.config import counters

            counters.save(self.root, self.keystore)
            self._next_counters = clock.uptime_ms() + counters.PERIOD_MS
        except (OSError, MemoryError) as error:
            # Strangers may have taken what this needs; readings go on.
            print("counters:", error)
        unload("firmware.config.counters")

    def _why_started(self) -> dict:
        """Return why the adapter started: the port's reset cause, and the adapter's own reason."""
        reason = None
        try:
            reason = whole_file.load(self.root + _RESET_FILE)
            os.remove(self.root + _RESET_FILE)
        except (OSError, ValueError):
            pass
        return {"cause": machine.reset_cause(), "reason": reason}


def main():
    """Run the adapter until the board is reset."""
    gc.threshold(16384)
    _set_clock_rate()
    try:
        asyncio.run(App().run())
    except Exception as error:
        sys.print_exception(error)
    machine.reset()
