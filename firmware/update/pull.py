"""Fetches bundles from the configured address: whether there is a newer one, and then the whole of it.

The bundle's signature protects what is installed, whatever server it comes from.
"""

import asyncio
import gc

from compat import const
from firmware.net.resolver import resolve
from firmware.update import bundle

_SIZE_MAX = const(4 * 1024 * 1024)
_HEAD_MAX = const(4096)
_CHUNK = const(1024)
_READ_S = const(20)
_TRIES = const(5)
_REDIRECTS = const(3)
_RETRY_MS = const(2000)
_DIGITS = "0123456789"


def split(url: str) -> tuple:
    """Return (whether TLS, host, port, path) of a URL. Raises ValueError("url")."""
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    host, colon, port = authority.partition(":")
    if scheme not in ("http", "https") or not host or "@" in authority:
        raise ValueError("url")
    if colon and (not port or not all(c in _DIGITS for c in port)):
        raise ValueError("url")
    for c in path:
        if not 32 < ord(c) < 127:
            raise ValueError("url")
    secure = scheme == "https"
    return secure, host, int(port) if colon else (443 if secure else 80), "/" + path


async def _connect(app, secure: bool, host: str, port: int) -> tuple:
    address = await resolve(host, app.device.dns_server())
    if not secure:
        return await asyncio.wait_for(asyncio.open_connection(address, port), _READ_S)
    from firmware.net import tls

    context = tls.client(app.config["update.ca"].encode())
    return await asyncio.wait_for(
        asyncio.open_connection(address, port, ssl=context, server_hostname=host), _READ_S
    )


async def _head(reader) -> tuple:
    """Return (status, {header: value}, first octets of the body) of an answer."""
    head = bytearray()
    while True:
        data = await asyncio.wait_for(reader.read(_CHUNK), _READ_S)
        if not data:
            raise OSError("answer")
        head += data
        end = head.find(b"\r\n\r\n")
        if end >= 0:
            break
        if len(head) > _HEAD_MAX:
            raise ValueError("answer")
    lines = bytes(head[:end]).decode().split("\r\n")
    words = lines[0].split(" ")
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
        raise ValueError("answer")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(words[1]), headers, bytes(head[end + 4 :])


async def _open(app, url: str, start: int) -> tuple:
    """Ask for a file from an octet on; return (reader, writer, first octets, size of the whole)."""
    for _ in range(_REDIRECTS + 1):
        secure, host, port, path = split(url)
        gc.collect()
        reader, writer = await _connect(app, secure, host, port)
        try:
            more = "Range: bytes=%d-\r\n" % start if start else ""
            writer.write(
                (
                    "GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: obisgate\r\n%s\r\n"
                    % (path, host, more)
                ).encode()
            )
            await writer.drain()
            status, headers, first = await _head(reader)
            if status in (301, 302, 303, 307, 308):
                url = headers.get("location", "")
                await _close(writer)
                continue
            if status != (206 if start else 200):
                raise ValueError("http-%d" % status)
            length = headers.get("content-length", "")
            if not 0 < len(length) < 9 or not all(c in _DIGITS for c in length):
                raise ValueError("answer")
            size = start + int(length)
            if size > _SIZE_MAX:
                raise ValueError("size")
            return reader, writer, first, size
        except BaseException:
            await _close(writer)
            raise
    raise ValueError("redirects")


async def _close(writer):
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        pass


async def _stream(app, updater, url: str, insist: bool, check_only: bool) -> bool:
    """Feed the updater until the bundle is whole; a connection that breaks is taken up again."""
    start = size = 0
    for attempt in range(_TRIES):
        if attempt:
            await asyncio.sleep_ms(_RETRY_MS << attempt)
        try:
            reader, writer, data, total = await _open(app, url, start)
        except (OSError, asyncio.TimeoutError):
            continue
        try:
            if not start:
                size = total
                updater.begin(size, insist, check_only)
            elif total != size:
                raise ValueError("size")
            while True:
                if data:
                    start += len(data)
                    if await updater.feed(data):
                        return True
                data = await asyncio.wait_for(reader.read(_CHUNK), _READ_S)
                if not data:
                    break
        except (OSError, asyncio.TimeoutError):
            pass
        finally:
            await _close(writer)
    raise ValueError("unreachable")


async def fetch(app, updater, insist: bool = False):
    """Take the whole bundle from the configured address.

    Raises bundle.Refused as the updater does, and ValueError with a cause where it cannot be had.
    """
    url = app.config["update.url"]
    if not url:
        raise ValueError("no-url")
    try:
        await _stream(app, updater, url, insist, False)
    except ValueError as cause:
        updater.abort(str(cause))
        raise


async def check(app, updater) -> "str | None":
    """Return the version that is on offer at the configured address, None unless it is newer.

    Only the bundle's signed list is read. Raises as `fetch`.
    """
    try:
        await _stream(app, updater, app.config["update.url"], True, True)
    except ValueError as cause:
        updater.abort(str(cause))
        raise
    return updater.checked()


async def look(app, updater):
    """Check for a newer version by the clock; what fails is only printed, the next day is another."""
    updater.busy = True
    try:
        await check(app, updater)
    except (ValueError, bundle.Refused) as cause:
        print("update check:", cause)
    finally:
        updater.busy = False
