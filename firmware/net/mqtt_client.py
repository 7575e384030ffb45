"""umqtt.simple's MQTTClient over asyncio streams.

Own transport because umqtt.simple's own sockets block the loop: its packets are written into memory
here, sent by a stream with a time limit, and what a stream received is given back to it to parse.
"""

import asyncio

from umqtt import simple

from compat import const

MQTTException = simple.MQTTException

_CONNACK = const(0x20)
_PUBLISH = const(0x30)
_PUBACK = const(0x40)
_SUBACK = const(0x90)
_PINGRESP = const(0xD0)
_IN_MAX = const(2048)
_PID_MAX = const(65535)
# What umqtt's own blocking reads are answered with; the broker's real answer is awaited afterwards.
_ACCEPTED = b"\x20\x02\x00\x00"


class _Memory:
    """What umqtt.simple takes for a socket: `out` collects its packets, `answer` feeds its reads."""

    def __init__(self):
        self.out = bytearray()
        self._in = b""
        self._position = 0

    def answer(self, data: bytes):
        self._in = data
        self._position = 0

    def connect(self, address):
        pass

    def setblocking(self, flag):
        pass

    def write(self, data, length=None):
        self.out.extend(data if length is None else memoryview(data)[:length])

    def read(self, length):
        data = self._in[self._position : self._position + length]
        if len(data) < length:
            raise MQTTException("short packet")
        self._position += length
        return data

    def close(self):
        pass


class _Sockets:
    """Takes the place of the socket module inside umqtt.simple."""

    memory = None

    def socket(self):
        return self.memory

    def getaddrinfo(self, host, port):
        return ((0, 0, 0, "", (host, port)),)


_sockets = _Sockets()
simple.socket = _sockets


class MQTTClient:
    """The API of umqtt.simple's client, as coroutines; everything has a time limit and none blocks.

    connect() needs a stream: `open_stream` is a coroutine function that returns (reader, writer).
    Raises OSError (also on time-out), MQTTException if the broker refuses.
    """

    def __init__(self, client_id, server, open_stream, timeout_ms=10000, **options):
        self._packets = simple.MQTTClient(client_id, server, **options)
        self._memory = self._packets.sock = _Memory()
        self._open_stream = open_stream
        self._timeout_ms = timeout_ms
        self._reader = None
        self._writer = None
        self._acknowledged = asyncio.Event()
        self._awaited = None
        self._sending = asyncio.Lock()
        # One packet at a time awaits its acknowledgement; what needs none goes out meanwhile.
        self._awaiting = asyncio.Lock()
        self.last_received = None

    def set_callback(self, function):
        """Let function(topic, message) get what is published on subscribed topics."""
        self._packets.set_callback(function)

    def set_last_will(self, topic, message, retain: bool = False, qos: int = 0):
        """Set the will that the broker publishes when the connection is lost."""
        self._packets.set_last_will(topic, message, retain, qos)

    async def connect(self, clean_session: bool = True) -> bool:
        """Connect; return whether the broker kept a session (MQTT 3.1.1, 3.1 and 3.2)."""
        self._reader, self._writer = await self._limited(self._open_stream())
        self._memory.out = bytearray()
        self._memory.answer(_ACCEPTED)
        _sockets.memory = self._memory
        self._packets.connect(clean_session)
        await self._flush()
        reply = await self._limited(self._reader.readexactly(4))
        if reply[0] != _CONNACK or reply[1] != 2:
            raise MQTTException("no CONNACK")
        if reply[3]:
            raise MQTTException(reply[3])
        return bool(reply[2] & 1)

    async def publish(self, topic: bytes, msg, retain: bool = False, qos: int = 0):
        """Publish bytes; with qos 1 return once the broker has acknowledged (MQTT 3.1.1, 3.3)."""
        if not qos:
            async with self._sending:
                self._packets.publish(topic, msg, retain)
                await self._flush()
            return
        async with self._awaiting:
            async with self._sending:
                pid = self._expect(_PUBACK)
                self._memory.answer(bytes((_PUBACK, 2, pid >> 8, pid & 0xFF)))
                self._packets.publish(topic, msg, retain, 1)
                await self._flush()
            await self._limited(self._acknowledged.wait())

    async def publish_pieces(self, topic: bytes, pieces, retain: bool = False):
        """Publish with QoS 1 a message too long to be held at once (MQTT 3.1.1, 3.3).

        pieces() yields its octets; it is called twice, first for the length, and must yield the same.
        """
        async with self._awaiting:
            async with self._sending:
                await self._send_pieces(topic, pieces, retain)
            await self._limited(self._acknowledged.wait())

    async def subscribe(self, topic: bytes, qos: int = 0):
        """Subscribe; messages go to the callback set by set_callback (MQTT 3.1.1, 3.8)."""
        async with self._awaiting:
            async with self._sending:
                pid = self._expect(_SUBACK)
                self._memory.answer(bytes((_SUBACK, 3, pid >> 8, pid & 0xFF, qos)))
                self._packets.subscribe(topic, qos)
                await self._flush()
            await self._limited(self._acknowledged.wait())

    async def ping(self):
        """Send a PINGREQ; the answer shows in last_received."""
        async with self._sending:
            self._packets.ping()
            await self._flush()

    async def wait_msg(self):
        """Receive and handle one packet, however long it takes to begin; its rest is time-limited."""
        head = await self._reader.readexactly(1)
        length = await self._limited(self._length())
        if length > _IN_MAX - 8:
            raise MQTTException("packet longer than %d bytes" % _IN_MAX)
        body = b""
        if length:
            body = await self._limited(self._reader.readexactly(length))
        kind = head[0] & 0xF0
        if kind == _PUBLISH:
            self._memory.answer(head + self._encoded(length) + body)
            self._packets.wait_msg()
            async with self._sending:
                await self._flush()
        elif self._awaited is not None and kind == self._awaited[0]:
            if len(body) < 2 or (body[0] << 8 | body[1]) != self._awaited[1]:
                return head[0]
            if kind == _SUBACK and body[-1] & 0x80:
                raise MQTTException("subscription refused")
            self._awaited = None
            self._acknowledged.set()
        return head[0]

    async def disconnect(self):
        """Send DISCONNECT, so that the broker does not publish the will, and close."""
        async with self._sending:
            self._packets.disconnect()
            await self._flush()
        await self.close()

    async def close(self):
        """Close the stream without a word (the broker will publish the will)."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            try:
                await writer.wait_closed()
            except OSError:
                pass

    def _expect(self, kind: int) -> int:
        """Return the packet identifier that umqtt.simple uses next; it would never wrap it."""
        if self._packets.pid >= _PID_MAX:
            self._packets.pid = 0
        pid = self._packets.pid + 1
        self._awaited = (kind, pid)
        self._acknowledged.clear()
        return pid

    async def _send_pieces(self, topic, pieces, retain):
        pid = self._expect(_PUBACK)
        self._packets.pid = pid
        length = 4 + len(topic)
        for piece in pieces():
            length += len(piece)
        out = self._memory.out
        out.append(_PUBLISH | 2 | (1 if retain else 0))
        out.extend(self._encoded(length))
        out.extend(bytes((len(topic) >> 8, len(topic) & 0xFF)))
        out.extend(topic)
        out.extend(bytes((pid >> 8, pid & 0xFF)))
        for piece in pieces():
            self._memory.out.extend(piece)
            await self._flush()

    def _encoded(self, length: int) -> bytes:
        out = bytearray()
        while True:
            digit = length & 0x7F
            length >>= 7
            out.append(digit | (0x80 if length else 0))
            if not length:
                return bytes(out)

    async def _length(self) -> int:
        length = 0
        for shift in (0, 7, 14, 21):
            digit = (await self._reader.readexactly(1))[0]
            length |= (digit & 0x7F) << shift
            if not digit & 0x80:
                return length
        raise MQTTException("malformed length")

    async def _flush(self):
        out = self._memory.out
        self._memory.out = bytearray()
        if not out:
            return
        if self._writer is None:
            raise OSError("not connected")
        self._writer.write(out)
        await self._limited(self._writer.drain())

    async def _limited(self, awaitable):
        try:
            return await asyncio.wait_for_ms(awaitable, self._timeout_ms)
        except asyncio.TimeoutError:
            raise OSError("broker does not answer")
        except EOFError:
            raise OSError("broker closed the connection")
