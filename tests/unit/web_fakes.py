"""An adapter without a meter and a network, for tests of the web server on both runtimes."""

import asyncio

from firmware import clock
from firmware.meter.hub import Hub
from firmware.meter.reading import Reading
from firmware.web.server import Server

TIME = 1632728835
TOKEN = "0123456789abcdef"


def reading(values: "dict | None" = None, received: "int | None" = None) -> Reading:
    """Return a reading; values are {code: (mantissa, exponent) | text}."""
    if values is None:
        values = {
            "0-0:1.0.0": "2021-09-27T09:47:15+02:00",
            "1-0:1.8.0": (12937, 0),
            "1-0:1.7.0": (423, 0),
            "1-0:2.7.0": (0, 0),
            "1-0:32.7.0": (2337, -1),
            "0-0:96.1.0": "181220000009",
        }
    values = {code: (value, TIME) for code, value in values.items()}
    received = clock.uptime_ms() if received is None else received
    return Reading(values, received, TIME, "181220000009", "kaifa", "encrypted")


class Auth:
    """Accepts one token for reading and one for administration."""

    def check(self, request, scope):
        given = (request.headers.get("Authorization") or "").partition(" ")[2]
        if scope == "public" or given == TOKEN + "admin":
            return None
        if given == TOKEN:
            return None if scope == "read" else (403, "access:admin-required")
        return (401, "access:credential-required")

    def retry_after_s(self, request):
        return 7


class Status:
    def __init__(self):
        self.version = 0
        self.state = "searching"
        self.cause = "line:no-signal"

    def meter(self):
        return {"state": self.state, "cause": self.cause}

    def info(self):
        return {"name": "obisgate-1a2b3c", "id": "1a2b3c", "version": "0.1.0"}

    def members(self):
        return {
            "api_version": "v1",
            "name": "obisgate-1a2b3c",
            "version": "0.1.0",
            "state": self.state,
            "cause": self.cause,
            "heap": {"used": 1000, "free": 2000},
            "meter": {"telegrams": 3, "dropped": {"checksum": 2, "tag": 1}},
        }.items()


class Device:
    name = "obisgate-1a2b3c"
    id = "1a2b3c"


class Context:
    def __init__(self):
        self.hub = Hub()
        self.status = Status()
        self.auth = Auth()
        self.device = Device()
        self.listeners = None
        self.portal_active = False


class Reader:
    """Gives the chunks one after the other, then the end, or silence if `silent`."""

    def __init__(self, chunks, silent=False):
        self.chunks = list(chunks)
        self.silent = silent

    async def read(self, n):
        await asyncio.sleep(0)
        if not self.chunks:
            if self.silent:
                await asyncio.sleep(3600)
            return b""
        chunk = self.chunks.pop(0)
        if len(chunk) > n:
            self.chunks.insert(0, chunk[n:])
        return chunk[:n]


class Writer:
    """Keeps what is written; `stalled` never drains."""

    def __init__(self, stalled=False):
        self.data = b""
        self.stalled = stalled
        self.closed = False

    def write(self, data):
        self.data += bytes(data)

    async def drain(self):
        await asyncio.sleep(3600 if self.stalled else 0)

    def close(self):
        self.closed = True

    async def wait_closed(self):
        self.closed = True

    def get_extra_info(self, name):
        return ("192.0.2.1", 50000)


class Answer:
    def __init__(self, data: bytes):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()


async def exchange(server, request, silent=False) -> Answer:
    """Send a request (bytes, or a list of chunks) and return the Answer; None if there was none."""
    writer = Writer()
    chunks = [request] if isinstance(request, bytes) else request
    await server.serve(Reader(chunks, silent), writer)
    assert writer.closed
    return Answer(writer.data) if writer.data else None


def get(path, token=TOKEN, method="GET", more="") -> bytes:
    """Return the octets of a request with a bearer token."""
    head = "%s %s HTTP/1.1\r\nHost: 192.0.2.7\r\n%s" % (method, path, more)
    if token:
        head += "Authorization: Bearer %s\r\n" % token
    return (head + "\r\n").encode()


def run(make):
    """Run make(server), a coroutine function, with a fresh server; returns what it returns."""
    return asyncio.run(make(Server(Context())))
