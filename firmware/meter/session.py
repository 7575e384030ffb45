"""The Listen session: takes what the line brings, and has nothing to write with (R1.8, R8.9)."""

import asyncio

from compat import const
from firmware import clock

_CHUNK = const(512)
# Longer than any pause inside a telegram (160 ms between M-Bus segments), shorter than a 1 s interval.
_SILENCE_MS = const(450)


class Listen:
    """Feeds a decoder from a line; `on_telegram(telegram, received_ms)` gets what it takes out.

    make_agreement(decoder, take) gives an agree.Agreement for telegrams that wait for a key agreement.
    `heard` counts octets, `bursts` the runs of octets that ended in silence, `whole_bursts` those of
    them that also began after a silence, so that no part of them can be missing.
    """

    def __init__(self, line, decoder, on_telegram, make_agreement=None):
        self.heard = 0
        self.bursts = 0
        self.whole_bursts = 0
        self.decoder = decoder
        self._line = line
        self._on_telegram = on_telegram
        self._make_agreement = make_agreement
        self._agreement = None
        self._buffer = bytearray(_CHUNK)

    def restart(self, decoder):
        """Let another decoder hear what comes from here on."""
        self.decoder = decoder
        self._end_agreement()

    def _end_agreement(self):
        if self._agreement is not None:
            self._agreement.close()
            self._agreement = None

    async def run(self):
        """Read until cancelled."""
        try:
            await self._read()
        finally:
            self._end_agreement()

    async def _read(self):
        view = memoryview(self._buffer)
        quiet = False
        whole = False
        while True:
            try:
                if quiet:
                    await self._line.ready()
                else:
                    await asyncio.wait_for_ms(self._line.ready(), _SILENCE_MS)
            except asyncio.TimeoutError:
                # It may have been the loop that was late (a Wi-Fi scan takes 2 s) and not the meter.
                pass
            count = self._line.take(self._buffer)
            if not count:
                quiet = True
                self._silence(whole)
                whole = True
                continue
            received = clock.uptime_ms()
            quiet = False
            self.heard += count
            await self._accept(view[:count])
            self._take(received)

    async def _accept(self, octets):
        self.decoder.feed(octets)

    def _silence(self, whole: bool):
        self.decoder.idle()
        self._take(clock.uptime_ms())
        if self.heard:
            self.bursts += 1
            self.whole_bursts += whole

    def _take(self, received: int) -> bool:
        """Pass on what is decoded; return whether there was anything."""
        found = False
        while True:
            telegram = self.decoder.take()
            if telegram is None:
                break
            found = True
            self._on_telegram(telegram, received)
        if self._make_agreement and getattr(self.decoder, "wanted", None) is not None:
            if self._agreement is None:
                self._agreement = self._make_agreement(self.decoder, self._take)
            self._agreement.wake(received)
        return found
