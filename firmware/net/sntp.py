"""The adapter's clock by SNTP (RFC 4330), over UDP without ever blocking: ntptime waits in its socket.

The clock serves TLS, the log and meters that send no time; a measurement carries the meter's own time.
"""

import asyncio
import os
import socket
import struct

import timestamp
from compat import const
from firmware import clock
from firmware.net import resolver

_PORT = const(123)
_PACKET = const(48)
_TIMEOUT_MS = const(2000)
# Seconds from 1900 to 1970; a timestamp without its top bit is of the era that begins in 2036.
_UNIX_1900 = 2208988800
_ERA = 4294967296
_EARLIEST = 1704067200
_CLIENT_VERSION_4 = const(0x23)
_SERVER_MODE = const(4)
_UNSYNCHRONISED = const(3)

# Seconds between two looks when all is well, and the first and longest pause when no server answers.
_PERIOD = const(21600)
_FIRST_PAUSE = const(15)
_LONGEST_PAUSE = const(900)


def request(cookie: bytes) -> bytes:
    """Return a request; cookie: eight octets in place of our time, which the answer repeats."""
    packet = bytearray(_PACKET)
    packet[0] = _CLIENT_VERSION_4
    packet[40:48] = cookie
    return bytes(packet)


def answer(packet, cookie: bytes) -> tuple:
    """Return (Unix seconds, milliseconds) of a server's transmit timestamp (RFC 4330, 5).

    Raises ValueError for whatever is not a synchronised server's answer to this request.
    """
    if len(packet) < _PACKET or packet[0] & 7 != _SERVER_MODE:
        raise ValueError("no answer of a server")
    if packet[24:32] != cookie:
        raise ValueError("answer to another request")
    if packet[0] >> 6 == _UNSYNCHRONISED or not 1 <= packet[1] <= 15:
        raise ValueError("the server has no time itself")
    seconds, fraction = struct.unpack("!II", packet[40:48])
    if not seconds & 0x80000000:
        seconds += _ERA
    seconds -= _UNIX_1900
    if seconds < _EARLIEST:
        raise ValueError("a time before this firmware")
    return seconds, fraction * 1000 >> 32


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
                seconds = await self._ask(host, int(port) if port else _PORT)
            except (OSError, ValueError) as error:
                self.error = "%s: %s" % (name, error)
                continue
            self._set_clock(timestamp.civil(seconds))
            self.server = name
            self.error = ""
            self._set_at = clock.uptime_ms()
            return True
        return False

    async def _ask(self, host: str, port: int) -> int:
        address = await resolver.resolve(host, self._device.dns_server())
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            # Connected, so that only this server's datagrams arrive.
            sock.connect(resolver.socket_address(address, port))
            cookie = os.urandom(8)
            started = clock.uptime_ms()
            sock.send(request(cookie))
            try:
                packet = await asyncio.wait_for(
                    asyncio.StreamReader(sock).read(64), _TIMEOUT_MS / 1000
                )
            except asyncio.TimeoutError:
                raise OSError("no answer")
            seconds, milliseconds = answer(packet, cookie)
            # Half of the way there and back has passed since the server sent.
            milliseconds += (clock.uptime_ms() - started) // 2
            return seconds + (milliseconds + 500) // 1000
        finally:
            sock.close()

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
