"""Semtech SX1262 as a wireless M-Bus receiver on SPI (data sheet DS.SX1261-2.W.APP; AN1200.53).

The chip keeps the 255 octets behind the sync word until they are read, so a pause of the loop costs
nothing. Longer packets are read while they come in, and the end of reception is moved ahead of them;
only for those must the loop look once within 20 ms.
"""

import asyncio
import time

from machine import SPI, Pin

from compat import const
from mbus.wireless import RAW_LONGEST, length_a, raw_length

_SET_STANDBY = const(0x80)
_SET_RX = const(0x82)
_SET_RF_FREQUENCY = const(0x86)
_CALIBRATE = const(0x89)
_SET_PACKET_TYPE = const(0x8A)
_SET_MODULATION = const(0x8B)
_SET_PACKET = const(0x8C)
_SET_BUFFER_BASE = const(0x8F)
_SET_REGULATOR = const(0x96)
_SET_DIO3_AS_TCXO = const(0x97)
_CALIBRATE_IMAGE = const(0x98)
_SET_DIO2_AS_SWITCH = const(0x9D)
_SET_DIO_IRQ = const(0x08)
_CLEAR_IRQ = const(0x02)
_CLEAR_ERRORS = const(0x07)
_GET_IRQ = const(0x12)
_GET_PACKET_STATUS = const(0x14)
_GET_ERRORS = const(0x17)
_WRITE_REGISTER = const(0x0D)
_READ_REGISTER = const(0x1D)
_READ_BUFFER = const(0x1E)

_REG_PAYLOAD_LENGTH = const(0x06BB)
_REG_SYNC_WORD = const(0x06C0)
_REG_RX_ADDRESS = const(0x0803)
_REG_RX_GAIN = const(0x08AC)

_IRQ_RX_DONE = const(0x0002)
_IRQ_SYNC_VALID = const(0x0008)
_ERROR_CRYSTAL = const(0x0020)
_GFSK = const(0)
_BOOSTED = const(0x96)
_WINDOW = const(255)
# What the chip may still receive between the look at its pointer and the move of its end.
_MARGIN = const(64)
_LOOK_MS = const(2)
_BUSY_MS = const(20)
_CHUNK = const(64)
_QUEUE = const(4)

# mode: (frequency in Hz, chips per second, deviation in Hz, bandwidth code, sync word) of EN 13757-4, 5 and 6.
_MODES = {
    "T": (868950000, 100000, 50000, 0x19, b"\x54\x3d"),
    "S": (868300000, 32768, 50000, 0x0A, b"\x76\x96"),
}
_TCXO_MV = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)


class Sx1262:
    """The radio as a line: `take` gives one received packet at a time (mbus.wireless.Unwrapper).

    port: board.RADIO: spi, sck, mosi, miso, cs, reset, busy, dio1; tcxo_mv where DIO3 feeds a TCXO;
    dio2_switch where DIO2 turns the antenna switch; rx_enable, a pin that is high to receive.
    mode: "T" or "C" (one setting receives both) or "S". `rssi` is that of the last packet in dBm;
    `false_starts` counts sync words in noise, `lost` long packets that were read too late.
    """

    def __init__(self, port: dict, mode: str):
        self.rssi = None
        self.false_starts = 0
        self.lost = 0
        self._port = port
        self._slow = mode == "S"
        self._settings = _MODES["S" if self._slow else "T"]
        self._cs = Pin(port["cs"], Pin.OUT, value=1)
        self._reset = Pin(port["reset"], Pin.OUT, value=1)
        self._busy = Pin(port["busy"], Pin.IN)
        self._dio1 = Pin(port["dio1"], Pin.IN)
        self._rx_enable = Pin(port["rx_enable"], Pin.OUT, value=1) if "rx_enable" in port else None
        self._spi = SPI(
            port["spi"],
            baudrate=8000000,
            sck=Pin(port["sck"]),
            mosi=Pin(port["mosi"]),
            miso=Pin(port["miso"]),
        )
        self._out = bytearray(_CHUNK + 4)
        self._view = memoryview(self._out)
        self._raw = bytearray(RAW_LONGEST + _CHUNK)
        self._view_raw = memoryview(self._raw)
        self._heard = asyncio.ThreadSafeFlag()
        self._arrived = asyncio.Event()
        self._packets = []
        self._task: "asyncio.Task | None" = None

    async def start(self):
        """Set the chip up and receive. Raises OSError where none answers or its crystal is dead."""
        frequency, chips, deviation, bandwidth, sync = self._settings
        self._reset.value(0)
        await asyncio.sleep_ms(2)
        self._reset.value(1)
        await asyncio.sleep_ms(10)
        self._command(_SET_STANDBY, 0)
        if "tcxo_mv" in self._port:
            # Before anything is calibrated: without its clock the chip is deaf or off frequency.
            self._command(_SET_DIO3_AS_TCXO, _TCXO_MV.index(self._port["tcxo_mv"]), 0, 0x01, 0x40)
            self._command(_CLEAR_ERRORS, 0, 0)
        self._command(_CALIBRATE, 0x7F)
        await asyncio.sleep_ms(5)
        self._command(_SET_REGULATOR, 1)
        if self._port.get("dio2_switch"):
            self._command(_SET_DIO2_AS_SWITCH, 1)
        self._command(_CALIBRATE_IMAGE, 0xD7, 0xDB)
        await asyncio.sleep_ms(10)
        self._command(_SET_PACKET_TYPE, _GFSK)
        word = frequency * 16384 // 15625  # 2**25 / 32 MHz
        self._command(_SET_RF_FREQUENCY, word >> 24, word >> 16, word >> 8, word)
        rate = 1024000000 // chips  # 32 * 32 MHz
        word = deviation * 16384 // 15625
        self._command(
            _SET_MODULATION, rate >> 16, rate >> 8, rate, 0, bandwidth, word >> 16, word >> 8, word
        )
        # Preamble 32 bits, detector 8 bits, sync word 16 bits, no address, fixed length, no CRC, no whitening.
        self._command(_SET_PACKET, 0, 32, 4, 16, 0, 0, _WINDOW, 1, 0)
        self._write_register(_REG_SYNC_WORD, sync[0], sync[1])
        self._write_register(_REG_RX_GAIN, _BOOSTED)
        if self._read_register(_REG_SYNC_WORD) != sync[0]:
            raise OSError("no SX1262 answers on the SPI")
        if self._query(_GET_ERRORS, 3) & _ERROR_CRYSTAL:
            raise OSError("the radio's crystal does not start")
        irq = _IRQ_RX_DONE | _IRQ_SYNC_VALID
        self._command(_SET_DIO_IRQ, 0, irq, 0, irq, 0, 0, 0, 0)
        self._dio1.irq(self._on_dio1, Pin.IRQ_RISING)
        self._receive()

    async def ready(self):
        """Wait until a packet has come. Cancelling loses nothing. Raises OSError as start does."""
        if self._task is None:
            # Reception goes on whether or not somebody waits for it.
            self._task = asyncio.create_task(self._run())
        while not self._packets:
            self._arrived.clear()
            await self._arrived.wait()
            if self._task.done():
                await self._task

    def take(self, buf) -> int:
        """Put what followed the next packet's sync word into buf, and return how many octets; 0 without one."""
        if not self._packets:
            return 0
        packet = self._packets.pop(0)
        count = min(len(packet), len(buf))
        buf[:count] = packet[:count]
        return count

    async def _run(self):
        try:
            await self.start()
            while True:
                await self._heard.wait()
                count = await self._packet()
                self._receive()
                if not count:
                    continue
                if len(self._packets) == _QUEUE:
                    self._packets.pop(0)
                    self.lost += 1
                self._packets.append(bytes(self._view_raw[:count]))
                self._arrived.set()
        finally:
            self._arrived.set()

    def close(self):
        """Stop receiving and release the bus."""
        if self._task:
            self._task.cancel()
        self._dio1.irq(None)
        self._command(_SET_STANDBY, 0)
        if self._rx_enable:
            self._rx_enable.value(0)
        self._spi.deinit()

    def _on_dio1(self, _pin):
        self._heard.set()

    async def _packet(self) -> int:
        """Read the packet whose sync word was heard; return its octets, 0 if there was none."""
        got = 0
        needed = 0
        deadline = time.ticks_add(time.ticks_ms(), 250 if self._slow else 80)
        while True:
            done = self._query(_GET_IRQ, 3) & _IRQ_RX_DONE
            pointer = self._read_register(_REG_RX_ADDRESS)
            count = min((pointer - got) & 255, (needed or 3) - got)
            self._read_buffer(got, count)
            got += count
            if got == 3 and not needed:
                self.rssi = -(self._query(_GET_PACKET_STATUS, 4) >> 8 & 255) // 2
                needed = self._needed()
                if needed < 0:
                    self.false_starts += 1
                    return 0
                if needed > _WINDOW and done:
                    self.lost += 1
                    return 0
                continue
            if needed and got >= needed:
                return needed
            if needed:
                self._move_end(needed, got)
            if done and not count:
                # The window ended before its end was moved: the rest was never received.
                self.lost += 1
                return 0
            if time.ticks_diff(deadline, time.ticks_ms()) < 0:
                self.false_starts += not needed
                return 0
            if not done:
                await asyncio.sleep_ms(_LOOK_MS)

    def _needed(self) -> int:
        """Return the octets of the packet by its first three, or -1 if it is none."""
        if not self._slow:
            return raw_length(self._raw, 3)
        from mbus.kernels import manchester

        start = bytearray(1)
        if manchester(self._raw, 0, start, 1) < 1 or start[0] < 10:
            return -1
        return 2 * length_a(start[0])

    def _move_end(self, needed: int, got: int):
        """Let reception end with the packet, or not before 255 octets from here."""
        if needed - got <= _WINDOW - _MARGIN:
            self._write_register(_REG_PAYLOAD_LENGTH, needed)
        else:
            self._write_register(_REG_PAYLOAD_LENGTH, got - 1)

    def _receive(self):
        self._command(_SET_STANDBY, 0)
        self._command(_CLEAR_IRQ, 0xFF, 0xFF)
        self._command(_SET_BUFFER_BASE, 0, 0)
        self._write_register(_REG_PAYLOAD_LENGTH, _WINDOW)
        self._command(_SET_RX, 0, 0, 0)

    def _command(self, opcode: int, *octets):
        out = self._out
        out[0] = opcode
        at = 1
        for octet in octets:
            out[at] = octet & 255
            at += 1
        self._transfer(at)

    def _query(self, opcode: int, count: int) -> int:
        """Return the count octets that follow an opcode as one number, the status octet first."""
        out = self._out
        out[0] = opcode
        for at in range(1, count + 1):
            out[at] = 0
        self._transfer(count + 1)
        value = 0
        for at in range(2, count + 1):
            value = value << 8 | out[at]
        return value

    def _write_register(self, address: int, *octets):
        self._command(_WRITE_REGISTER, address >> 8, address, *octets)

    def _read_register(self, address: int) -> int:
        self._command(_READ_REGISTER, address >> 8, address, 0, 0)
        return self._out[4]

    def _read_buffer(self, start: int, count: int):
        """Append count octets of the chip's ring to the packet, of which start octets are in."""
        while count > 0:
            part = min(count, _CHUNK)
            out = self._out
            out[0] = _READ_BUFFER
            out[1] = start & 255
            self._transfer(part + 3)
            self._view_raw[start : start + part] = self._view[3 : part + 3]
            start += part
            count -= part

    def _transfer(self, count: int):
        since = time.ticks_ms()
        while self._busy.value():
            if time.ticks_diff(time.ticks_ms(), since) > _BUSY_MS:
                raise OSError("the radio stays busy")
        view = self._view[:count]
        self._cs.value(0)
        self._spi.write_readinto(view, view)
        self._cs.value(1)
