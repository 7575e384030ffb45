"""Wired M-Bus data link (EN 13757-2, 5.4): short, control and long frames, single character E5.

10 C A CS 16        short
68 L L 68 | C A CI data | CS 16        control (no data) and long; L counts C to the last data octet
"""

from compat import const
from dlms.stream import NOISE, SKIP, WAIT

ACKNOWLEDGE = const(0xE5)
SND_NKE = const(0x40)
_SHORT = const(0x10)
_LONG = const(0x68)
_STOP = const(0x16)
_FCB = const(0x20)
_SND_UD = const(0x53)


class WiredFrame:
    """Frame format for dlms.stream.Stream; E5 between frames is the echo of our own acknowledgement."""

    starts = b"\x10\x68\xe5"
    limit = 261

    def __init__(self):
        self.cause = None

    def measure(self, buffer, at: int, end: int, silent: bool, fresh: bool) -> int:
        """Return the length of the frame at `at`, WAIT, SKIP or NOISE."""
        start = buffer[at]
        if start == ACKNOWLEDGE:
            return SKIP
        if start == _SHORT:
            return self._short(buffer, at, end)
        known = end - at
        if known < 4:
            plausible = (known < 2 or buffer[at + 1] >= 3) and (
                known < 3 or buffer[at + 1] == buffer[at + 2]
            )
            return WAIT if plausible else NOISE
        length = buffer[at + 1]
        if length < 3 or buffer[at + 2] != length or buffer[at + 3] != _LONG:
            return NOISE
        if known < length + 6:
            return WAIT
        last = at + length + 4
        total = 0
        for position in range(at + 4, last):
            total += buffer[position]
        if total & 255 != buffer[last]:
            self.cause = "checksum"
            return NOISE
        if buffer[last + 1] != _STOP:
            self.cause = "length"
            return NOISE
        return length + 6

    def _short(self, buffer, at: int, end: int) -> int:
        known = end - at
        # Only SND_NKE, REQ_UD1, REQ_UD2 and REQ_SKE are short frames; anything else is noise at once.
        if known > 1 and buffer[at + 1] & 0xCF not in (0x40, 0x4A, 0x4B, 0x49):
            return NOISE
        if known < 5:
            return WAIT
        if buffer[at + 4] != _STOP or (buffer[at + 1] + buffer[at + 2]) & 255 != buffer[at + 3]:
            self.cause = "checksum"
            return NOISE
        return 5


def is_short(frame) -> bool:
    """Tell whether a valid frame is a short one."""
    return frame[0] == _SHORT


def control(frame) -> int:
    """Return the C field of a valid frame."""
    return frame[1] if is_short(frame) else frame[4]


def address(frame) -> int:
    """Return the A field of a valid frame."""
    return frame[2] if is_short(frame) else frame[5]


def sends_to_us(frame) -> bool:
    """Tell whether a valid frame is a SND_UD, which a meter sends as master (C 53 or 73)."""
    return not is_short(frame) and frame[4] & ~_FCB == _SND_UD


def payload(frame) -> memoryview:
    """Return a valid long frame from its CI field on."""
    return frame[6 : len(frame) - 2]
