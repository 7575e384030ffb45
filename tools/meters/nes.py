"""NES meters with a MEP port: they speak when asked, in ANSI C12.19 tables.

Written from the other end than the firmware: here tables are built from what the meter is, with a
digest and a cipher of their own. Whatever is no signed read of a table ends up in `violations`.
"""

import asyncio
import time as clock
from math import isqrt

from tools.meters.base import Meter, Sent, number, vienna

_KEY = b"Bq7;rT(pL2&w0xEk]sN!"

_OK, _NO_PERMISSION, _NO_PART, _AUTHENTICATION, _SEQUENCE = 0x00, 0x03, 0x05, 0x0B, 0x0C
_READ, _READ_PART = 0x30, 0x3F
_MOST_DATA = 465
_CHUNK, _CHUNK_PAUSE = 117, 0.025
_WINDOW = 8
_THROTTLE = 0.1
_REQUEST_GAP = 0.05
_ALERT = b"\0\0"
_RC4_SEED = bytes.fromhex("388b8fbc36a8558587afc90fb23a3b99")

_FORWARD, _REVERSE = 8, 9


def digest(key: bytes, *parts: bytes) -> bytes:
    """Return the digest over the parts, each padded only at the very end."""
    message = b"".join(parts)
    message += bytes(-len(message) % 192)
    state = [0] * 8
    for step, octet in enumerate(message):
        position = step % 192
        row, column = divmod(position, 8)
        index = 7 - column
        inverse = ~(state[index] + index) & 0xFF
        if key[row % 16] & (1 << column):
            mixed = octet + state[(index + 1) % 8] + (inverse << 1) + (inverse >> 7)
        else:
            mixed = octet + state[(index + 1) % 8] - ((inverse >> 1) + (inverse << 7))
        state[index] = mixed % 256
    return bytes(state)


def rc4(key: bytes, data: bytes) -> bytes:
    """Return data under the RC4 key stream of key."""
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    out = bytearray()
    for octet in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(octet ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def u8(*values) -> bytes:
    """Return values as single octets."""
    return bytes(values)


def i32(value: int) -> bytes:
    """Return a value as INT32, least significant octet first."""
    return (value & 0xFFFFFFFF).to_bytes(4, "little")


class Nes(Meter):
    """What all of them share. The class attributes say what kind it is.

    SUMS, PRESENT: sources of BT22 and BT27. DEMANDS: sources of demands, empty without. TIERS: tariffs.
    RATIO: current transformer; UNIT: Wh per count of an energy register.
    """

    SETTINGS = "9600 8N1"
    PROFILE = "linz-mtr"
    INTERVAL = 1.0
    MODEL = "83332-3I"
    FIRMWARE = (3, 70, 12)
    SERIAL = "AT-NES-20231177"
    SUMS = (0, 1, 2, 3, 4, 5, 6, 7, 26, 27, 28)
    PRESENT = (
        *range(8, 26), *range(81, 85), *range(104, 108), *range(185, 200), *range(202, 216),
    )  # fmt: skip
    DEMANDS = ()
    TIERS = 4
    RATIO = 1
    UNIT = 1

    def __init__(self, key: bytes = _KEY, auth_key: bytes = b"", sequence=0x776359F0, **more):
        """key: 16 octets, or 20 of which 16 count. sequence: the number it expects next."""
        super().__init__(key, auth_key, **more)
        self.sequence = sequence
        self.layout_version = 7
        self.enabled = False  # COM ENABLE
        self.alerting = False  # sends an alert once a second
        self.optical = False  # somebody reads the optical port, and the MEP is mute
        self.delay = 0.04  # seconds until the answer begins
        self.lose = 0  # so many answers are not sent
        self.late = 0.0  # seconds by which the next answer comes too late
        self.stuck = False  # until COM ENABLE was off
        self.forbidden = set()  # tables that this key may not read
        self.longest = _MOST_DATA  # octets from which on a read is refused
        self.requests = []  # (when, table, offset, count)
        self.violations = []
        self.measured = {}
        self._incoming = asyncio.Queue()
        self._last_request = 0.0

    def heard(self, data: bytes):
        self._incoming.put_nowait(data)

    def request(self, active: bool):
        self.enabled = active
        if not active:
            self.stuck = False

    def expected(self) -> dict:
        """Return all that its answers so far have said, each code with its latest value."""
        return self.measured

    async def run(self, line):
        """Answer requests for ever."""
        line.heard = self.heard
        alerts = asyncio.create_task(self._alert(line))
        try:
            while True:
                frame = await self._request_frame()
                await self._answer(line, frame)
        finally:
            alerts.cancel()

    async def _alert(self, line):
        while True:
            await asyncio.sleep(1.0)
            held_off = clock.monotonic() - self._last_request < 1.0
            if self.alerting and self.enabled and not held_off:
                await line.put(_ALERT)

    async def _request_frame(self) -> bytes:
        """Return the octets up to the length they begin with, or up to a pause."""
        frame = await self._incoming.get()
        while len(frame) < 2 or len(frame) < int.from_bytes(frame[:2], "big") + 2:
            try:
                frame += await asyncio.wait_for(self._incoming.get(), _REQUEST_GAP)
            except asyncio.TimeoutError:
                break
        return frame

    async def _answer(self, line, frame: bytes):
        now = clock.monotonic()
        if now - self._last_request < _THROTTLE:
            self.violations.append(("too soon", frame))
        self._last_request = now
        if self.optical or self.stuck or not self.enabled:
            return
        self.house.advance(self.now())
        reply, said = self.reply(frame)
        if self.lose:
            self.lose -= 1
            return
        late, self.late = self.late, 0.0
        await asyncio.sleep(self.delay + late)
        chunks = [reply[i : i + _CHUNK] for i in range(0, len(reply), _CHUNK)]
        started = asyncio.get_running_loop().time()
        await line.send(chunks, _CHUNK_PAUSE)
        ended = asyncio.get_running_loop().time()
        self.measured.update(said)
        async with self._arrival:
            self.sent.append(Sent(started, ended, chunks, said))
            self._arrival.notify_all()

    def reply(self, frame: bytes) -> "tuple[bytes, dict]":
        """Return the answer to a request, and the values it says by OBIS code."""
        if len(frame) < 11 or int.from_bytes(frame[:2], "big") != len(frame) - 2:
            self.violations.append(("framing", frame))
            return self._pack(u8(_AUTHENTICATION), bytes(8)), {}
        key = self.key[:16]
        body, signed = frame[2:-8], frame[-8:]
        stream = None
        if digest(key, body) != signed:
            head = bytes(a ^ b for a, b in zip(rc4(key, _RC4_SEED), signed, strict=False))
            stream = head + rc4(key, _RC4_SEED)[8:]
            body = rc4(stream, body)
            if digest(key, body) != signed:
                return self._pack(u8(_AUTHENTICATION), bytes(8)), {}
        code, said = self._serve(body)
        answer = digest(key, body, code)
        if stream:
            code = rc4(stream, body + code)[len(body) :]
        return self._pack(code, answer), said

    def _serve(self, body: bytes) -> "tuple[bytes, dict]":
        ahead = (int.from_bytes(body[-4:], "big") - self.sequence) & 0xFFFFFFFF
        if ahead >= _WINDOW:
            return u8(_SEQUENCE) + self.sequence.to_bytes(4, "big"), {}
        self.sequence = (self.sequence + ahead + 1) & 0xFFFFFFFF
        table = int.from_bytes(body[1:3], "big")
        if body[0] == _READ and len(body) == 9:
            offset, count = 0, int.from_bytes(body[3:5], "big")
        elif body[0] == _READ_PART and len(body) == 12:
            offset = int.from_bytes(body[3:6], "big")
            count = int.from_bytes(body[6:8], "big")
        else:
            self.violations.append(("not a read", body))
            return u8(_NO_PERMISSION), {}
        self.requests.append((clock.monotonic(), table, offset, count))
        if table in self.forbidden:
            return u8(_NO_PERMISSION), {}
        content = self.table(table)
        if content is None or offset >= len(content) or count > self.longest:
            return u8(_NO_PART), {}
        data = content[offset : offset + min(count, _MOST_DATA)]
        said = {
            code: {"value": value, "time": self.house.time}
            for code, (where, at, size, value) in self.values().items()
            if where == table and offset <= at and at + size <= offset + len(data)
        }
        return u8(_OK) + len(data).to_bytes(2, "big") + data, said

    @staticmethod
    def _pack(code: bytes, signature: bytes) -> bytes:
        return (len(code) + 8).to_bytes(2, "big") + code + signature

    def table(self, table: int) -> "bytes | None":
        """Return the content of a table, or None where it has none."""
        if table == 0:
            return bytes.fromhex("022a884e4553200200ff0c01000a0d020c0902")
        if table == 1:
            major, minor, build = self.FIRMWARE
            word = major << 12 | minor << 5 | build
            model = self.MODEL.ljust(8).encode()
            return b"NES " + model + u8(3, 2) + word.to_bytes(2, "big")
        if table == 15:
            return i32(1) + i32(0) + u8(1) + i32(self.RATIO) + i32(1)
        if table in (20, 21):
            return self._dimensions()
        if table == 22:
            flags = bytes([0xFF] * ((len(self.DEMANDS) + 7) // 8))
            return bytes(self.SUMS) + bytes(self.DEMANDS) + flags
        if table == 23:
            return self._energies()
        if table == 27:
            return bytes(self.DEMANDS) + bytes(self.PRESENT)
        if table == 28:
            head = b"".join(i32(self._present(source)) for source in self.DEMANDS)
            return head + b"".join(i32(self._present(source)) for source in self.PRESENT)
        if table == 52:
            return self._utc()
        if table == 55:
            return self._local()
        if table == 0x803:
            return self.SERIAL.encode().ljust(143, b"\0")
        if table == 0x804:
            return bytes(116) + u8(self.layout_version) + bytes(20)
        if table == 0x837:
            before = (146 if self.FIRMWARE[0] < 4 else 147) + 4 * (self.TIERS - 1) + 39
            return bytes(before) + u8(self.UNIT) + bytes(8)
        return None

    def values(self) -> dict:
        """Return {code: (table, offset, octets, value as it must come out)} of this moment."""
        found = {}
        head = 1 if self.DEMANDS else 0
        units = {0: "1", 1: "2", 2: "3", 3: "4", 6: "15", 7: "16"}
        units.update({108: "5", 109: "6", 110: "7", 111: "8"})
        block = self._block_size()
        for tier in range(5):
            for index, source in enumerate(self.SUMS):
                if source in units:
                    at = head + tier * block + 4 * index
                    value = number(self._sum(source, tier) * self.UNIT)
                    found["1-0:%s.8.%d" % (units[source], tier)] = (23, at, 4, value)
        if _FORWARD in self.DEMANDS and self.UNIT == 1:
            at = head + 4 * len(self.SUMS) + 17 * self.DEMANDS.index(_FORWARD) + 13
            found["1-0:1.6.0"] = (23, at, 4, number(self.house.maximum_import))
        found.update(self._present_values())
        local = vienna(self.house.time)[0]
        found["0-0:1.0.0"] = (52, 0, 7, local.isoformat())
        found["0-0:C.1.0"] = (0x803, 0, 30, self.SERIAL)
        found["0-0:96.14.0"] = (55, 7, 2, number(self.house.tariff))
        return found

    def _present_values(self) -> dict:
        start = 4 * len(self.DEMANDS)
        groups = {
            8: (1, 0), 9: (2, 0), 10: (3, 0), 11: (4, 0), 12: (31, -3), 13: (51, -3), 14: (71, -3),
            15: (32, -3), 16: (52, -3), 17: (72, -3), 18: (33, -3), 21: (53, -3), 22: (73, -3),
            19: (14, -3), 20: (9, 0), 104: (5, 0), 105: (6, 0), 106: (7, 0), 107: (8, 0),
            185: (21, 0), 186: (41, 0), 187: (61, 0), 188: (22, 0), 189: (42, 0), 190: (62, 0),
        }  # fmt: skip
        if self.RATIO != 1:
            # What counts the transformers in lies elsewhere in the table.
            behind = {8: 81, 9: 82, 10: 83, 11: 84, 12: 197, 13: 198, 14: 199}
            behind.update({source: source + 6 for source in range(185, 191)})
            groups = {behind.get(source, source): place for source, place in groups.items()}
        found = {}
        for index, source in enumerate(self.PRESENT):
            if source in groups:
                group, exponent = groups[source]
                value = self._present(source)
                if source in (20, 104, 105, 106, 107):
                    value *= self.RATIO
                place = (28, start + 4 * index, 4, number(value, exponent))
                found["1-0:%d.7.0" % group] = place
        return found

    def _dimensions(self) -> bytes:
        demands = len(self.DEMANDS)
        flags = 0x3F if demands else 0x03
        return u8(
            flags, 0x0E, 12 if demands else 0, len(self.SUMS), demands, 0, 1 if demands else 0,
            self.TIERS, demands, len(self.PRESENT),
        )  # fmt: skip

    def _block_size(self) -> int:
        return 4 * len(self.SUMS) + 17 * len(self.DEMANDS)

    def _energies(self) -> bytes:
        blocks = [u8(3) if self.DEMANDS else b""]
        for tier in range(self.TIERS + 1):
            blocks += [i32(self._sum(source, tier)) for source in self.SUMS]
            for source in self.DEMANDS:
                most = self.house.maximum_import if source == _FORWARD else 0
                blocks.append(u8(26, 11, 1, 18, 15) + i32(10 * most) + i32(11 * most) + i32(most))
        return b"".join(blocks)

    def _sum(self, source: int, tier: int) -> int:
        quantities = {0: "1.8", 1: "2.8", 2: "3.8", 3: "4.8"}
        if source in quantities:
            return self.house.energy(quantities[source], tier) // self.UNIT
        if source in (6, 7):
            forward, reverse = self._sum(0, tier), self._sum(1, tier)
            return forward + reverse if source == 6 else max(0, forward - reverse)
        # The quadrants: this house draws reactive energy while it imports, and feeds it while it exports.
        return {108: self._sum(2, tier), 111: self._sum(3, tier), 4: 8, 5: 3}.get(source, 0)

    def _present(self, source: int) -> int:
        house = self.house
        ratio = self.RATIO
        totals = {8: "1.7", 9: "2.7", 10: "3.7", 11: "4.7"}
        if source in totals:
            return house.power(totals[source]) // ratio
        if 81 <= source <= 84:
            return house.power(totals[source - 73])
        if 12 <= source <= 14:
            return house.current[source - 12] * 10 // ratio
        if 197 <= source <= 199:
            return house.current[source - 197] * 10
        if 15 <= source <= 17:
            return house.voltage[source - 15] * 100
        if source in (18, 21, 22):
            return house.power_factor[{18: 0, 21: 1, 22: 2}[source]]
        if source == 19:
            return 49990 + house.time % 7
        if source == 20:
            return isqrt(sum(house.active) ** 2 + sum(house.reactive) ** 2) // ratio
        if 23 <= source <= 25:
            return house.reactive[source - 23] * 1000 // (house.apparent[source - 23] or 1)
        if source in (104, 107):
            return house.power("3.7" if source == 104 else "4.7") // ratio
        if 185 <= source <= 196:
            sign = 1 if source < 188 or 191 <= source < 194 else -1
            watts = max(0, sign * house.active[(source - 185) % 3])
            return watts if source >= 191 else watts // ratio
        return 0

    def _stamp(self, moment, second: int) -> bytes:
        return u8(moment.year - 2000, moment.month, moment.day, moment.hour, moment.minute, second)

    def _utc(self) -> bytes:
        moment = vienna(self.house.time)[0]
        utc = moment - moment.utcoffset()
        return self._stamp(utc, utc.second) + u8(utc.isoweekday() % 7 | 0x10)

    def _local(self) -> bytes:
        """The local clock only goes on by the minute."""
        moment, summer = vienna(self.house.time)
        flags = moment.isoweekday() % 7 | (0x68 if summer else 0x20)
        return self._stamp(moment, 0) + u8(flags) + u8(self.house.tariff - 1, 0x10)


class Mtr3000(Nes):
    """NES MTR3000 Gen 3.2, directly connected: 11 sums, 4 tariffs, 55 present values."""

    NAME = "mtr3000"


class Mtr3000Demand(Nes):
    """NES MTR3000 Gen 3.1 with demands: 15 sums, 4 tariffs, 26 present values, 1.6.0."""

    NAME = "mtr3000-demand"
    MODEL = "83331-3I"
    FIRMWARE = (3, 10, 21)
    SUMS = (*Nes.SUMS, 108, 109, 110, 111)
    DEMANDS = (8, 9, 10, 11, 104, 105, 106, 107)
    PRESENT = Nes.PRESENT[:26]


class Mtr3000Gen4(Nes):
    """NES MTR3000 Gen 4: 19 sums, 8 tariffs, 84 present values."""

    NAME = "mtr3000-gen4"
    MODEL = "83334-3I"
    FIRMWARE = (4, 30, 2)
    SUMS = (*Nes.SUMS, 108, 109, 110, 111, 112, 113, 114, 115)
    PRESENT = (*Nes.PRESENT, *range(216, 245))
    TIERS = 8


class Mtr3000Ct(Nes):
    """NES MTR3000 behind current transformers 200/5 A, its energies in tens of Wh."""

    NAME = "mtr3000-ct"
    MODEL = "83322-3I"
    FIRMWARE = (3, 80, 1)
    RATIO = 40
    UNIT = 10


class Mtr1000(Nes):
    """NES MTR1000, single-phase: 11 sums, 2 tariffs; L2 and L3 have no source."""

    NAME = "mtr1000"
    MODEL = "83332-1I"
    FIRMWARE = (3, 50, 4)
    TIERS = 2
    PRESENT = tuple(
        source
        for source in Nes.PRESENT[:41]
        if source not in (13, 14, 16, 17, 21, 22, 24, 25, 186, 187, 189, 190, 192, 193, 195, 196)
        and source not in (198, 199)
    )
