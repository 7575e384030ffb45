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
    """The module as a line: `readinto` gives one received frame at a time, L field first, no CRCs.

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
        self._chunk = bytearray(_CHUNK)
        self._view = memoryview(self._chunk)
        self._uart.write(im871a.set_mode(mode))

    async def readinto(self, buf) -> int:
        """Wait for a frame, put it into buf, and return how many octets it has."""
        while True:
            frame = self._stream.take()
            if frame is None:
                count = await self._reader.readinto(self._chunk)
                if count:
                    # A frame and a chunk always fit: the stream's buffer holds a frame and 256 octets.
                    self._stream.feed(self._view[:count])
                continue
            if not im871a.is_telegram(frame):
                continue
            self.rssi = im871a.rssi(frame)
            telegram = im871a.telegram(frame)
            count = min(len(telegram), len(buf))
            buf[:count] = telegram[:count]
            return count

    def close(self):
        """Give the UART back."""
        self._uart.deinit()
