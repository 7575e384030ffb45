"""HDLC frames of format type 3 (IEC 62056-46 6.4.4.1, ISO/IEC 13239 4.9):

    7E | format (2) | destination | source | control | HCS (2) | information | FCS (2) | 7E

The format word holds the type (A), the segmentation bit and the length of all between the flags.
There is no octet stuffing: 7E occurs inside, and only the length tells the end.
"""

from kernels import crc16

from compat import const
from dlms.stream import NOISE, SKIP, WAIT

_FLAG = const(0x7E)
_POLYNOMIAL = const(0x8408)
# CRC-16/X-25 over data and its own complemented checksum always leaves this.
_RESIDUE = const(0xF0B8)
_SEGMENTED = const(0x08)
_MAX_ADDRESS = const(4)
_LLC = const(3)


class HdlcFrame:
    """Frame format of one HDLC frame (see stream.py).

    The closing flag is left in the stream: it may be the opening flag of the next frame.
    """

    kind = "hdlc"
    starts = b"\x7e"
    limit = 2048

    def __init__(self):
        self.cause = None
        self._buffer = None
        self._view = None

    def measure(self, buffer, at: int, end: int, silent: bool, fresh: bool) -> int:
        """Return the length of the frame at `at` without its closing flag, WAIT, SKIP or NOISE."""
        have = end - at
        if have == 1:
            return SKIP if silent else WAIT
        if buffer[at + 1] & 0xF0 != 0xA0:
            return SKIP
        if have < 3:
            return WAIT
        length = (buffer[at + 1] & 7) << 8 | buffer[at + 2]
        if length < 7:
            return NOISE
        header = _header(buffer, at, end)
        if header <= 0:
            return NOISE if header < 0 else WAIT
        if header + 2 > length:
            return NOISE
        if have < header + 3:
            return WAIT
        if self._buffer is not buffer:
            self._buffer = buffer
            self._view = memoryview(buffer)
        if header + 2 < length and not self._sum_fits(at + 1, header + 2):
            self.cause = "hcs"
            return NOISE
        if have < length + 1:
            return WAIT
        if not self._sum_fits(at + 1, length):
            self.cause = "fcs"
            return NOISE
        return length + 1

    def _sum_fits(self, at: int, count: int) -> bool:
        return crc16(0xFFFF, self._view[at : at + count], count, _POLYNOMIAL) == _RESIDUE


def _header(buffer, at: int, end: int) -> int:
    """Return the octets from format to control, 0 while more is needed, -1 if impossible."""
    position = at + 3
    for _ in range(2):
        octets = 0
        while True:
            if position >= end:
                return 0
            octets += 1
            position += 1
            if buffer[position - 1] & 1:
                break
            if octets == _MAX_ADDRESS:
                return -1
    return position - at


def segmented(frame) -> bool:
    """Tell whether more frames of the same APDU follow a valid frame."""
    return bool(frame[1] & _SEGMENTED)


def information(frame) -> memoryview:
    """Return the information field of a valid frame, still with its LLC header if it has one."""
    start = _header(frame, 0, len(frame)) + 3
    return frame[start : len(frame) - 2]


def has_llc(field) -> bool:
    """Tell whether an information field begins with an LLC header (IEC 62056-46 5.3.2)."""
    return len(field) >= _LLC and field[0] == 0xE6 and field[1] & 0xFE == 0xE6 and field[2] == 0


def without_llc(field) -> memoryview:
    """Return an information field without its LLC header."""
    return field[_LLC:] if has_llc(field) else field
