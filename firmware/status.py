"""The one state machine that LEDs, `/api/v1/status`, the page and MQTT read."""

import asyncio
import gc

from firmware import clock

STATES = ("searching", "no-data", "key-required", "key-wrong", "not-recognised", "ok")


class Status:
    """Collects what the parts of the adapter say of themselves.

    `version` grows with every change of state; `changed` is set then. Parts register a function that
    returns JSON-able data without secrets.
    """

    def __init__(self, device):
        self.version = 0
        self.changed = asyncio.Event()
        self.faults = {}
        # Version that is on offer or being taken, and how much of it is there in percent; or None.
        self.update = (None, None)
        self._device = device
        self._parts = {}
        self._state = "searching"
        self._cause = "line:no-signal"
        self._detail = {}

    def add(self, name: str, snapshot):
        """Let `snapshot()` answer for a part."""
        self._parts[name] = snapshot

    def touch(self):
        """Tell everyone that something changed."""
        self.version += 1
        self.changed.set()
        self.changed.clear()

    def set_meter(self, state: str, cause: str = "", detail: "dict | None" = None):
        """Set the meter's state, its cause (see meter/diagnosis.py) and what was measured."""
        self._detail = detail or {}
        if (state, cause) != (self._state, self._cause):
            self._state = state
            self._cause = cause
            self.touch()

    @property
    def state(self) -> str:
        """The meter's state, one of STATES."""
        return self._state

    @property
    def cause(self) -> str:
        """The cause behind the meter's state, "" when all is well."""
        return self._cause

    def meter(self) -> dict:
        """Return the payload of the MQTT topic `meter`."""
        payload = {"state": self._state}
        if self._cause:
            payload["cause"] = self._cause
        return payload

    def info(self) -> dict:
        """Return the payload of the MQTT topic `info`."""
        from firmware.device import VERSION

        payload = {"name": self._device.name, "id": self._device.id, "version": VERSION}
        meter = self._parts.get("meter")
        if meter is not None:
            meter = meter()
            for key in ("meter", "profile", "interval_s"):
                payload[key] = meter.get(key)
        return payload

    def members(self):
        """Yield (name, value) of everything for `/api/v1/status`, each value made when it is asked for."""
        from firmware.device import VERSION

        gc.collect()
        heap = {"used": gc.mem_alloc(), "free": gc.mem_free()}
        yield "api_version", "v1"
        yield "name", self._device.name
        yield "id", self._device.id
        yield "version", VERSION
        yield "sma_time", clock.uptime_ms() // 1000
        yield "state", self._state
        yield "cause", self._cause
        yield "detail", self._detail
        yield "heap", heap
        for name, snapshot in self._parts.items():
            yield name, snapshot()
