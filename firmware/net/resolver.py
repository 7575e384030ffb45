"""Look up host names without blocking the loop, and keep what was found; see dns_query.py."""

import socket

from compat import const
from firmware import clock
from firmware.unload import borrow

_TRIES = const(3)
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
    for _ in range(_TRIES):
        found = await borrow("firmware.net.dns_query.ask")(host, server)
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
