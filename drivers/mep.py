"""The MEP port of a NES meter: RS-232 levels without their negative half, fed by COM ENABLE (I2)."""

import asyncio

import network

from compat import const

# What frees an interface that stopped answering, as found in the field.
_OFF_MS = const(1000)
_ON_MS = const(1000)

# A client may draw 40 mA from 24 V on average and 50 mA at its peak (MEP Client Developer's Guide,
# hardware appendix); behind the converter that is 245 mA and 310 mA. An ESP32 that transmits with
# 20 dBm draws 240 mA beside what its CPU does, with 11 dBm about 180 mA.
_TX_POWER_DBM = const(11)


class MepLine:
    """What a Poll session needs of a line (drivers.uart.Line) on a MEP port."""

    def __init__(self, line):
        self._line = line
        self._writer = line.writer()

    async def readinto(self, buf) -> int:
        """Wait for octets and return how many were read."""
        return await self._line.readinto(buf)

    async def write(self, frame):
        """Send a request in one piece and wait until it is out."""
        await self._writer.write(frame)

    async def restart(self):
        """Take COM ENABLE away for a moment, which frees a stuck interface."""
        self._line.enable(False)
        await asyncio.sleep_ms(_OFF_MS)
        self._line.enable(True)
        await asyncio.sleep_ms(_ON_MS)


def wifi_limits(port: dict, supplied: "bool | None") -> dict:
    """Return what WLAN.config needs so that the adapter stays within the meter's supply (R3.2).

    port: entry of `board.UARTS`, with `fed: True` where the board can take its power from it.
    supplied: what Line.supplied() tells. {} where the power comes from elsewhere.
    """
    if not port.get("fed") or supplied is False:
        return {}
    return {"pm": network.WLAN.PM_POWERSAVE, "txpower": _TX_POWER_DBM}
