"""What all virtual meters share: when they send, what each telegram must give, and their clock."""

import asyncio
import time as clock
from collections import deque, namedtuple
from datetime import datetime, timedelta, timezone

import line_settings
from tools.meters.house import House

Telegram = namedtuple("Telegram", ("frames", "expected"))
Sent = namedtuple("Sent", ("started", "ended", "frames", "expected"))


class Number(str):
    """The exact text of a JSON number; never equal to a JSON string of the same digits."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        return isinstance(other, Number) and str.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    def __repr__(self):
        return "Number(%s)" % str.__repr__(self)


def number(mantissa: int, exponent: int = 0) -> Number:
    """Return mantissa * 10**exponent with exactly the digits of the mantissa."""
    if exponent >= 0:
        return Number(mantissa * 10**exponent)
    digits = str(abs(mantissa)).rjust(1 - exponent, "0")
    sign = "-" if mantissa < 0 else ""
    return Number(sign + digits[:exponent] + "." + digits[exponent:])


def vienna(unix: int) -> "tuple[datetime, bool]":
    """Return local time in Austria and whether summer time holds, by the rule of the EU."""

    def last_sunday(year, month):
        day = datetime(year, month, 31, 1, tzinfo=timezone.utc)
        return day - timedelta(days=day.isoweekday() % 7)

    utc = datetime.fromtimestamp(unix, timezone.utc)
    summer = last_sunday(utc.year, 3) <= utc < last_sunday(utc.year, 10)
    return utc.astimezone(timezone(timedelta(hours=2 if summer else 1))), summer


class Meter:
    """A meter on a line. A kind of meter is a subclass with class attributes and `telegram`.

    NAME: what `METER=` calls it. SETTINGS: line settings as text. INTERVAL: seconds between pushes.
    PROFILE: name of the profile that reads it. GAP: seconds between the frames of one telegram.
    """

    NAME = ""
    SETTINGS = ""
    INTERVAL = 5.0
    PROFILE = ""
    GAP = 0.0

    def __init__(self, key: bytes = b"", auth_key: bytes = b"", interval=None, seed=1, time=None):
        """key, auth_key: 16 octets each where the meter has them; time: Unix time of its clock."""
        self.settings = line_settings.parse(self.SETTINGS)
        self.interval = self.INTERVAL if interval is None else interval
        self.key = key
        self.auth_key = auth_key
        self.sent = deque(maxlen=4096)
        self.burst = 0  # that many telegrams follow the next one without a pause
        self._offset = 0 if time is None else time - int(clock.time())
        self.house = House(self.now(), seed)
        self._arrival = asyncio.Condition()

    def now(self) -> int:
        """Return the Unix time that the meter's clock shows."""
        return int(clock.time()) + self._offset

    def telegram(self) -> Telegram:
        """Return the frames of the next telegram and the measurement of FORMAT.md they must give.

        Values are {code: {"value": Number | str, "time": Unix time}}.
        """
        raise NotImplementedError

    def expected(self) -> dict:
        """Return the measurement that the telegram sent last must give; {} before the first."""
        return self.sent[-1].expected if self.sent else {}

    def heard(self, data: bytes):
        """Take octets that arrived from the adapter; a meter that only pushes ignores them."""

    def request(self, active: bool):
        """Take the level of the data request line; a meter without one ignores it."""

    async def run(self, line):
        """Push a telegram every interval, for ever."""
        loop = asyncio.get_running_loop()
        line.heard = self.heard
        due = loop.time()
        while True:
            await self.push(line)
            while self.burst:
                self.burst -= 1
                await self.push(line)
            due = max(due + self.interval, loop.time())
            await asyncio.sleep(due - loop.time())

    async def push(self, line):
        """Send one telegram and remember it."""
        self.house.advance(self.now())
        telegram = self.telegram()
        started = asyncio.get_running_loop().time()
        await line.send(telegram.frames, self.GAP)
        ended = asyncio.get_running_loop().time()
        async with self._arrival:
            self.sent.append(Sent(started, ended, telegram.frames, telegram.expected))
            self._arrival.notify_all()

    async def wait_sent(self, count: int = 1):
        """Wait until so many more telegrams are out on the line."""
        async with self._arrival:
            for _ in range(count):
                await self._arrival.wait()
