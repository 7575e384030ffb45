"""Shows the adapter's states on the LED, see led_language.py."""

import asyncio

from compat import const
from firmware import clock
from firmware.unload import borrow

_CAUSES = {"key": "key", "line": "line", "frame": "line", "protocol": "line", "security": "key"}
_DOWN = ("connecting", "waiting")
_FAULTY_RESTARTS = const(3)
_SETTLE_MS = const(15000)
_DARK = (0, 0, 0)


def states(
    meter: str,
    cause: str,
    wifi: str,
    mqtt: str,
    portal: bool = False,
    failures: int = 0,
    updating: bool = False,
    settling: bool = False,
) -> tuple:
    """Return the names of led_language.SIGNALS that hold.

    meter, cause: of status.Status; wifi: state of net.wifi.Wifi; mqtt: state of net.mqtt.Mqtt;
    failures: how often tasks failed; settling: just started, so that no connection is missed yet.
    """
    found = []
    if updating:
        found.append("updating")
    if portal:
        found.append("portal")
    if failures >= _FAULTY_RESTARTS:
        found.append("fault")
    kind = cause.partition(":")[0]
    if meter == "ok":
        found.append("ok")
    elif meter == "searching" and kind != "frame":
        found.append("searching")
    else:
        found.append(_CAUSES.get(kind, "line"))
    if not settling:
        if wifi in _DOWN:
            found.append("wifi")
        elif mqtt in _DOWN:
            # Without Wi-Fi there can be no broker; one cause is enough.
            found.append("broker")
    return tuple(found)


def states_of(app) -> tuple:
    """Return the names of led_language.SIGNALS that hold for the application."""
    return states(
        app.status.state,
        app.status.cause,
        app.wifi.state,
        app.mqtt.state,
        app.portal_active,
        sum(failure[0] for failure in app.supervisor.failures.values()),
        app.updating,
        settling=clock.uptime_ms() < _SETTLE_MS,
    )


class Indicator:
    """Plays the cycle of the states that hold, over and over."""

    def __init__(self, led, app):
        """led: of drivers.leds; app: firmware.app.App."""
        self._led = led
        self._app = app
        self._telegram = asyncio.Event()
        self._wink_ms = borrow("firmware.led_language.WINK_MS")

    async def run(self):
        """Play for ever."""
        listener = asyncio.create_task(self._listen())
        played = None
        steps = ()
        try:
            while True:
                states_now = states_of(self._app)
                if states_now != played:
                    played = states_now
                    steps = borrow("firmware.led_language.cycle")(states_now)
                for state, colour, milliseconds in steps:
                    self._led.show(colour, self._app.config["device.led"])
                    if state == "ok" and any(colour):
                        await self._lit(milliseconds)
                    else:
                        await asyncio.sleep_ms(milliseconds)
        finally:
            listener.cancel()

    async def _lit(self, milliseconds: int):
        """Stay lit so long; a telegram meanwhile is winked at once."""
        self._telegram.clear()
        try:
            await asyncio.wait_for_ms(self._telegram.wait(), milliseconds)
        except asyncio.TimeoutError:
            return
        self._led.show(_DARK, 0)
        await asyncio.sleep_ms(self._wink_ms)

    async def _listen(self):
        telegrams = self._app.hub.subscribe()
        try:
            while True:
                await telegrams.next()
                self._telegram.set()
        finally:
            telegrams.close()
