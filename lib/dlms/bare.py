"""APDUs without any framing, as Sagemcom sends them on P1: the declared length is the only end.

Nothing outside protects such a stream, so an APDU is looked for where a line was silent or another
one ended; elsewhere only with all that its header lets one check.
"""

from compat import const
from dlms import notification, security
from dlms.ber import read_length
from dlms.blocks import GENERAL_BLOCK_TRANSFER
from dlms.stream import NOISE, WAIT

_TITLE = const(8)
_LONGEST_HEADER = const(19)

_LLC = const(0xE6)


class BareApdu:
    """Frame format of an APDU alone (see stream.py). Those without length end with silence."""

    kind = "apdu"
    starts = b"\xdb\xdc\xdd\xe0\xe6" + notification.TAGS
    limit = 4160

    def __init__(self):
        self.cause = None
        self._seen = False

    def measure(self, buffer, at: int, end: int, silent: bool, fresh: bool) -> int:
        """Return the length of the APDU at `at`, WAIT or NOISE."""
        kind = buffer[at]
        if not fresh and not (self._seen and kind == security.GENERAL_GLO):
            return NOISE
        if kind in (security.GENERAL_GLO, security.GENERAL_DED):
            return self._ciphered(buffer, at, end, fresh)
        if kind == GENERAL_BLOCK_TRANSFER:
            return _block(buffer, at, end)
        if not silent:
            return WAIT
        return end - at if end - at > _TITLE else NOISE

    def _ciphered(self, buffer, at: int, end: int, fresh: bool) -> int:
        have = end - at
        if have < 2:
            return WAIT
        if buffer[at + 1] != _TITLE:
            return NOISE
        for position in range(at + 2, min(at + 5, end)):
            # A system title begins with the maker's three letters (DLMS UA flag).
            if not 0x41 <= buffer[position] & 0xDF <= 0x5A:
                return NOISE
        if have < _LONGEST_HEADER:
            return WAIT
        try:
            length, text = read_length(buffer, at + 2 + _TITLE)
        except ValueError:
            return NOISE
        total = text - at + length
        if total > self.limit or length < 6 or buffer[text] & 0x0F > 2:
            self.cause = "length"
            return NOISE
        if not fresh and buffer[text] not in b"\x20\x21\x30\x31":
            return NOISE
        if have < total:
            return WAIT
        self._seen = True
        return total


def _block(buffer, at: int, end: int) -> int:
    if end - at < 9:
        return WAIT
    try:
        length, text = read_length(buffer, at + 6)
    except ValueError:
        return NOISE
    total = text - at + length
    if total > BareApdu.limit:
        return NOISE
    return total if end - at >= total else WAIT


def data(frame) -> memoryview:
    """Return the APDU of a frame, without an LLC header that some loggers leave."""
    if frame[0] == _LLC and frame[1] & 0xFE == _LLC and frame[2] == 0:
        return frame[3:]
    return frame
