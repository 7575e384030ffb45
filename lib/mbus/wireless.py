"""Wireless M-Bus data link (EN 13757-4): frame formats A and B, modes T1, C1 and S1.

A checked frame starts with its L field and carries no CRC any more: L C M M A A A A V T CI data, where L
counts what follows it.
"""

from compat import const
from mbus.kernels import crc, manchester, three_of_six

SHORTEST = const(10)  # L of a frame that ends with the address and a CI field
LONGEST = const(256)  # L and the 255 octets it can count
RAW_LONGEST = const(584)  # format A of L=255 is 290 octets: 435 in T1, 580 in S1; C1 adds 2

_C1_FIRST = const(0x54)
_C1_A = const(0xCD)
_C1_B = const(0x3D)
_BLOCK_1 = const(10)
_BLOCK = const(16)
_B_FIRST = const(126)  # data octets before the first CRC of format B

# C fields with which a meter starts a frame of its own or answers (EN 13757-4, 12.5).
_CONTROLS = (0x44, 0x46, 0x06, 0x08, 0x18, 0x28, 0x38, 0x47, 0x48, 0x04, 0x40, 0x53, 0x73)


def _code_table() -> bytes:
    """Return six chips -> nibble, 255 where no code has these chips (EN 13757-4, 3 out of 6)."""
    codes = b"\x16\x0d\x0e\x0b\x1c\x19\x1a\x13\x2c\x25\x26\x23\x34\x31\x32\x29"
    table = bytearray(b"\xff" * 64)
    for nibble in range(16):
        table[codes[nibble]] = nibble
    return bytes(table)


CODES = _code_table()


def length_a(length: int) -> int:
    """Return the octets of a format A frame, CRCs included, by its L field."""
    return 1 + length + 2 * (1 + (length - 9 + _BLOCK - 1) // _BLOCK)


def raw_length(packet, count: int) -> int:
    """Return how many octets after the sync word a T1 or C1 packet has, by its first count octets.

    0 while more are needed to tell; -1 if this is no packet. A receiver ends reception by it.
    """
    if count < 3:
        return 0
    if packet[0] == _C1_FIRST:
        length = packet[2]
        if length < SHORTEST or packet[1] not in (_C1_A, _C1_B):
            return -1
        return 2 + (length_a(length) if packet[1] == _C1_A else 1 + length)
    start = bytearray(2)
    if three_of_six(packet, 0, start, 2, CODES) < 2 or start[0] < SHORTEST:
        return -1
    return (length_a(start[0]) * 12 + 7) // 8


class Unwrapper:
    """Takes CRCs and line coding off one received packet at a time.

    `form` names how the last packet was framed: `T1/A`, `C1/A`, `C1/B`, `S1/A`, `A`, `B`, or `bare` for a
    frame whose CRCs the radio module has checked and removed. `cause` tells why there was none.
    """

    def __init__(self):
        self.form = ""
        self.cause = ""
        self._plain = bytearray(length_a(255))
        self._frame = bytearray(LONGEST)
        self._view = memoryview(self._frame)

    def unwrap(self, packet, bare: bool = True) -> "memoryview | None":
        """Return the checked frame in a packet, valid until the next call, or None with `cause`.

        packet: what followed the sync word; noise behind the frame is ignored. bare: whether frames
        without CRCs are taken as well, as radio modules deliver them.
        """
        self.form = ""
        self.cause = "noise"
        count = len(packet)
        if count < SHORTEST + 1:
            self.cause = "truncated"
            return None
        if packet[0] == _C1_FIRST and packet[1] == _C1_A:
            return self._format_a(packet, 2, count, "C1/A")
        if packet[0] == _C1_FIRST and packet[1] == _C1_B:
            return self._format_b(packet, 2, count, "C1/B")
        length = packet[0]
        if length >= SHORTEST and count > length:
            if _crc_fits(packet, 0, _BLOCK_1):
                return self._format_a(packet, 0, count, "A")
            if _b_fits(packet, 0, length):
                return self._format_b(packet, 0, count, "B")
        frame = self._coded(packet, count)
        if frame is not None or self.form:
            return frame
        if bare and length >= SHORTEST and packet[1] in _CONTROLS:
            if 0 <= count - length - 1 <= 4:
                self.form = "bare"
                return self._copy(packet, 0, length)
            self.cause = "crc" if count > length else "truncated"
        return None

    def _coded(self, packet, count: int):
        """Try the line codes; `form` stays empty where neither fits the first block."""
        for form, decode, ratio in (("T1/A", self._t1, 3), ("S1/A", self._s1, 4)):
            most = min(count * 2 // ratio, len(self._plain))
            if most < _BLOCK_1 + 2:
                continue
            valid = decode(packet, most)
            if valid >= 2 and self._plain[0] >= SHORTEST and self._plain[1] in _CONTROLS:
                needed = length_a(self._plain[0])
                if valid >= needed:
                    return self._format_a(self._plain, 0, needed, form)
                if valid >= _BLOCK_1 + 2 and _crc_fits(self._plain, 0, _BLOCK_1):
                    self.form = form
                    self.cause = "truncated" if valid == most else "crc"
                    return None
                self.cause = "crc"
        return None

    def _t1(self, packet, most: int) -> int:
        return three_of_six(packet, 0, self._plain, most, CODES)

    def _s1(self, packet, most: int) -> int:
        return manchester(packet, 0, self._plain, most)

    def _format_a(self, data, start: int, end: int, form: str):
        self.form = form
        length = data[start]
        if length < SHORTEST:
            self.cause = "length"
            return None
        if end - start < length_a(length):
            self.cause = "truncated"
            return None
        rest = length + 1
        at = start
        done = 0
        size = _BLOCK_1
        while rest:
            size = min(size, rest)
            if not _crc_fits(data, at, size):
                self.cause = "crc"
                return None
            self._frame[done : done + size] = data[at : at + size]
            done += size
            rest -= size
            at += size + 2
            size = _BLOCK
        self.cause = ""
        return self._view[:done]

    def _format_b(self, data, start: int, end: int, form: str):
        self.form = form
        length = data[start]
        if length < SHORTEST + 2:
            self.cause = "length"
            return None
        if end - start <= length:
            self.cause = "truncated"
            return None
        if not _b_fits(data, start, length):
            self.cause = "crc"
            return None
        rest = length - 1  # octets before the last CRC
        first = min(rest, _B_FIRST)
        self._frame[:first] = data[start : start + first]
        if rest > first:
            self._frame[first : rest - 2] = data[start + first + 2 : start + rest]
            rest -= 2
        self._frame[0] = rest - 1
        self.cause = ""
        return self._view[:rest]

    def _copy(self, data, start: int, length: int):
        self._frame[: length + 1] = data[start : start + length + 1]
        self.cause = ""
        return self._view[: length + 1]


def _crc_fits(data, at: int, count: int) -> bool:
    end = at + count
    return end + 2 <= len(data) and crc(data, at, count) == data[end] << 8 | data[end + 1]


def _b_fits(data, at: int, length: int) -> bool:
    """Tell whether the one or two CRCs of a format B frame hold; a second block starts at L > 127."""
    if length < SHORTEST + 2 or at + length >= len(data):
        return False
    if length <= _B_FIRST + 1:
        return _crc_fits(data, at, length - 1)
    if length < _B_FIRST + 4:
        return False
    second = at + _B_FIRST + 2
    return _crc_fits(data, at, _B_FIRST) and _crc_fits(data, second, at + length - 1 - second)


def add_crcs_a(frame) -> bytes:
    """Return a frame (L first, no CRCs) in format A, as a meter sends it."""
    sent = bytearray()
    at = 0
    size = _BLOCK_1
    while at < len(frame):
        block = bytes(frame[at : at + size])
        value = crc(block, 0, len(block))
        sent += block + bytes((value >> 8, value & 255))
        at += size
        size = _BLOCK
    return bytes(sent)
