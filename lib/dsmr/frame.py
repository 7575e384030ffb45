"""Frames of P1 text (IEC 62056-21 mode D as in DSMR 2.2 to 5): from "/" to "!" and its CRC."""

from compat import const
from dlms.stream import NOISE, SKIP, WAIT
from dsmr.crc import checksum

_SLASH = const(0x2F)
_CIPHERED = const(0xDB)
_DIGITS = b"0123456789ABCDEFabcdef"


class P1Text:
    """Frame format of one P1 telegram (see stream.py).

    After a telegram with a good CRC one without is no longer believed. `identification` tells of
    the frame measured last that it is only the first line, before a ciphered APDU.
    """

    kind = "text"
    starts = b"/\r\n"
    limit = 4160

    def __init__(self):
        self.cause = None
        self.identification = False
        self._checked = False

    def measure(self, buffer, at: int, end: int, silent: bool, fresh: bool) -> int:
        """Return the length of the telegram at `at`, WAIT, SKIP or NOISE."""
        if buffer[at] != _SLASH:
            return SKIP
        for position in range(at + 1, min(at + 4, end)):
            if not 0x41 <= buffer[position] & 0xDF <= 0x5A:
                return NOISE
        line = buffer.find(b"\n", at, end)
        if line < 0:
            return WAIT if end - at < 64 else NOISE
        self.identification = False
        # In Poland only the identification is text; a ciphered APDU takes the place of the rest.
        for position in (line + 1, line + 2, line + 3):
            if position < end and buffer[position] == _CIPHERED:
                self.identification = True
                return position - at
        stop = buffer.find(b"\n!", line, end)
        other = buffer.find(b"\n/", line, end)
        if other >= 0 and (stop < 0 or other < stop):
            self.cause = "truncated"
            return NOISE
        if stop < 0:
            return WAIT
        stop += 2
        position = stop
        while position < end and position < stop + 4 and buffer[position] in _DIGITS:
            position += 1
        if position == end and position < stop + 4 and not silent:
            return WAIT
        if position < min(end, stop + 4) and buffer[position] not in b"\r\n":
            self.cause = "crc"
            return NOISE
        if position > stop:
            if checksum(buffer, at, stop) != int(bytes(buffer[stop:position]), 16):
                self.cause = "crc"
                return NOISE
            self._checked = True
        elif self._checked:
            self.cause = "crc"
            return NOISE
        return position - at
