"""The web server: microdot behind a guard that bounds what a stranger can make the adapter hold.

microdot reads lines, headers and connections without limit and waits for ever. The guard reads the
head of a request itself, within a size and a time, refuses what is not plain HTTP, and hands microdot
a `Connection` that can give no more than that.
"""

import asyncio
import sys

from microdot import Microdot, Request, Response

from compat import const
from firmware.meter.measurement import Document
from firmware.web import gate, routes

_HEAD_MAX = const(4096)
_LINE_MAX = const(1024)
_HEADERS_MAX = const(48)
_BODY_MAX = const(4096)
_CHUNK = const(512)
# Seconds.
_HANDLER_TIME = const(15)
_WRITE_TIME = const(10)
_LINGER_BYTES = const(16384)
# So many are told that there is no room; more are closed without a word.
_REFUSING_MAX = const(2)

# What microdot or a handler looks at; other headers a browser sends are not kept.
_KEPT = (
    b"host",
    b"authorization",
    b"cookie",
    b"content-length",
    b"content-type",
    b"origin",
    b"sec-fetch-site",
    b"if-none-match",
    b"accept-encoding",
    b"accept",
    b"x-csrf-token",
    b"range",
    b"content-range",
)

_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
)


class Refused(Exception):
    """A request that the guard does not let through: status, cause text."""

    def __init__(self, status: int, cause: str):
        self.status = status
        self.cause = cause


class Connection:
    """One request as microdot sees it: its reader and its writer, both bounded.

    The response's head and the first part of its body go out in one piece: nothing between the
    handler and that piece awaits, so a body may lie in a buffer that the next request reuses.
    """

    def __init__(self, reader, writer, secure: bool = False):
        """secure: whether the stream is TLS."""
        self.secure = secure
        self._reader = reader
        self._writer = writer
        self._lines: "list | None" = None
        self._line = 0
        self._rest = b""
        self._body_left = 0
        self._head = bytearray()
        self._in_head = True
        self.upgrade = None

    async def read_head(self) -> str:
        """Read and check the head of a request; return `METHOD path` without the query.

        Raises Refused (with the status to answer) or EOFError where nothing came.
        """
        head = bytearray()
        while True:
            chunk = await self._reader.read(_CHUNK)
            if not chunk:
                raise EOFError
            start = max(0, len(head) - 3)
            head += chunk
            end = head.find(b"\r\n\r\n", start)
            if end >= 0:
                break
            if len(head) > _HEAD_MAX:
                raise Refused(431, "too-large")
        if end > _HEAD_MAX:
            raise Refused(431, "too-large")
        self._rest = bytes(head[end + 4 :])
        return self._check(bytes(head[:end]))

    def _check(self, head: bytes) -> str:
        lines = head.split(b"\r\n")
        if len(lines) > _HEADERS_MAX + 1:
            raise Refused(431, "too-large")
        request = lines[0]
        if len(request) > _LINE_MAX:
            raise Refused(414, "too-large")
        words = request.split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1.") or words[1][:1] != b"/":
            raise Refused(400, "malformed")
        if not _visible(request) or not words[0].isalpha():
            raise Refused(400, "malformed")
        kept = [request]
        length = None
        for line in lines[1:]:
            colon = line.find(b":")
            if colon < 1 or not _visible(line):
                raise Refused(400, "malformed")
            name = line[:colon].lower()
            if name == b"transfer-encoding":
                raise Refused(501, "malformed")
            if name == b"content-length":
                text = line[colon + 1 :].strip()
                if length is not None or not text.isdigit() or len(text) > 9:
                    raise Refused(400, "malformed")
                length = int(text)
            if name in _KEPT:
                kept.append(line)
        kept.append(b"")
        self._lines = kept
        self._body_left = length or 0
        self._rest = self._rest[: self._body_left]
        path = words[1].split(b"?", 1)[0]
        return (words[0] + b" " + path).decode()

    @property
    def body_left(self) -> int:
        """Octets of the body that were not read yet."""
        return self._body_left

    async def readline(self) -> bytes:
        """Return the next line of the head."""
        line = self._lines[self._line]
        self._line += 1
        return line + b"\r\n"

    async def read(self, n: int = -1) -> bytes:
        """Return up to n octets of the body, b"" at its end. Raises EOFError if it is cut short."""
        n = min(_CHUNK if n < 0 else n, self._body_left)
        if not n:
            return b""
        if self._rest:
            data = self._rest[:n]
            self._rest = self._rest[n:]
        else:
            data = await asyncio.wait_for(self._reader.read(n), _WRITE_TIME)
            if not data:
                raise EOFError
        self._body_left -= len(data)
        return data

    async def readexactly(self, n: int) -> bytes:
        """Return exactly n octets of the body."""
        parts = []
        while n:
            data = await self.read(n)
            if not data:
                raise EOFError
            parts.append(data)
            n -= len(data)
        return b"".join(parts)

    async def awrite(self, data):
        """Send octets; the response's head is kept back until its body comes."""
        if self._in_head:
            self._head += data
            if data != b"\r\n":
                return
            self._in_head = False
            return
        self._send_head()
        self._writer.write(data)
        await self._writer.drain()

    async def send(self, *parts):
        """Send octets of an endless answer; raises asyncio.TimeoutError if they are not taken."""
        self._in_head = False
        for data in parts:
            self._writer.write(data)
        await asyncio.wait_for(self._writer.drain(), _WRITE_TIME)

    def _send_head(self):
        if self._head:
            self._writer.write(self._head)
            self._head = b""

    async def aclose(self):
        """Finish the response; the guard closes the socket."""
        if self._head:
            self._send_head()
            await self._writer.drain()

    def get_extra_info(self, name: str):
        """Pass on what the stream knows, such as `peername`."""
        return self._writer.get_extra_info(name)

    async def refuse(self, status: int, cause: str):
        """Answer a request that never reached microdot."""
        text = '{"error":"http:%s","detail":"%s"}' % (cause, _REASONS.get(status, ""))
        self._writer.write(
            (
                "HTTP/1.0 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                "Connection: close\r\n\r\n%s"
                % (status, _REASONS.get(status, "Refused"), len(text), text)
            ).encode()
        )
        await self._writer.drain()

    async def linger(self):
        """Read away a little of what the client still sends, or it would lose our answer."""
        left = _LINGER_BYTES
        while left > 0:
            data = await self._reader.read(_CHUNK)
            if not data:
                return
            left -= len(data)


_REASONS = {
    400: "Bad Request",
    413: "Content Too Large",
    414: "URI Too Long",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    503: "Service Unavailable",
}


def _visible(line: bytes) -> bool:
    for octet in line:  # noqa: SIM110 - a generator per line would be garbage
        if octet < 32 and octet != 9 or octet > 126:
            return False
    return True


class Server:
    """Serves the routes of `routes.TABLE` from a context (see `firmware.web.api`).

    connections: how many may be open at once; two of them are never given to event streams.
    `refused` counts what the guard turned away by cause: busy, slow, malformed, too-large, failed.
    """

    page_folder = __file__.rpartition("/")[0] + "/page/"

    def __init__(self, context, connections: int = 8, head_time: int = 5):
        """head_time: seconds within which the head of a request must be there."""
        self.context = context
        self.document = Document()
        self.limit = connections
        self.head_time = head_time
        self.open = 0
        self.streams = 0
        self.streams_limit = max(1, connections - 2)
        self.requests = 0
        self.refused = {}
        self._waiting = []
        self._server = None
        self.app = _Application(self)

    async def start(self, host: str, port: int, ssl=None):
        """Begin to listen."""
        self._server = await asyncio.start_server(self.serve, host, port, ssl=ssl)

    async def close(self):
        """Stop listening; requests being answered end by themselves."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def serve(self, reader, writer, secure: bool = False):
        """Answer one connection, whatever it sends, and close it; secure: it came over TLS."""
        connection = Connection(reader, writer, secure)
        if self.open >= self.limit and self._waiting:
            # Browsers open connections ahead of need: the one idle longest makes room.
            self._waiting.pop(0).cancel()
            for _ in range(8):
                if self.open < self.limit:
                    break
                await asyncio.sleep(0)
        self.open += 1
        try:
            if self.open > self.limit + _REFUSING_MAX:
                self._count("busy")
            elif self.open > self.limit:
                await self._refuse(connection, 503, "busy")
            else:
                await self._answer(connection)
        except (OSError, EOFError, asyncio.TimeoutError):
            pass
        except asyncio.CancelledError:
            self._count("slow")
        except Exception as error:
            self.failed(error)
        finally:
            routes.forget()
            self.open -= 1
            try:
                writer.close()
                await writer.wait_closed()
            except OSError:
                pass

    async def _answer(self, connection: Connection):
        task = asyncio.current_task()
        self._waiting.append(task)
        try:
            target = await asyncio.wait_for(connection.read_head(), self.head_time)
        except asyncio.TimeoutError:
            self._count("slow")
            return
        except Refused as refused:
            await self._refuse(connection, refused.status, refused.cause)
            return
        finally:
            if task in self._waiting:
                self._waiting.remove(task)
        seconds, body_max = routes.limits(target, _HANDLER_TIME, _BODY_MAX)
        if connection.body_left > body_max:
            await self._refuse(connection, 413, "too-large")
            return
        self.requests += 1
        await asyncio.wait_for(self.app.handle_request(connection, connection), seconds)
        if connection.upgrade is not None:
            await connection.upgrade(connection)
        elif connection.body_left:
            await asyncio.wait_for(connection.linger(), 1)

    async def _refuse(self, connection: Connection, status: int, cause: str):
        self._count(cause)
        await asyncio.wait_for(connection.refuse(status, cause), _WRITE_TIME)
        await asyncio.wait_for(connection.linger(), 1)

    def failed(self, error: Exception):
        """Count an error of our own and tell the console; the peer learns nothing of it."""
        self._count("failed")
        if hasattr(sys, "print_exception"):
            sys.print_exception(error)
        else:
            print(repr(error))

    def _count(self, cause: str):
        self.refused[cause] = self.refused.get(cause, 0) + 1

    def snapshot(self) -> dict:
        """Return what the status says of the server."""
        return {
            "open": self.open,
            "streams": self.streams,
            "requests": self.requests,
            "refused": self.refused,
        }


class _Application(Microdot):
    """microdot with the table's own look-up: one regular expression per route would cost 15 KB."""

    def __init__(self, server: Server):
        super().__init__()
        # The guard has bounded the body by then; a longer one is read as a stream by its handler.
        Request.max_body_length = _BODY_MAX
        Request.max_content_length = routes.UPLOAD_MAX
        self._server = server
        self.errorhandler(400)(_malformed)

    def find_route(self, req):
        """Return one handler for every request, in the form microdot expects."""
        req.url_args = {}
        return self._handle, "", None

    async def _handle(self, request) -> Response:
        elsewhere = gate.detour(self._server.context, request)
        answer = await self._answer(request) if elsewhere is None else elsewhere
        if answer is Response.already_handled:
            return answer
        if not isinstance(answer, Response):
            answer = Response(*answer) if isinstance(answer, tuple) else Response(answer)
        for name, value in _HEADERS:
            if name not in answer.headers:
                answer.headers[name] = value
        return answer

    async def _answer(self, request):
        """Find the row, ask for its credential, and let its function answer."""
        try:
            row, arguments = routes.find(request.method, request.path)
            if row is None:
                return Response("", 204, {"Allow": ", ".join(arguments)})
            routes.authorise(self._server.context, request, row)
            answer = routes.function(row.handler)(self._server, request, *arguments)
            return await answer if hasattr(answer, "send") else answer
        except routes.Problem as problem:
            return problem.body(), problem.status, problem.headers
        except MemoryError:
            return {"error": "server:memory", "detail": "out of memory for now; try again"}, 503
        except Exception as error:
            self._server.failed(error)
            return {"error": "server:failed", "detail": "an error of the adapter"}, 500


def _malformed(request):
    return {"error": "http:malformed", "detail": "not a request this adapter understands"}, 400
