"""The adapter's clock by SNTP; how a server is asked is in sntp_query.py.

The clock serves TLS, the log and meters that send no time; a measurement carries the meter's own time.
"""

import asyncio
import os

import timestamp
from compat import const
from firmware import clock
from firmware.unload import borrow

_PORT = const(123)

# Seconds between two looks when all is well, and the first and longest pause when no server answers.
_PERIOD = const(21600)
_FIRST_PAUSE = const(15)
_LONGEST_PAUSE = const(900)


class Sntp:
    """Keeps the clock set. `server` is who set it last, None before; `error` why it is not set."""

    def __init__(self, config, device, set_clock):
        """set_clock((year, month, day, hour, minute, second)): sets the board's clock, in UTC."""
        self.server = None
        self.error = ""
        self._config = config
        self._device = device
        self._set_clock = set_clock
        self._set_at = None

    async def run(self):
        """Ask the servers in turn, again after six hours or, if none answers, sooner; returns never."""
        pause = _FIRST_PAUSE
        while True:
            if await self.look():
                pause = _FIRST_PAUSE
                await asyncio.sleep(_PERIOD + os.urandom(1)[0])
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def look(self) -> bool:
        """Ask each server once until one answers; return whether the clock was set."""
        names = [name.strip() for name in self._config["time.ntp"].split(",")]
        for name in names:
            if not name:
                continue
            try:
                host, _, port = name.partition(":")
                seconds = await borrow("firmware.net.sntp_query.ask")(
                    host, int(port) if port else _PORT, self._device.dns_server()
                )
            except (OSError, ValueError) as error:
                self.error = "%s: %s" % (name, error)
                continue
            self._set_clock(timestamp.civil(seconds))
            self.server = name
            self.error = ""
            self._set_at = clock.uptime_ms()
            return True
        return False

    def snapshot(self) -> dict:
        """Return what the status says of the clock: who set it, and the time in the configured zone."""
        now = clock.unix()
        local = None
        if now is not None:
            local = timestamp.iso(timestamp.Zone(self._config["time.zone"]).local(now))
        since = None if self._set_at is None else (clock.uptime_ms() - self._set_at) // 1000
        return {
            "unix": now,
            "local": local,
            "server": self.server,
            "set_s_ago": since,
            "error": self.error,
        }


def meter_clock(reading) -> dict:
    """Return the meter's clock beside ours: its text, and how many seconds it is ahead (None: unknown)."""
    if reading is None:
        return {"meter": None, "meter_ahead_s": None}
    entry = reading.values.get("0-0:1.0.0")
    now = clock.unix()
    ahead = None
    if entry and reading.time is not None and now is not None:
        ahead = reading.time - (now - (clock.uptime_ms() - reading.received) // 1000)
    return {"meter": entry[0] if entry else None, "meter_ahead_s": ahead}
