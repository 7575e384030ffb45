"""Key agreements beside everything else: one at a time, with pauses that grow while nothing comes of it."""

import asyncio

from crypto import p256
from crypto.steps import finish
from dlms.dropped import Dropped
from firmware.meter import agree

_STEP_MS = 10
_STEPS = 50
_PRIVATE = b"\x11" * 32
_PUBLIC = finish(p256.public_steps(_PRIVATE))
_AGREE_MS = _STEPS * _STEP_MS


class _Over(Exception):
    pass


class _Time:
    """Stands for asyncio and the clock of the module: time passes in steps and pauses only."""

    def __init__(self, pauses: int):
        self.Event = asyncio.Event
        self.create_task = asyncio.create_task
        self.now = 0
        self.pauses = []
        self.over = asyncio.Event()
        self._most = pauses

    def uptime_ms(self):
        return self.now

    async def sleep_ms(self, milliseconds):
        self.pauses.append(milliseconds)
        self.now += milliseconds
        if len(self.pauses) == self._most:
            self.over.set()
        await asyncio.sleep(0)


class _Request:
    def __init__(self, time, given):
        self.given = None
        self._time = time
        self._result = given

    def steps(self, *keys):
        self.given = keys
        for _ in range(_STEPS):
            self._time.now += _STEP_MS
            yield
        if isinstance(self._result, Dropped):
            raise self._result
        return self._result, True


class _Decoder:
    """Wants agreements without end; results: of each of them, the last one again and again."""

    def __init__(self, time, results):
        self.held = 1
        self.got = []
        self.requests = []
        self._time = time
        self._results = results
        self._next()

    def _next(self):
        self.wanted = _Request(
            self._time, self._results[min(len(self.got), len(self._results) - 1)]
        )
        self.requests.append(self.wanted)

    def agreed(self, request, secret, proven):
        assert request is self.wanted
        self.got.append((secret, proven))
        self.held += 1
        self._next()


class _Keystore:
    def unseal(self, name):
        return _PRIVATE + _PUBLIC


class _App:
    keystore = _Keystore()
    config = {"meter.agreement_key": "", "meter.signing_key": _PUBLIC.hex()}


def _run(results, opens, pauses):
    """Run until so many pauses were made; return (pauses, decoder, times given to take)."""
    taken = []

    async def run():
        time = _Time(pauses)
        asyncio_before, clock_before = agree.asyncio, agree.clock
        agree.asyncio = agree.clock = time
        try:
            decoder = _Decoder(time, results)

            def take(received):
                taken.append(received)
                return opens(len(taken))

            agreement = agree.Agreement(_App, decoder, take)
            agreement.wake(4711)
            await time.over.wait()
            agreement.close()
        finally:
            agree.asyncio, agree.clock = asyncio_before, clock_before
        return time.pauses[:pauses], decoder

    return asyncio.run(run()) + (taken,)


def test_at_most_half_of_the_time_goes_into_it():
    pauses, decoder, taken = _run([b"secret"], lambda count: True, 4)
    assert pauses == [_AGREE_MS] * 4
    assert decoder.got[:4] == [(b"secret", True)] * 4
    assert taken[:1] == [4711]
    assert decoder.requests[0].given == (_PRIVATE, b"", _PUBLIC)


def test_who_sends_what_opens_nothing_gets_ever_less_of_it():
    loss = Dropped("key-wrong")
    pauses, decoder, _ = _run([loss], lambda count: False, 9)
    assert pauses == [min(_AGREE_MS << min(n, 6), 60000) for n in range(1, 10)]
    assert decoder.got[0] == (loss, False)
    pauses, _, _ = _run([b"secret"], lambda count: False, 3)
    assert pauses == [_AGREE_MS * 2, _AGREE_MS * 4, _AGREE_MS * 8]


def test_a_telegram_makes_good_again():
    pauses, _, _ = _run([b"secret"], lambda count: count == 3, 4)
    assert pauses == [_AGREE_MS * 2, _AGREE_MS * 4, _AGREE_MS, _AGREE_MS * 2]
