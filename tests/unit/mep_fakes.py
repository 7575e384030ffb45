"""A clock that costs no time, and a NES meter at the other end of a line that follows it."""

from c1219 import request
from c1219.digest import Digest
from c1219.request import Refused, check

KEY = b"Bq7;rT(pL2&w0xEk"

SOURCES = (
    list(range(8, 26))
    + list(range(81, 85))
    + list(range(104, 108))
    + list(range(185, 200))
    + list(range(202, 216))
)


def i32(value):
    return (value & 0xFFFFFFFF).to_bytes(4, "little")


class Over(BaseException):
    """The time of the test is over."""


class Bench:
    """Stands in for asyncio and the clock of a session that is the only one running.

    Nothing ever suspends: to wait is to move the clock on. Raises Over at `end`.
    """

    class TimeoutError(Exception):
        pass

    def __init__(self, end):
        self.now = 1000
        self.end = 1000 + end

    def uptime_ms(self):
        return self.now

    def advance(self, to):
        self.now = max(self.now, to)
        if self.now >= self.end:
            raise Over

    async def sleep_ms(self, milliseconds):
        self.advance(self.now + milliseconds)

    async def wait_for_ms(self, awaitable, milliseconds):
        self.deadline = self.now + milliseconds
        return await awaitable


class Meter:
    """Answers signed reads from `tables`; methods may be replaced to make it misbehave.

    requests: (time, frame) of everything that came. It also is the line: what it sends lies in `air` as
    (time, octets) until the session reads it.
    """

    def __init__(self, bench, key=KEY):
        self.bench = bench
        self.key = key
        self.sequence = 0x77635B90
        self.requests = []
        self.ends = []
        self.restarts = []
        self.air = []
        self.watts = 400
        self.wh = 16777217
        self.tables = {
            request.BT00: bytes([2, 0x2A, 0x88]) + b"NES " + bytes(12),
            request.BT01: b"NES 83332-3I\x03\x02\x38\xcc",
            request.BT15: bytes(9) + i32(1) + i32(1),
            request.BT20: bytes([3, 14, 0, 11, 0, 0, 0, 4, 0, 55]),
            request.BT21: bytes([3, 14, 0, 11, 0, 0, 0, 4, 0, 55]),
            request.BT22: bytes([0, 1, 2, 3, 4, 5, 6, 7, 26, 27, 28]),
            request.BT27: bytes(SOURCES),
            request.BT52: bytes([26, 7, 1, 12, 30, 5, 0x13]),
            request.BT55: bytes([26, 7, 1, 14, 30, 0, 0x6B, 1, 0]),
            request.ET03: b"NES-4711" + bytes(135),
            request.ET04: bytes(116) + b"\x07",
            request.ET55: bytes(197) + b"\x01",
        }

    # the line

    async def write(self, frame):
        frame = bytes(frame)
        self.bench.advance(self.bench.now + len(frame) * 10 // 9 + 1)
        self.requests.append((self.bench.now, frame))
        for delay, octets in self.hear(frame):
            self.air.append((self.bench.now + delay, octets))
        self.air.sort()

    async def ready(self):
        deadline = self.bench.deadline
        if not self.air or self.air[0][0] > deadline:
            self.bench.advance(deadline)
            raise self.bench.TimeoutError
        self.bench.advance(self.air[0][0])

    def take(self, buffer):
        if not self.air or self.air[0][0] > self.bench.now:
            return 0
        octets = self.air.pop(0)[1]
        buffer[: len(octets)] = octets
        self.ends.append(self.bench.now)
        return len(octets)

    async def restart(self):
        self.restarts.append(self.bench.now)
        self.bench.advance(self.bench.now + 2000)

    # the meter

    def hear(self, frame):
        """Return what it sends in answer: [(milliseconds from now, octets)]."""
        return self.chunks(self.answer(frame))

    def answer(self, frame):
        """Return the packet that answers a frame."""
        return self.sign(frame, self.serve(frame))

    def serve(self, frame):
        """Return the answer's body."""
        digest = Digest(self.key)
        try:
            check(frame, digest)
        except Refused:
            return b"\x0b"
        at = len(frame) - 12
        ahead = (int.from_bytes(frame[at : at + 4], "big") - self.sequence) & 0xFFFFFFFF
        if ahead >= 8:
            return b"\x0c" + self.sequence.to_bytes(4, "big")
        self.sequence = (self.sequence + ahead + 1) & 0xFFFFFFFF
        table = frame[3] << 8 | frame[4]
        offset = frame[6] << 8 | frame[7]
        count = frame[8] << 8 | frame[9]
        content = self.content(table)
        if content is None or offset >= len(content):
            return b"\x05"
        data = content[offset : offset + count]
        return b"\x00" + len(data).to_bytes(2, "big") + data

    def content(self, table):
        self.tables[request.BT23] = b"".join(
            [i32(v) for v in (self.wh, 0, 0, 0, 0, 0, self.wh, self.wh, 0, 0, 0)] * 5
        )
        watts = {8: self.watts, 15: 230000, 19: 50000, 185: self.watts, 18: 999}
        self.tables[request.BT28] = b"".join([i32(watts.get(source, 0)) for source in SOURCES])
        return self.tables.get(table)

    def sign(self, frame, body):
        digest = Digest(self.key)
        digest.feed(frame, 2, len(frame) - 8)
        digest.feed(body, 0, len(body))
        return (len(body) + 8).to_bytes(2, "big") + body + bytes(digest.value())

    @staticmethod
    def chunks(packet, delay=40):
        """Return a packet in parts of 117 octets with the pauses between them."""
        found = []
        for start in range(0, len(packet), 117):
            part = packet[start : start + 117]
            delay += len(part) * 10 // 9
            found.append((delay, part))
            delay += 25
        return found
