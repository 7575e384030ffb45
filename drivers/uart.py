"""A meter's line on a UART."""

import asyncio

from machine import UART

from compat import const
from drivers.interface import Interface

# The loop may stand still that long (a TLS handshake); until then the receive buffer must hold
# everything, for what overflows it is lost without a trace.
_STALL_S = const(2)
_RXBUF_MIN = const(2048)
_RXBUF_MAX = const(16384)
# One wake-up per octet would cost a fifth of the CPU at 2400 baud; this much later nobody notices.
_GATHER_MS = const(10)
_PARITY = {"N": None, "E": 0, "O": 1}
_NOTHING = bytearray(0)


class Line:
    """Receives from a port of `board.UARTS` with given LineSettings; what transmits is `writer`.

    A port marked `invert` has an inverter in its hardware, so that the UART need not.
    """

    def __init__(self, port: dict, settings):
        self._interface = Interface(port)
        inverted = settings.invert != port["invert"]
        rate = settings.baud // 10 * _STALL_S
        self._uart = UART(
            port["id"],
            tx=port["tx"],
            rx=port["rx"],
            rxbuf=min(max(rate, _RXBUF_MIN), _RXBUF_MAX),
            baudrate=settings.baud,
            bits=settings.bits,
            parity=_PARITY[settings.parity],
            stop=settings.stop,
            invert=UART.INV_RX | UART.INV_TX if inverted else 0,
        )
        self._reader = asyncio.StreamReader(self._uart)
        self._interface.open()

    async def ready(self):
        """Wait until octets have come. Apart from `take`, so that a timeout loses none that just came."""
        while True:
            await self._reader.readinto(_NOTHING)
            await asyncio.sleep_ms(_GATHER_MS)
            if self._uart.any():
                return

    def take(self, buf) -> int:
        """Read into buf what has come, and return how many octets; 0 where there is nothing."""
        return self._uart.readinto(buf) or 0

    def writer(self) -> "Writer":
        """Return what can transmit on this line; for sessions that the meter expects to hear."""
        return Writer(self._uart)

    def enable(self, on: bool):
        """Let the meter speak, or take away what lets it; it may speak once the line is open."""
        if on:
            self._interface.open()
        else:
            self._interface.close()

    def close(self):
        """Ask nothing of the meter any more and give the UART back."""
        self._interface.close()
        self._uart.deinit()


class Writer:
    """Transmits on a line."""

    def __init__(self, uart):
        self._uart = uart

    async def write(self, data: bytes):
        """Send octets and wait until the last bit is out; at most 128 octets never block the loop."""
        self._uart.write(data)
        while not self._uart.txdone():
            await asyncio.sleep_ms(1)
