"""Look up host names without blocking the loop: socket.getaddrinfo waits for seconds on the ESP32.

Own code because the port's only resolver blocks. Plain DNS (RFC 1035) over UDP; names under .local by
multicast DNS (RFC 6762) with the unicast-response bit.
"""

import asyncio
import os
import socket
import struct

from compat import const
from firmware import clock

_DNS_PORT = const(53)
_MDNS = ("224.0.0.251", 5353)
_TIMEOUT_MS = const(2000)
_TRIES = const(3)
_TYPE_A = const(1)
_CLASS_IN = const(1)
_UNICAST = const(0x8000)
_CACHE_MAX = const(8)
_TTL_MIN = const(30)
_TTL_MAX = const(3600)

_cache = {}


def is_address(host: str) -> bool:
    """Tell whether host is a dotted IPv4 address."""
    parts = host.split(".")
    if len(parts) != 4:
        return False
    return all(part.isdigit() and len(part) <= 3 and int(part) <= 255 for part in parts)


def socket_address(address: str, port: int):
    """Return what this port's socket calls take for a dotted address; no name is looked up."""
    # getaddrinfo of a dotted address answers at once, without a query, on every port.
    return socket.getaddrinfo(address, port)[0][-1]


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


async def resolve(host: str, server: "str | None") -> str:
    """Return the dotted address of host, asking the DNS server given; answers are cached.

    Raises OSError if it cannot be found. Never holds the loop.
    """
    if is_address(host):
        return host
    if host == "localhost":
        return "127.0.0.1"
    cached = _cache.get(host)
    if cached and cached[1] > clock.uptime_ms():
        return cached[0]
    local = host.endswith(".local")
    if not local and not server:
        raise OSError("no DNS server known")
    destination = _MDNS if local else (server, _DNS_PORT)
    for _ in range(_TRIES):
        found = await _ask(host, destination, local)
        if found is not None:
            address, ttl = found
            if len(_cache) >= _CACHE_MAX:
                _cache.clear()
            lifetime = max(_TTL_MIN, min(ttl, _TTL_MAX)) * 1000
            _cache[host] = (address, clock.uptime_ms() + lifetime)
            return address
    if cached:
        # The name server is away: the last address known is better than none.
        return cached[0]
    raise OSError("host %s not found" % host)


async def _ask(host: str, destination: tuple, local: bool) -> "tuple | None":
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
