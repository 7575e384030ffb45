"""The MEP port of a NES meter: RS-232 levels without their negative half, fed by COM ENABLE (I2)."""

import asyncio

from compat import const

# What frees an interface that stopped answering, as found in the field.
_OFF_MS = const(1000)
_ON_MS = const(1000)


class MepLine:
    """What a Poll session needs of a line (drivers.uart.Line) on a MEP port."""

    def __init__(self, line):
        self._line = line
        self._writer = line.writer()

    async def ready(self):
        """Wait until octets have come."""
        await self._line.ready()

    def take(self, buf) -> int:
        """Read into buf what has come, and return how many octets."""
        return self._line.take(buf)

    async def write(self, frame):
        """Send a request in one piece and wait until it is out."""
        await self._writer.write(frame)

    async def restart(self):
        """Take COM ENABLE away for a moment, which frees a stuck interface."""
        self._line.enable(False)
        await asyncio.sleep_ms(_OFF_MS)
        self._line.enable(True)
        await asyncio.sleep_ms(_ON_MS)
