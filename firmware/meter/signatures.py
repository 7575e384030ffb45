"""How the beginning of a frame of each family looks, so that only the decoder that is needed is loaded.

A likeness is no proof: it only decides which decoders get to hear the line.
"""

from compat import const

_LONG = const(0x68)
_SHORT = const(0x10)
_STOP = const(0x16)
_FLAG = const(0x7E)
_SML_START = b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01"
_LAST_SEGMENT_CI = const(0x1F)
# Octets of a long frame up to its CI field.
_HEAD = const(7)


def _long_frame_ci(data, at: int) -> int:
    """Return the CI field of an M-Bus long frame that seems to begin at `at`, else -1."""
    if data[at] == _LONG and data[at + 3] == _LONG and data[at + 1] == data[at + 2]:
        return data[at + 6]
    return -1


def dlms(data) -> bool:
    """Tell whether data holds what may be HDLC, DLMS on M-Bus, general-glo-ciphering, or P1 text."""
    for at in range(len(data) - _HEAD + 1):
        first, second = data[at], data[at + 1]
        if first == _FLAG and second & 0xF0 == 0xA0:
            return True
        if first in (0xDB, 0xDC) and second == 8:
            return True
        if first == 0x2F and all(0x41 <= c & 0xDF <= 0x5A for c in data[at + 1 : at + 4]):
            return True
        if 0 <= _long_frame_ci(data, at) <= _LAST_SEGMENT_CI:
            return True
    return False


def sml(data) -> bool:
    """Tell whether data holds the start of a German SML transmission (BSI TR-03109-1, SML 1.04, 8)."""
    return bytes(data).find(_SML_START) >= 0


def oms(data) -> bool:
    """Tell whether data holds what may be an M-Bus long frame without DLMS, or a short frame."""
    for at in range(len(data) - _HEAD + 1):
        if _long_frame_ci(data, at) > _LAST_SEGMENT_CI:
            return True
    for at in range(len(data) - 4):
        summed = (data[at + 1] + data[at + 2]) & 0xFF == data[at + 3]
        if data[at] == _SHORT and data[at + 4] == _STOP and summed:
            return True
    return False
