"""The Acknowledge session: listens, and answers an AMIS meter's telegrams with the one octet E5.

Netz Oberösterreich's meters are the master: a search telegram (SND_NKE to address 240) once a minute,
then data (SND_UD) once a second, each to be answered with E5 within 0.5 s; ten that stay unanswered
send the meter back to searching. There is nothing else this session could send (R1.8, R8.9).
"""

from dlms.stream import Stream
from firmware import clock
from firmware.meter.session import Listen
from mbus import wired

_ADAPTER = 0xF0
_ANSWER = b"\xe5"


class Acknowledge(Listen):
    """Listen that acknowledges; `acknowledged` counts the answers, `searches` those to search telegrams.

    The frame that calls for an answer is found here and not in the decoder, so that the answer is on
    its way before decryption begins.
    """

    def __init__(self, line, decoder, on_telegram, make_agreement=None):
        super().__init__(line, decoder, on_telegram, make_agreement)
        self.acknowledged = 0
        self.searches = 0
        self.slowest_ms = 0  # from the read of a telegram's end to its answer being out
        self._writer = line.writer()
        self._frames = Stream((wired.WiredFrame(),), {})

    async def _accept(self, octets):
        since = clock.uptime_ms()
        wanted = 0
        at = 0
        while at < len(octets):
            at += self._frames.feed(octets[at:])
            frame = self._frames.take()
            while frame is not None:
                wanted = self._asks(frame)
                frame = self._frames.take()
        # Only what ended just now waits for an answer; an older one's time is over.
        if wanted:
            await self._writer.write(_ANSWER)
            self.acknowledged += 1
            self.searches += wanted == wired.SND_NKE
            self.slowest_ms = max(self.slowest_ms, clock.uptime_ms() - since)
        self.decoder.feed(octets)

    def _silence(self, whole: bool):
        while self._frames.take(True) is not None:
            pass  # too late for an answer
        super()._silence(whole)

    def _asks(self, frame) -> int:
        """Return the C field of a frame that the adapter has to acknowledge, else 0."""
        if wired.address(frame) != _ADAPTER:
            return 0
        if wired.is_short(frame):
            return wired.SND_NKE if wired.control(frame) == wired.SND_NKE else 0
        return wired.control(frame) if wired.sends_to_us(frame) else 0
