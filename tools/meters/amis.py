"""Siemens TD-3511 (AMIS) of Netz Oberösterreich on its infrared port: searches, sends, is acknowledged.

The meter is the master of the line. Everything it does and expects is in the operator's specification
of 5 November 2021, by whose clauses the numbers below go.
"""

import asyncio

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from tools.meters.base import Meter, Sent, Telegram, number, vienna

_KEY = bytes.fromhex("c7409be2135d8fa6b81e5c0472d9f36a")
_ADDRESS = 0xF0
_MAKER = b"\x2d\x4c"
_IDENTITY = bytes(4)
_VERSION_AND_MEDIUM = b"\x01\x0e"
_ACKNOWLEDGED = b"\xe5"
_PATIENCE = 0.5  # 2.3.7: an answer later than that does not count
_MISSES = 10  # 2.2.3
_SEARCH = 60.0  # 2.2.2
_FIRST = 5.0


def short_frame(control: int, address: int) -> bytes:
    """Return a short frame of EN 13757-2."""
    return bytes((0x10, control, address, control + address & 255, 0x16))


def long_frame(control: int, address: int, data: bytes) -> bytes:
    """Return a long frame of EN 13757-2; data starts with the CI field."""
    body = bytes((control, address)) + data
    return bytes((0x68, len(body), len(body), 0x68)) + body + bytes((sum(body) & 255, 0x16))


def cp48(local, summer: bool) -> bytes:
    """Return a datetime as type I, with the flag for summer time."""
    year = local.year - 2000
    leap = local.year % 4 == 0
    return bytes(
        (
            local.second | summer << 6 | leap << 7,
            local.minute,
            local.hour | local.isoweekday() << 5,
            local.day | (year & 7) << 5,
            local.month | year >> 3 << 4,
            local.isocalendar().week,
        )
    )


class Amis(Meter):
    """A TD-3511. `searching` tells its mode; `answers` collects (time of request, delay or None).

    search: seconds between search telegrams, for tests that cannot wait a minute.
    """

    NAME = "netzooe-td3511"
    SETTINGS = "9600 8E1"
    INTERVAL = 1.0
    PROFILE = "netzooe-td351x"

    def __init__(self, key: bytes = _KEY, auth_key: bytes = b"", search: float = _SEARCH, **more):
        super().__init__(key, auth_key, **more)
        self.searching = True
        self.answers = []
        self.access = 0
        self.collection = -1_500  # Wh; the one signed register
        self.searched = 0
        self._search = search
        self._misses = 0
        self._heard = asyncio.Event()
        self._out = asyncio.Event()
        self._deaf = 0
        self._repeat = 0
        self._foreign = bytearray()
        self._expecting = False

    @property
    def foreign(self) -> bytes:
        """What the adapter sent besides acknowledgements that were due."""
        return bytes(self._foreign)

    def lose_acknowledgements(self, count: int):
        """Do not hear the next acknowledgements."""
        self._deaf = count

    def repeat(self, count: int = 1):
        """Send the next telegrams twice, as if their acknowledgement were lost on the way."""
        self._repeat = count

    def restart(self):
        """Lose power for a moment: search again, from access number 0."""
        self.searching = True
        self.access = 0
        self._misses = 0

    def heard(self, data: bytes):
        for octet in data:
            if octet != _ACKNOWLEDGED[0] or not self._expecting:
                self._foreign.append(octet)
            elif self._deaf:
                self._deaf -= 1
                self._expecting = False
            else:
                self._expecting = False
                self._heard.set()

    async def run(self, line):
        loop = asyncio.get_running_loop()
        line.heard = self.heard
        # Whoever plugs in a head does so at any moment between two search telegrams.
        due = loop.time() + min(self._search, _FIRST)
        await asyncio.sleep(due - loop.time())
        while True:
            if self.searching:
                self.searched += 1
                await self._ask(line, short_frame(0x40, _ADDRESS))
                if self._heard.is_set():
                    self.searching = False
                    self.access = 0
                    self._misses = 0
                    due = loop.time()
                else:
                    due = max(due + self._search, loop.time())
            else:
                await self.push(line)
                due += self.interval
            # The registers are those of the full second (2.3.8).
            await asyncio.sleep(max(0, due - loop.time()))

    async def push(self, line):
        loop = asyncio.get_running_loop()
        self.house.advance(self.now())
        telegram = self.telegram()
        started = loop.time()
        self._out.clear()
        answer = asyncio.create_task(self._ask(line, telegram.frames[0]))
        await self._out.wait()
        async with self._arrival:
            self.sent.append(Sent(started, loop.time(), telegram.frames, telegram.expected))
            self._arrival.notify_all()
        await answer
        if self._repeat:
            self._repeat -= 1
            await self._ask(line, telegram.frames[0])
        self.access = self.access + 1 & 255
        if self._heard.is_set():
            self._misses = 0
        else:
            self._misses += 1
            if self._misses >= _MISSES:
                self.restart()

    async def _ask(self, line, frame: bytes):
        """Send a frame and wait for its acknowledgement; `_out` tells when its last bit was out."""
        loop = asyncio.get_running_loop()
        self._heard.clear()
        await line.send([frame])
        self._out.set()
        ended = loop.time()
        self._expecting = True
        delay = None
        try:
            await asyncio.wait_for(self._heard.wait(), _PATIENCE)
            delay = loop.time() - ended
        except asyncio.TimeoutError:
            self._expecting = False
        self.answers.append((ended, delay))

    def telegram(self) -> Telegram:
        time = self.house.time
        local, summer = vienna(time)
        house = self.house
        registers = [
            ("1.8.0", b"\x04\x03", house.energy("1.8")),
            ("2.8.0", b"\x04\x83\x3c", house.energy("2.8")),
            ("3.8.1", b"\x84\x10\xfb\x82\x73", house.energy("3.8")),
            ("4.8.1", b"\x84\x10\xfb\x82\xf3\x3c", house.energy("4.8")),
            ("1.7.0", b"\x04\x2b", house.power("1.7")),
            ("2.7.0", b"\x04\xab\x3c", house.power("2.7")),
            ("3.7.0", b"\x04\xfb\x14", house.power("3.7")),
            ("4.7.0", b"\x04\xfb\x94\x3c", house.power("4.7")),
            ("1.128.0", b"\x04\x83\xff\x04", self.collection),
        ]
        plain = b"\x2f\x2f\x06\x6d" + cp48(local, summer)
        expected = {
            "0-0:1.0.0": {"value": local.replace(tzinfo=None).isoformat(), "time": time},
            "0-0:0.9.1": {"value": local.strftime("%H:%M:%S"), "time": time},
            "0-0:0.9.2": {"value": local.strftime("%Y-%m-%d"), "time": time},
        }
        for code, header, value in registers:
            plain += header + (value & 0xFFFFFFFF).to_bytes(4, "little")
            for channel in ("1-1:", "1-0:"):
                expected[channel + code] = {"value": number(value), "time": time}
        plain += b"\x2f\x2f"
        address = _MAKER + _IDENTITY + _VERSION_AND_MEDIUM
        iv = address + bytes((self.access,)) * 8
        cipher = Cipher(AES(self.key), CBC(iv)).encryptor().update(plain)
        header = b"\x5b" + _IDENTITY + _MAKER + _VERSION_AND_MEDIUM
        header += bytes((self.access, 0, len(plain) // 16 << 4, 5))
        control = 0x53 if self.access & 1 else 0x73
        return Telegram([long_frame(control, _ADDRESS, header + cipher)], expected)
