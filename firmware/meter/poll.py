"""The Poll session: reads a NES meter, and can do nothing else to it (R1.8, R8.9).

What goes on the line is a read that `c1219.request` built, and it is parsed again here before it
leaves. How often is bounded below everything else, so that no error loop can hurry.
"""

import asyncio

from c1219 import exchange
from c1219.plan import Plan
from c1219.plausible import Plausibility
from compat import const
from firmware import clock
from firmware.meter.mep_decoder import MepDecoder

_CHUNK = const(512)
# The meter takes one request every 100 ms (MEP Client Developer's Guide, 2).
_GAP_MS = const(120)
_SPACING_MS = const(250)
# Its maker asks for at most one read a second on average. A start may run ahead by _AHEAD_MS, which is
# then paid back by reading more slowly.
_PERIOD_MS = const(1000)
_PAYING_BACK_MS = const(1250)
_AHEAD_MS = const(20000)

_QUIET_MS = const(30)
_DRAIN_MS = const(500)
# The meter answers within 500 ms; on Gen 3 it shares its UART with the optical port.
_ANSWER_MS = const(1000)
# Longer than the 25 ms that the meter pauses every 117 octets.
_BETWEEN_OCTETS_MS = const(120)
_WHOLE_ANSWER_MS = const(2000)

_TRIES = const(3)
_RETRY_MS = const(200)
_REFUSED_RETRY_MS = const(2000)
_PAUSES_MS = (5000, 30000, 60000)
_LONG_PAUSE_MS = const(60000)


class Budget:
    """Says how long to wait before the next request."""

    def __init__(self):
        # When the requests so far would have been sent at one a second.
        self._paid = None
        self._sent = None
        self._ended = None

    def wait_ms(self, now: int, urgent: bool) -> int:
        """Return the milliseconds to wait; an urgent request may run ahead of the average."""
        if self._sent is None:
            return 0
        spacing = _SPACING_MS
        if not urgent:
            ahead = self._paid > self._sent + _PERIOD_MS
            spacing = _PAYING_BACK_MS if ahead else _PERIOD_MS
        earliest = max(self._sent + spacing, self._ended + _GAP_MS, self._paid - _AHEAD_MS)
        return max(0, earliest - now)

    def sent(self, now: int) -> None:
        """Note that a request goes out."""
        self._paid = max(now, self._paid or 0) + _PERIOD_MS
        self._sent = self._ended = now

    def ended(self, now: int) -> None:
        """Note that its answer is in, or given up."""
        self._ended = now


class Poll:
    """Polls over a line and hands on what each answer carries.

    line: drivers.mep.MepLine. keys: keys.Keys, the MEP key in `unicast`. `on_telegram(telegram,
    received_ms)` gets every Telegram. interval: seconds between readings of the same, 0 for the powers as often
    as the meter may be asked. encrypted: hide requests and answers by RC4.
    `cause` is what stands in the way, one of diagnosis.STATES; `heard` counts octets.
    """

    # Listen counts bursts to find out whether the line settings are right; here they are given.
    bursts = 0
    whole_bursts = 0

    def __init__(self, line, keys, on_telegram, interval: int = 0, encrypted: bool = False):
        self.heard = 0
        self.requests = 0
        self.cause = "line:no-signal"
        self.decoder = MepDecoder(keys, encrypted=encrypted)
        self._plan = Plan(self.decoder.meter, 1000 * interval)
        self._line = line
        self._on_telegram = on_telegram
        self._buffer = bytearray(_CHUNK)
        self._view = memoryview(self._buffer)
        self._budget = Budget()
        self._plausibility = None
        # What came before the first values.
        self._early = None

    async def run(self):
        """Poll until cancelled; without a key, do nothing until then."""
        if not self.decoder.ready:
            self.cause = "key:missing"
        while not self.decoder.ready:
            await asyncio.sleep_ms(_LONG_PAUSE_MS)
        # A session before this one may have asked just now.
        await asyncio.sleep_ms(_SPACING_MS)
        silences = 0
        while True:
            now = clock.uptime_ms()
            read = self._plan.next(now)
            if read is None:
                idle = self._plan.idle_ms(now)
                if idle is None:
                    self.cause = "list:not-recognised"
                    idle = _LONG_PAUSE_MS
                await asyncio.sleep_ms(idle)
                continue
            if await self._ask_repeatedly(read):
                silences = 0
                continue
            await asyncio.sleep_ms(_PAUSES_MS[min(silences, len(_PAUSES_MS) - 1)])
            silences += 1
            await self._line.restart()

    async def _ask_repeatedly(self, read: tuple) -> bool:
        """Ask until there is an answer of some kind; return whether there was one."""
        decoder = self.decoder
        heard = self.heard
        urgent = self._plan.starting()
        # Once the key is known to be wrong, one request a minute is enough to notice a change.
        refusals = _TRIES if self.cause == "key:wrong" else 0
        misnumbered = 0
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep_ms(_RETRY_MS)
            await self._ask(read, urgent)
            # A number out of turn is routine: the meter has told the right one.
            while decoder.outcome == exchange.WRONG_SEQUENCE and misnumbered < 2:
                if decoder.understood:
                    self._plan.check_layout()
                misnumbered += 1
                await self._ask(read, True)
            while decoder.outcome == exchange.NOT_AUTHENTICATED and refusals < _TRIES:
                refusals += 1
                await asyncio.sleep_ms(_REFUSED_RETRY_MS)
                await self._ask(read, True)
            if decoder.outcome is not None:
                return await self._settle(read, decoder.outcome)
            urgent = True
        self.cause = "frame:damaged" if self.heard > heard else "line:no-signal"
        return False

    async def _settle(self, read: tuple, outcome: int) -> bool:
        """Draw the consequence of an answer; return whether to go on without a pause."""
        decoder = self.decoder
        now = clock.uptime_ms()
        if outcome == exchange.OK:
            if decoder.understood:
                self._plan.answered(read, now)
            else:
                self._plan.refuse(read, now)
            return True
        if outcome == exchange.NOT_AUTHENTICATED:
            # Some meters answer so to a read that is too long.
            if decoder.proven and self._plan.shrink(read):
                return True
            self.cause = "key:wrong"
            await asyncio.sleep_ms(_LONG_PAUSE_MS)
            return True
        if outcome == exchange.WRONG_SEQUENCE:
            return self._plan.shrink(read)
        if outcome == exchange.NO_SESSION:
            self.cause = "security:unsupported"
            await asyncio.sleep_ms(_LONG_PAUSE_MS)
            return True
        if not (outcome == exchange.NO_SUCH_PART and self._plan.shrink(read)):
            self._plan.refuse(read, now)
        return True

    async def _ask(self, read: tuple, urgent: bool):
        """Send one request in its turn and take in what comes until its answer or silence."""
        while True:
            wait = self._budget.wait_ms(clock.uptime_ms(), urgent)
            if wait > _QUIET_MS:
                await asyncio.sleep_ms(wait - _QUIET_MS)
            await self._drain()
            if not self._budget.wait_ms(clock.uptime_ms(), urgent):
                break
        await self._send(self.decoder.request(read))
        started = clock.uptime_ms()
        while self.decoder.outcome is None:
            waited = clock.uptime_ms() - started
            # Alerts are no answer and do not prolong its time.
            limit = _ANSWER_MS - waited
            if self.decoder.partial:
                limit = min(_BETWEEN_OCTETS_MS, _WHOLE_ANSWER_MS - waited)
            if limit <= 0 or not await self._receive(limit):
                break
            received = clock.uptime_ms()
            telegram = self.decoder.take()
            if telegram:
                self._hand_on(telegram, received)
        self.decoder.idle()
        self._budget.ended(clock.uptime_ms())

    async def _send(self, frame):
        """The only place from which octets go to the meter."""
        self.decoder.check(frame)
        self._budget.sent(clock.uptime_ms())
        self.requests += 1
        await self._line.write(frame)

    async def _drain(self):
        """Let a late answer pass before the next request."""
        until = clock.uptime_ms() + _DRAIN_MS
        while clock.uptime_ms() < until and await self._receive(_QUIET_MS):
            self.decoder.skip()
        self.decoder.idle()

    async def _receive(self, milliseconds: int) -> bool:
        """Feed what the line brings next; return False where it stays silent."""
        try:
            await asyncio.wait_for_ms(self._line.ready(), milliseconds)
        except asyncio.TimeoutError:
            pass  # of the loop, perhaps, and not of the meter
        count = self._line.take(self._buffer)
        if not count:
            return False
        self.heard += count
        self.decoder.feed(self._view[:count])
        return True

    def _hand_on(self, telegram, received: int):
        """Publish what can be; see c1219.plausible."""
        meter = self.decoder.meter
        if not (meter.present or meter.totals):
            # A name or a clock alone is no reading.
            if self._plan.starting():
                self._early = telegram, received
            else:
                self.cause = "list:not-recognised"
            return
        transformers = meter.transformers or (1, 1)
        if self._plausibility is None or self._plausibility.transformers != transformers:
            self._plausibility = Plausibility(transformers)
        sent = len(telegram.items)
        telegram.items = self._plausibility.sift(telegram.items, received)
        withheld = sent - len(telegram.items)
        if withheld:
            dropped = self.decoder.dropped
            dropped["implausible"] = dropped.get("implausible", 0) + withheld
        self.cause = ""
        if self._early:
            self._on_telegram(*self._early)
            self._early = None
        self._on_telegram(telegram, received)
