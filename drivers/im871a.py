"""IMST iM871A radio module on a UART, as a wireless M-Bus receiver."""

import asyncio

from machine import UART

from compat import const
from dlms.stream import Stream
from mbus import im871a

_BAUD = const(57600)
_RXBUF = const(4096)
_CHUNK = const(256)


class Im871a:
    """The module as a line: `take` gives one received frame at a time, L field first, no CRCs.

    port: board.RADIO: uart, tx, rx. mode: "T", "C" or "S". `rssi` is that of the last frame in dBm;
    `dropped` counts damage on the serial line by cause.
    """

    def __init__(self, port: dict, mode: str):
        self.rssi = None
        self.dropped = {}
        self._uart = UART(
            port["uart"],
            _BAUD,
            bits=8,
            parity=None,
            stop=1,
            tx=port["tx"],
            rx=port["rx"],
            rxbuf=_RXBUF,
        )
        self._reader = asyncio.StreamReader(self._uart)
        self._stream = Stream((im871a.HciFrame(),), self.dropped)
        self._frame = None
        self._chunk = bytearray(_CHUNK)
        self._view = memoryview(self._chunk)
        self._uart.write(im871a.set_mode(mode))

    async def ready(self):
        """Wait until a frame has come. Cancelling loses nothing."""
        while not self._look():
            count = await self._reader.readinto(self._chunk)
            if count:
                # A frame and a chunk always fit: the stream's buffer holds a frame and 256 octets.
                self._stream.feed(self._view[:count])

    def _look(self) -> bool:
        """Tell whether there is a frame; the stream keeps it until it is asked for the next."""
        while self._frame is None:
            frame = self._stream.take()
            if frame is None:
                return False
            if im871a.is_telegram(frame):
                self._frame = frame
        return True

    def take(self, buf) -> int:
        """Put the next frame into buf and return how many octets it has; 0 without one."""
        if not self._look():
            return 0
        frame, self._frame = self._frame, None
        self.rssi = im871a.rssi(frame)
        telegram = im871a.telegram(frame)
        count = min(len(telegram), len(buf))
        buf[:count] = telegram[:count]
        return count

    def close(self):
        """Give the UART back."""
        self._uart.deinit()
