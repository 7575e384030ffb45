"""One question to a time server by SNTP (RFC 4330), over UDP without ever blocking: ntptime waits in its
socket.
"""

import asyncio
import os
import socket
import struct

from compat import const
from firmware import clock
from firmware.net import resolver

_PACKET = const(48)
_TIMEOUT_MS = const(2000)
# Seconds from 1900 to 1970; a timestamp without its top bit is of the era that begins in 2036.
_UNIX_1900 = 2208988800
_ERA = 4294967296
_EARLIEST = 1704067200
_CLIENT_VERSION_4 = const(0x23)
_SERVER_MODE = const(4)
_UNSYNCHRONISED = const(3)


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


async def ask(host: str, port: int, name_server: "str | None") -> int:
    """Return the Unix seconds that a server tells. Raises OSError or ValueError where it does not."""
    address = await resolver.resolve(host, name_server)
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
