"""The event stream: every measurement as it comes, the status when it changes (server-sent events)."""

import json

from microdot import Response

from compat import const
from firmware import clock
from firmware.meter import measurement
from firmware.unload import borrow
from firmware.web.routes import Problem

# Seconds of silence after which a comment shows that the connection lives.
_HEARTBEAT = const(10)

_HEAD = (
    b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\nConnection: close\r\n\r\n"
    b"retry: 2000\n\n"
)


class Rendering:
    """The measurement event of one reading, written once for all who listen."""

    def __init__(self):
        self._document = measurement.Document()
        self._reading = None

    def of(self, reading, name: str) -> memoryview:
        """Return the JSON text of a reading; valid until the next call."""
        if reading is not self._reading:
            measurement.write(self._document, reading, name, clock.uptime_ms())
            self._reading = reading
        return self._document.data()


_rendering = Rendering()


def stream(server, request):
    """Answer with an endless stream of events; 503 where too many listen already."""
    if server.streams >= server.streams_limit:
        raise Problem(503, "stream:busy", "too many streams are open", {"Retry-After": "10"})
    if request.method == "HEAD":
        return Response(b"", 200, {"Content-Type": "text/event-stream; charset=utf-8"})

    # The guard runs it when microdot is done: it has no end, and a deadline of its own per write.
    async def run(connection):
        await _serve(server, connection)

    request.sock[1].upgrade = run
    return Response.already_handled


async def _serve(server, connection):
    context = server.context
    page = borrow("firmware.web.static.page_id")(server)
    consumer = context.hub.subscribe()
    server.streams += 1
    try:
        await connection.send(_HEAD)
        told = await _status(context, connection, page)
        reading = context.hub.latest() if context.hub.fresh() else None
        while True:
            if reading is not None:
                data = _rendering.of(reading, context.device.name)
                await connection.send(b"event: measurement\ndata: ", data, b"\n\n")
            reading = await _next(context, consumer)
            if told != context.status.version:
                told = await _status(context, connection, page)
            elif reading is None:
                await connection.send(b": still here\n\n")
    finally:
        server.streams -= 1
        consumer.close()


async def _next(context, consumer):
    """Return the next reading; None after a change of the status or a heartbeat's time."""
    version = context.status.version
    for _ in range(_HEARTBEAT):
        reading = await consumer.next(1)
        if reading is not None:
            return reading
        if context.status.version != version:
            break
    return None


async def _status(context, connection, page: str) -> int:
    """Send the state in force; return its version."""
    version = context.status.version
    event = context.status.info()
    event.update(context.status.meter())
    event["page"] = page
    event["uptime_s"] = clock.uptime_ms() // 1000
    event["interval_ms"] = context.hub.interval_ms
    event["time"] = clock.unix()
    await connection.send(b"event: status\ndata: ", json.dumps(event).encode(), b"\n\n")
    return version
