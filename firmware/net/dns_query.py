"""Ask for a host's address without blocking: socket.getaddrinfo waits for seconds on the ESP32.

Own code because the port's only resolver blocks. Plain DNS (RFC 1035) over UDP; names under .local by
multicast DNS (RFC 6762) with the unicast-response bit.
"""

import asyncio
import os
import socket
import struct

from compat import const
from firmware import clock
from firmware.net.resolver import socket_address

_DNS_PORT = const(53)
_MDNS = ("224.0.0.251", 5353)
_TIMEOUT_MS = const(2000)
_TYPE_A = const(1)
_CLASS_IN = const(1)
_UNICAST = const(0x8000)


def query(identifier: int, host: str, unicast: bool = False) -> bytes:
    """Return a DNS query for the A record of host. Raises ValueError on an impossible name."""
    message = bytearray(struct.pack("!HHHHHH", identifier, 0 if unicast else 0x0100, 1, 0, 0, 0))
    for label in host.rstrip(".").split("."):
        data = label.encode()
        if not 0 < len(data) < 64:
            raise ValueError("not a host name: %s" % host)
        message.append(len(data))
        message.extend(data)
    if len(message) > 12 + 254:
        raise ValueError("not a host name: %s" % host)
    message.append(0)
    message.extend(struct.pack("!HH", _TYPE_A, _CLASS_IN | (_UNICAST if unicast else 0)))
    return bytes(message)


def answer(message: bytes, identifier: int) -> "tuple | None":
    """Return (dotted address, time to live in s) from a reply; None if it has no A record.

    Raises ValueError on a message that is not a well-formed reply to that identifier.
    """
    try:
        ident, flags, questions, answers = struct.unpack_from("!HHHH", message, 0)
        if ident != identifier or not flags & 0x8000:
            raise ValueError("not a reply to this query")
        position = 12
        for _ in range(questions):
            position = _skip_name(message, position) + 4
        for _ in range(answers):
            position = _skip_name(message, position)
            kind, family, ttl, size = struct.unpack_from("!HHIH", message, position)
            position += 10
            if kind == _TYPE_A and family & 0x7FFF == _CLASS_IN and size == 4:
                return "%d.%d.%d.%d" % tuple(message[position : position + 4]), ttl
            position += size
    except (IndexError, TypeError) as error:
        raise ValueError("malformed reply: %s" % error)
    return None


def _skip_name(message: bytes, position: int) -> int:
    while True:
        length = message[position]
        if length & 0xC0 == 0xC0:
            return position + 2
        if length == 0:
            return position + 1
        position += 1 + length


async def ask(host: str, server: "str | None") -> "tuple | None":
    """Return (dotted address, time to live in s) of host, None where no answer came in time.

    server: the name server; names under .local are asked for in the neighbourhood.
    """
    local = host.endswith(".local")
    destination = _MDNS if local else (server, _DNS_PORT)
    identifier = 0 if local else struct.unpack("!H", os.urandom(2))[0]
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        address = socket_address(destination[0], destination[1])
        if not local:
            # Connected, so that only this server's datagrams arrive.
            sock.connect(address)
        sock.sendto(query(identifier, host, local), address)
        deadline = clock.uptime_ms() + _TIMEOUT_MS
        stream = asyncio.StreamReader(sock)
        while True:
            left = deadline - clock.uptime_ms()
            if left <= 0:
                return None
            try:
                message = await asyncio.wait_for_ms(stream.read(512), left)
                return answer(message, identifier)
            except ValueError:
                continue
            except asyncio.TimeoutError:
                return None
    except OSError:
        return None
    finally:
        sock.close()
