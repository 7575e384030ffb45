"""DLMS over wired M-Bus: long frames (EN 13757-2 5.4) with the DLMS transport header.

    68 L L 68 | C A CI STSAP DTSAP data | CS 16

L counts C to the last data octet, CS is their sum. CI 00..1F (EN 13757-1): bit 4 marks the last
segment, bits 3..0 number the segments from 0.
"""

from compat import const
from dlms.stream import NOISE, WAIT

_HEADER = const(9)  # 68 L L 68 C A CI STSAP DTSAP
_FINAL = const(0x10)
_SHORTEST = const(5)  # C A CI STSAP DTSAP
_LONG = const(9)  # shorter lengths may be meant modulo 256


class MbusSegment:
    """Frame format of one segment (see stream.py); short frames count as empty ones."""

    kind = "segment"
    starts = b"\x68\x10"
    limit = 271

    def __init__(self):
        self.cause = None
        self._buffer = None
        self._view = None

    def measure(self, buffer, at: int, end: int, silent: bool, fresh: bool) -> int:
        """Return the length of the frame at `at`, WAIT or NOISE."""
        if buffer[at] == 0x10:
            return _short(buffer, at, end)
        if end - at < 4:
            return WAIT if _pair_possible(buffer, at, end) else NOISE
        length = buffer[at + 1]
        if buffer[at + 2] != length or buffer[at + 3] != 0x68:
            return NOISE
        if length >= _SHORTEST:
            found = self._check(buffer, at, end, length)
            if found != NOISE or length >= _LONG:
                return found
            self.cause = None
        # Old Sagemcom T210-D firmware sends 257 octets and writes the length modulo 256.
        return self._check(buffer, at, end, 256 + length)

    def _check(self, buffer, at: int, end: int, length: int) -> int:
        # The transport header tells at once whether this can be DLMS at all.
        if end - at > 6 and buffer[at + 6] > 0x1F:
            return NOISE
        total = length + 6
        if end - at < total:
            return WAIT
        if self._buffer is not buffer:
            self._buffer = buffer
            self._view = memoryview(buffer)
        last = at + total - 2
        if sum(self._view[at + 4 : last]) & 255 != buffer[last] or buffer[last + 1] != 0x16:
            self.cause = "checksum"
            return NOISE
        return total


def _pair_possible(buffer, at: int, end: int) -> bool:
    return end - at < 3 or buffer[at + 1] == buffer[at + 2]


def _short(buffer, at: int, end: int) -> int:
    if end - at < 5:
        return WAIT
    if buffer[at + 4] != 0x16 or (buffer[at + 1] + buffer[at + 2]) & 255 != buffer[at + 3]:
        return NOISE
    return 5


def number(frame) -> int:
    """Return the segment number 0..15 of a valid frame."""
    return frame[6] & 15


def final(frame) -> bool:
    """Tell whether a valid frame is the last segment of its APDU."""
    return bool(frame[6] & _FINAL)


def data(frame) -> memoryview:
    """Return the part of the APDU that a valid frame carries (empty for a short frame)."""
    return frame[_HEADER : len(frame) - 2]
