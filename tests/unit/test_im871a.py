"""The driver of the iM871A radio module, on a UART that a test feeds."""

import asyncio
import sys

from mbus import im871a
from support import unhex

FRAME = unhex("1e44b3387856341203027a010010 05") + bytes(16)


class FakeUart:
    """Keeps what is written; what it receives comes from `chunks`."""

    def __init__(self, number, baud, **settings):
        self.settings = (baud, settings["bits"], settings["parity"], settings["stop"])
        self.written = b""

    def write(self, data):
        self.written += bytes(data)

    def deinit(self):
        self.written = None


class FakeReader:
    def __init__(self, chunks):
        self.chunks = list(chunks)

    async def readinto(self, buf):
        chunk = self.chunks.pop(0)
        buf[: len(chunk)] = chunk
        return len(chunk)


class FakeMachine:
    UART = FakeUart


def radio(*chunks):
    before = sys.modules.get("machine")
    streams = asyncio.StreamReader
    sys.modules["machine"] = FakeMachine
    asyncio.StreamReader = lambda uart: FakeReader(chunks)
    try:
        sys.modules.pop("drivers.im871a", None)
        from drivers.im871a import Im871a

        return Im871a({"uart": 2, "tx": 17, "rx": 16}, "T")
    finally:
        asyncio.StreamReader = streams
        if before is None:
            del sys.modules["machine"]
        else:
            sys.modules["machine"] = before


def telegram(frame: bytes, rssi: int = 140) -> bytes:
    """Return what the module sends for a frame: with RSSI and CRC."""
    body = bytes((0xC2, 3, len(frame) - 1)) + frame[1:] + bytes((rssi,))
    value = im871a._checksum(memoryview(body))
    return b"\xa5" + body + bytes((value & 255, value >> 8))


def read(unit) -> bytes:
    buf = bytearray(512)
    asyncio.run(unit.ready())
    return bytes(buf[: unit.take(buf)])


def test_the_mode_is_set_at_the_start():
    unit = radio()
    assert unit._uart.settings == (57600, 8, None, 1)
    assert unit._uart.written == im871a.set_mode("T")


def test_frames_come_out_whole_with_their_signal_strength():
    sent = telegram(FRAME)
    answer = im871a.command(1, 4, b"\x00")
    unit = radio(answer + sent[:7], sent[7:] + sent, b"\x00\xa5\x99" + telegram(FRAME, 45))
    assert read(unit) == FRAME
    assert unit.rssi == -53
    assert read(unit) == FRAME
    assert read(unit) == FRAME
    assert unit.rssi == -100


def test_damage_on_the_serial_line_is_counted():
    damaged = bytearray(telegram(FRAME))
    damaged[9] ^= 4
    unit = radio(bytes(damaged) + telegram(FRAME))
    assert read(unit) == FRAME
    assert unit.dropped == {"crc": 1}


def test_closing_gives_the_uart_back():
    unit = radio()
    unit.close()
    assert unit._uart.written is None
