"""Serial framing of the IMST iM871A radio module: WM-Bus HCI, 57600 8N1.

    A5 | control and endpoint | message | length | payload | [time stamp 4] | [RSSI 1] | [CRC-16 2]

A received telegram (endpoint 2, message 3) carries the checked frame without its L field, which is the
length octet.
"""

from kernels import crc16

from compat import const
from dlms.stream import NOISE, WAIT

START = const(0xA5)
_STAMP = const(0x20)
_RSSI = const(0x40)
_CRC = const(0x80)
_MANAGEMENT = const(1)
_RADIO = const(2)
_TELEGRAM = const(3)
_SET_CONFIGURATION = const(3)
_POLYNOMIAL = const(0x8408)  # X.25, reflected
_HEADER = const(4)

# Link modes of the module by the names of EN 13757-4.
MODES = {"S": 0, "S1-m": 1, "T": 3, "C": 7}


class HciFrame:
    """Frame format for dlms.stream.Stream."""

    starts = b"\xa5"
    limit = 4 + 255 + 7

    def __init__(self):
        self.cause = None

    def measure(self, buffer, at: int, end: int, silent: bool, fresh: bool) -> int:
        """Return the length of the frame at `at`, WAIT or NOISE."""
        known = end - at
        if known > 1 and buffer[at + 1] & 15 not in (_MANAGEMENT, _RADIO):
            return NOISE
        if known < _HEADER:
            return WAIT
        total = _total(buffer[at + 1], buffer[at + 3])
        if known < total:
            return WAIT
        if buffer[at + 1] & _CRC:
            last = at + total - 2
            view = memoryview(buffer)[at + 1 : last]
            if _checksum(view) != buffer[last] | buffer[last + 1] << 8:
                self.cause = "crc"
                return NOISE
        return total


def _total(control: int, length: int) -> int:
    extra = (4 if control & _STAMP else 0) + (1 if control & _RSSI else 0)
    return _HEADER + length + extra + (2 if control & _CRC else 0)


def _checksum(view) -> int:
    return crc16(0xFFFF, view, len(view), _POLYNOMIAL) ^ 0xFFFF


def is_telegram(frame) -> bool:
    """Tell whether a valid HCI frame carries a received radio telegram."""
    return frame[1] & 15 == _RADIO and frame[2] == _TELEGRAM and frame[3] >= 10


def telegram(frame) -> memoryview:
    """Return the radio frame, L field first, of a valid HCI frame: the length octet is the L field."""
    return frame[3 : _HEADER + frame[3]]


def rssi(frame) -> "int | None":
    """Return the signal strength in dBm, where the module sends it."""
    control = frame[1]
    if not control & _RSSI:
        return None
    raw = frame[_HEADER + frame[3] + (4 if control & _STAMP else 0)]
    return -100 + (raw - 45) // 2


def command(endpoint: int, message: int, payload: bytes) -> bytes:
    """Return an HCI frame to the module, with CRC."""
    body = bytes((_CRC | endpoint, message, len(payload))) + payload
    value = _checksum(memoryview(body))
    return bytes((START,)) + body + bytes((value & 255, value >> 8))


def set_mode(mode: str) -> bytes:
    """Return the command that sets a link mode of MODES until power is lost, RSSI and CRC included.

    Raises ValueError for a mode the module does not have.
    """
    code = MODES.get(mode)
    if code is None:
        raise ValueError("the module has no mode %s" % mode)
    # Memory 0 (RAM); groups: link mode; RSSI attachment. Automatic sleep stays off.
    return command(_MANAGEMENT, _SET_CONFIGURATION, bytes((0, 0x02, code, 0x10, 1)))
