"""Agrees on keys with the meter while everything else goes on, for telegrams that wait for one."""

import asyncio

from compat import const
from dlms.dropped import Dropped
from firmware import clock, steps
from firmware.config import public_key
from firmware.unload import unload

_LONGEST_PAUSE_MS = const(60000)
_MOST_DOUBLINGS = const(6)
# What is needed for the arithmetic only; a meter that keeps its key lets it go for good.
_ARITHMETIC = ("firmware.config.key_exchange", "crypto.ecdsa", "crypto.p256")


class Agreement:
    """Runs what a decoder wants, one after the other; take(received_ms) delivers what came of it.

    The pause after an agreement is as long as the agreement was, and doubles with each that led to no
    telegram: who can write on the line must not keep the adapter busy. app: for config and keystore.
    """

    def __init__(self, app, decoder, take):
        self._app = app
        self._decoder = decoder
        self._take = take
        self._received = 0
        self._held = 0
        self._failures = 0
        self._woken = asyncio.Event()
        self._task = None

    def wake(self, received: int):
        """Note that the decoder wants something, since octets that were received at a time."""
        if self._decoder.held != self._held:
            self._held = self._decoder.held
            self._received = received
        self._woken.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def close(self):
        """Stop."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self):
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._decoder.wanted is not None:
                begun = clock.uptime_ms()
                await self._agree(self._decoder.wanted)
                self._failures = 0 if self._take(self._received) else self._failures + 1
                took = clock.uptime_ms() - begun
                pause = took << min(self._failures, _MOST_DOUBLINGS)
                await asyncio.sleep_ms(min(pause, _LONGEST_PAUSE_MS))

    async def _agree(self, request):
        proven = False
        try:
            secret, proven = await self._secret(request)
        except Dropped as loss:
            secret = loss
        for name in _ARITHMETIC:
            unload(name)
        self._decoder.agreed(request, secret, proven)

    async def _secret(self, request) -> tuple:
        from firmware.config import key_exchange

        private, _ = await key_exchange.own_pair(self._app.keystore)
        return await steps.run(
            request.steps(
                private, self._point("meter.agreement_key"), self._point("meter.signing_key")
            )
        )

    def _point(self, key: str) -> bytes:
        text = self._app.config[key]
        return public_key.parse(text) if text else b""
