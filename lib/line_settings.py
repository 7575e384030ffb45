"""Line settings of an asynchronous serial line, as data."""

from collections import namedtuple

LineSettings = namedtuple("LineSettings", ("baud", "bits", "parity", "stop", "invert"))
# baud: bit/s, bits: 5..8, parity: N|E|O, stop: 1|2, invert: bool.

_PARITIES = "NEO"


def parse(text: str) -> LineSettings:
    """Parse `2400 8E1`, or `115200 8N1 inverted`.

    Raises ValueError on anything else.
    """
    words = text.split()
    if len(words) not in (2, 3) or (len(words) == 3 and words[2] != "inverted"):
        raise ValueError("line settings are written like '2400 8E1', not '%s'" % text)
    frame = words[1].upper()
    if len(frame) != 3 or frame[0] not in "5678" or frame[2] not in "12":
        raise ValueError("frame is written like '8E1', not '%s'" % words[1])
    if frame[1] not in _PARITIES:
        raise ValueError("parity is N, E or O, not '%s'" % frame[1])
    baud = int(words[0])
    if not 50 <= baud <= 4000000:
        raise ValueError("baud out of range: %d" % baud)
    return LineSettings(baud, int(frame[0]), frame[1], int(frame[2]), len(words) == 3)


def text(settings: LineSettings) -> str:
    """Return settings in the form that `parse` reads."""
    plain = "%d %d%s%d" % settings[:4]
    return plain + " inverted" if settings.invert else plain


def character_bits(settings: LineSettings) -> int:
    """Return bit times per character: start, data, parity and stop bits."""
    return 1 + settings.bits + (settings.parity != "N") + settings.stop
