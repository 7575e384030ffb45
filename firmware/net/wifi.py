"""Keeps the station connected; new settings are tried first and go back unless confirmed.

The port reconnects in C for ever, with a wrong password too, and refuses `connect` while it does. So its
own reconnecting is off, and this is the only place that connects.
"""

import asyncio
import os
import sys

import network

from compat import const
from firmware import clock

CONFIRM_S = const(120)
_JOIN_MS = const(20000)
# The port may still show the last failure right after `connect`.
_STALE_MS = const(1500)
_LEAVE_MS = const(1000)
_POLL_MS = const(200)
_WATCH_MS = const(1000)
_FIRST_BACKOFF_MS = const(1000)
_MAX_BACKOFF_MS = const(60000)
_LONGEST_SCAN = const(20)

_FAILURES = {
    network.STAT_WRONG_PASSWORD: "wrong-password",
    network.STAT_NO_AP_FOUND: "not-found",
    network.STAT_HANDSHAKE_TIMEOUT: "wrong-password",
    network.STAT_ASSOC_FAIL: "refused",
    network.STAT_BEACON_TIMEOUT: "weak",
}


class Wifi:
    """The station. `state`: "off", "connecting", "connected" or "waiting"; `error`: why it waits, or "".

    Errors are "wrong-password", "not-found", "refused", "weak", "no-answer" and "radio".
    """

    def __init__(self, config, device, status, limits=dict, confirm_s: int = CONFIRM_S):
        """config: store.Config; device: device.Device; status: status.Status.

        limits() returns what WLAN.config is to be told of the supply, see drivers/supply.py.
        confirm_s: seconds within which what is on trial must be confirmed.
        """
        self.state = "off"
        self.error = ""
        self.reconnects = 0
        self.confirm_s = confirm_s
        self._config = config
        self._device = device
        self._status = status
        self._limits = limits
        self._station = network.WLAN(network.WLAN.IF_STA)
        self._changed = asyncio.Event()
        self._settled = asyncio.Event()
        self._trial = None
        self._trial_ends = 0
        config.on_change(self._config_changed)

    @property
    def connected(self) -> bool:
        """Whether the station has an address."""
        return self.state == "connected"

    @property
    def known(self) -> bool:
        """Whether there is a network to join."""
        return bool(self.setting("wifi.ssid"))

    def setting(self, key: str):
        """Return the value in force of a setting that may be on trial."""
        trial = self._trial
        return trial[key] if trial is not None and key in trial else self._config[key]

    def _config_changed(self, changes):
        if any(key.startswith("wifi.") for key in changes):
            self._changed.set()

    def check(self, changes: dict) -> dict:
        """Return what is wrong with changes, as store.Config.check does; only `wifi.*` may be among them."""
        errors = self._config.check(changes)
        for key in changes:
            if not key.startswith("wifi."):
                errors[key] = "not a setting of the network"
        return errors

    def propose(self, changes: dict):
        """Try checked changes at once; they are stored by `confirm`, and go back after confirm_s without.

        Those of the page's ports (`web.*`) are tried by who opens them and asks `setting`.
        """
        joins = _joins(changes)
        if self._trial is not None:
            changes = dict(self._trial, **changes)
        self._trial = changes
        self._trial_ends = clock.uptime_ms() + self.confirm_s * 1000
        if joins:
            self.error = ""
            self._settled.clear()
            self._changed.set()

    def on_trial(self, prefix: str) -> bool:
        """Tell whether a setting whose key begins so is on trial."""
        return any(key.startswith(prefix) for key in self._trial or ())

    def confirm(self) -> bool:
        """Store what is on trial; returns whether there was something."""
        trial = self._trial
        if trial is None:
            return False
        self._config.update(trial)
        self._trial = None
        if _joins(trial):
            # What is stored is what is in force already.
            self._changed.clear()
        self._status.touch()
        return True

    def roll_back(self):
        """Return to the stored settings."""
        trial, self._trial = self._trial, None
        if trial is not None and _joins(trial):
            self._changed.set()
            self._settled.set()

    async def settled(self) -> bool:
        """Wait until what was proposed has connected or failed; return whether it has connected."""
        await self._settled.wait()
        return self.connected

    async def scan(self) -> list:
        """Return the networks in reach, strongest first: `{ssid, rssi, open}`; hidden ones left out."""
        self._station.active(True)
        try:
            found = await _in_thread(self._station.scan)
        except OSError:
            found = []
        strongest = {}
        for entry in found:
            try:
                ssid = entry[0].decode()
            except UnicodeError:
                continue
            if ssid and (ssid not in strongest or entry[3] > strongest[ssid][3]):
                strongest[ssid] = entry
        networks = [
            {"ssid": ssid, "rssi": entry[3], "open": entry[4] == 0}
            for ssid, entry in strongest.items()
        ]
        return sorted(networks, key=lambda n: -n["rssi"])[:_LONGEST_SCAN]

    async def run(self):
        """Join, watch, and join again with growing, jittered pauses; returns never."""
        backoff = _FIRST_BACKOFF_MS
        while True:
            self._changed.clear()
            self._expire()
            if not self.known:
                await self._leave()
                self._show("off", "")
                while not await self._pause(_WATCH_MS):
                    self._expire()
                continue
            error = await self._join()
            if not error:
                backoff = _FIRST_BACKOFF_MS
                self._show("connected", "")
                self._settled.set()
                await self._watch()
                self.reconnects += 1
                continue
            if self._changed.is_set():
                continue
            self._show("waiting", error)
            if self._trial is not None:
                self.roll_back()
                continue
            # Jitter in the upper half, so that a street of adapters does not return in step.
            await self._pause(backoff // 2 + os.urandom(1)[0] * backoff // 512)
            backoff = min(2 * backoff, _MAX_BACKOFF_MS)

    def _show(self, state: str, error: str):
        # The cause of a trial's failure stays for the page to read.
        self.error = error or (self.error if state != "connected" else "")
        if state != self.state:
            self.state = state
            self._status.touch()

    async def _join(self) -> str:
        """Connect with the settings in force; return "" or why it failed."""
        station = self._station
        self._show("connecting", "")
        try:
            network.hostname(self._device.host_name)
            await self._leave()
            station.active(True)
            station.config(reconnects=0, **self._limits())
            address = self.setting("wifi.address")
            if address:
                gateway = self.setting("wifi.gateway") or address
                name_server = self.setting("wifi.dns") or gateway
                station.ifconfig((address, self.setting("wifi.netmask"), gateway, name_server))
            station.connect(self.setting("wifi.ssid"), self.setting("wifi.password") or None)
        except (OSError, RuntimeError):
            return "radio"
        started = clock.uptime_ms()
        while clock.uptime_ms() - started < _JOIN_MS:
            if await self._pause(_POLL_MS):
                return "changed"
            if station.isconnected():
                return ""
            failure = _FAILURES.get(station.status())
            if failure and clock.uptime_ms() - started > _STALE_MS:
                return failure
        return "no-answer"

    async def _leave(self):
        """End what the station does; the port needs a moment before it may connect anew."""
        station = self._station
        if not station.active():
            return
        try:
            station.disconnect()
            # A static address would outlive the settings it came from.
            station.ifconfig("dhcp")
        except (OSError, ValueError):
            pass
        await asyncio.sleep_ms(_LEAVE_MS)

    async def _watch(self):
        """Return when the network is lost or other settings are in force."""
        while self._station.isconnected():
            if await self._pause(_WATCH_MS):
                return
            self._expire()

    async def _pause(self, milliseconds: int) -> bool:
        """Wait; return early with True if the settings have changed."""
        try:
            await asyncio.wait_for_ms(self._changed.wait(), milliseconds)
            return True
        except asyncio.TimeoutError:
            return False

    def _expire(self):
        if self._trial is not None and clock.uptime_ms() > self._trial_ends:
            self.roll_back()

    def snapshot(self) -> dict:
        """Return the station's state for the status resource; no secret in it."""
        rssi = None
        if self.connected:
            try:
                rssi = self._station.status("rssi")
            except OSError:
                pass
        left = (self._trial_ends - clock.uptime_ms()) // 1000 if self._trial is not None else None
        return {
            "state": self.state,
            "error": self.error,
            "ssid": self.setting("wifi.ssid"),
            "rssi": rssi,
            "address": self._device.address(),
            "mac": self._device.mac.hex(),
            "reconnects": self.reconnects,
            "confirm_within_s": left,
        }


def _joins(changes: dict) -> bool:
    """Tell whether changes are such that the network must be joined anew."""
    return any(key.startswith("wifi.") for key in changes)


async def _in_thread(function):
    """Return function() without holding the loop, where the port has threads that are safe.

    The ESP32's scan waits for seconds, with the interpreter's lock released.
    """
    if getattr(sys.implementation, "_thread", "unsafe") != "GIL":
        return function()
    import _thread

    done = asyncio.ThreadSafeFlag()
    result = []

    def work():
        try:
            result.append(function())
        except OSError as error:
            result.append(error)
        done.set()

    _thread.start_new_thread(work, ())
    await done.wait()
    if isinstance(result[0], OSError):
        raise result[0]
    return result[0]
