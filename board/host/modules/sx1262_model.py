"""An SX1262 on the SPI of the PC's board, as far as a receiver of packets needs one.

Commands, registers and the buffer of 256 octets behave as in the data sheet: octets come in at the
rate of the air, the write pointer moves with them, and reception ends when it meets the payload length
register. What is on the air comes from the port that HOST_RADIO names: per packet two octets of
length, one of mode (T or S), one of signal strength in -dBm, and the octets behind the sync word, sent
at the moment when the sync word is complete. The answer is one octet: 1 where the chip was listening.
"""

import asyncio
import os
import socket

import utime
from micropython import const

_OCTET_US = {ord("T"): 80, ord("S"): 244}
_SYNC = {ord("T"): b"\x54\x3d", ord("S"): b"\x76\x96"}
_FREQUENCY = {ord("T"): 868950000, ord("S"): 868300000}
_IRQ_RX_DONE = const(0x0002)
_IRQ_SYNC_VALID = const(0x0008)
_PAYLOAD_LENGTH = const(0x06BB)
_SYNC_WORD = const(0x06C0)
_RX_ADDRESS = const(0x0803)


class Sx1262Model:
    """The chip. `pin` is the one at DIO1; `missed` counts packets while not listening."""

    def __init__(self, port: int):
        self.pin = None
        self.missed = 0
        self._registers = {}
        self._buffer = bytearray(256)
        self._power_on()
        link = socket.socket()
        link.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        self._task = asyncio.create_task(self._listen(asyncio.StreamReader(link), link))

    def _power_on(self):
        self._registers.clear()
        self._mask = 0
        self._irq = 0
        self._base = 0
        self._frequency = 0
        self._bit_us = 0
        self._receiving = False
        self._packet = None
        self._started = 0
        self._filled = 0
        self._rssi = 0

    def reset(self, level: int):
        """Take the level of the reset line."""
        if not level:
            self._power_on()

    def dio1(self) -> int:
        """Return the level of DIO1."""
        self._advance()
        return 1 if self._irq & self._mask else 0

    def transfer(self, out) -> bytes:
        """Return what the chip sends while it takes a command of so many octets."""
        self._advance()
        answer = bytearray(len(out))
        opcode = out[0]
        if opcode == 0x0D:
            for at in range(3, len(out)):
                self._registers[(out[1] << 8 | out[2]) + at - 3] = out[at]
        elif opcode == 0x1D:
            for at in range(4, len(out)):
                answer[at] = self._read((out[1] << 8 | out[2]) + at - 4)
        elif opcode == 0x1E:
            for at in range(3, len(out)):
                answer[at] = self._buffer[out[1] + at - 3 & 255]
        elif opcode == 0x12:
            answer[2], answer[3] = self._irq >> 8, self._irq & 255
        elif opcode == 0x14:
            answer[3] = 2 * self._rssi
        else:
            self._set(opcode, out)
        return answer

    def _set(self, opcode: int, out):
        if opcode == 0x80:
            self._receiving = False
            self._packet = None
        elif opcode == 0x82:
            self._receiving = True
            self._filled = 0
        elif opcode == 0x86:
            word = out[1] << 24 | out[2] << 16 | out[3] << 8 | out[4]
            self._frequency = word * 15625 // 16384
        elif opcode == 0x8B:
            self._bit_us = (out[1] << 16 | out[2] << 8 | out[3]) // 1024
        elif opcode == 0x8C:
            self._registers[_PAYLOAD_LENGTH] = out[7]
        elif opcode == 0x8F:
            self._base = out[2]
        elif opcode == 0x08:
            self._mask = out[3] << 8 | out[4]
        elif opcode == 0x02:
            self._irq &= ~(out[1] << 8 | out[2])

    def _read(self, address: int) -> int:
        if address == _RX_ADDRESS:
            return self._base + self._filled & 255
        return self._registers.get(address, 0)

    def _advance(self):
        """Receive what has come in until now."""
        if self._packet is None or not self._receiving:
            return
        elapsed = utime.ticks_diff(utime.ticks_us(), self._started)
        due = elapsed // _OCTET_US[self._mode]
        packet = self._packet
        while self._filled < due:
            at = self._filled
            # Behind the packet there is noise.
            octet = packet[at] if at < len(packet) else (at * 167 + self._rssi) & 255
            self._buffer[self._base + at & 255] = octet
            self._filled += 1
            if self._base + self._filled & 255 == self._registers.get(_PAYLOAD_LENGTH, 0):
                self._receiving = False
                self._packet = None
                self._raise(_IRQ_RX_DONE)
                return

    def _raise(self, irq: int):
        before = self._irq & self._mask
        self._irq |= irq
        if self._irq & self._mask and not before and self.pin and self.pin._handler:
            self.pin._handler(self.pin)

    async def _listen(self, air, link):
        while True:
            head = await air.readexactly(4)
            packet = await air.readexactly(head[0] << 8 | head[1])
            self._advance()
            link.write(b"\1" if self._hear(head[2], head[3], packet) else b"\0")

    def _hear(self, mode: int, rssi: int, packet) -> bool:
        sync = _SYNC[mode]
        tuned = abs(self._frequency - _FREQUENCY[mode]) < 25000
        matches = self._read(_SYNC_WORD) == sync[0] and self._read(_SYNC_WORD + 1) == sync[1]
        free = self._receiving and self._packet is None
        if not (tuned and matches and free):
            self.missed += 1
            return False
        self._mode = mode
        self._rssi = rssi
        self._packet = packet
        self._started = utime.ticks_us()
        self._filled = 0
        self._raise(_IRQ_SYNC_VALID)
        return True


_chip = None


def chip() -> "Sx1262Model | None":
    """Return the chip that the environment puts on the board, or None."""
    global _chip
    port = os.getenv("HOST_RADIO")
    if _chip is None and port:
        _chip = Sx1262Model(int(port))
    return _chip
