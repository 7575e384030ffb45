"""The only requests that ever go to a NES meter: reads of a closed list of tables (R1.8, R8.9).

`Requests.read` builds every request and takes no octets from its caller; `check` judges a finished
frame from its octets alone and stands directly before the line. The service codes that write or
call a procedure do not occur in the firmware.
"""

from c1219.digest import LENGTH, Digest
from c1219.packet import LONGEST_PACKET
from compat import const

_READ = const(0x30)
_READ_PART = const(0x3F)

# Standard tables keep their number; manufacturer tables count from 2048 (ANSI C12.19, 5).
BT00 = const(0)  # general configuration
BT01 = const(1)  # manufacturer, model, firmware
BT15 = const(15)  # transformer ratios
BT20 = const(20)  # limits of the dimensions
BT21 = const(21)  # dimensions of the registers
BT22 = const(22)  # sources of BT23
BT23 = const(23)  # energy registers
BT27 = const(27)  # sources of BT28
BT28 = const(28)  # present values
BT52 = const(52)  # clock, UTC
BT55 = const(55)  # clock, local; tariff
ET03 = const(0x803)  # serial number
ET04 = const(0x804)  # version of the table layout
ET55 = const(0x837)  # unit of the energy registers

TABLES = (BT00, BT01, BT15, BT20, BT21, BT22, BT23, BT27, BT28, BT52, BT55, ET03, ET04, ET55)

# The longest packet less length, code, count and digest.
MOST_DATA = LONGEST_PACKET - 2 - 1 - 2 - LENGTH
_FULL_SIZE = const(19)
_PART_SIZE = const(22)
_MOST_OFFSET = const(0xFFFF)


class Refused(ValueError):
    """A frame that must not reach the meter."""


class Requests:
    """Builds read requests in one buffer and signs them with digest."""

    def __init__(self, digest: Digest):
        self._digest = digest
        self._buffer = bytearray(_PART_SIZE)
        self._view = memoryview(self._buffer)

    def read(self, table: int, offset: "int | None", count: int, sequence: int) -> memoryview:
        """Return the request for count octets of a table from offset, or of the whole table (None).

        The view is valid until the next call. Raises Refused on what `check` would refuse.
        """
        if table not in TABLES:
            raise Refused("table %d is not read" % table)
        if not 1 <= count <= MOST_DATA:
            raise Refused("a read asks for 1 to %d octets" % MOST_DATA)
        buffer = self._buffer
        size = _FULL_SIZE if offset is None else _PART_SIZE
        buffer[0] = 0
        buffer[1] = size - 2
        buffer[2] = _READ if offset is None else _READ_PART
        buffer[3] = table >> 8
        buffer[4] = table & 255
        at = 5
        if offset is not None:
            if not 0 <= offset <= _MOST_OFFSET:
                raise Refused("offset out of range")
            buffer[5] = 0
            buffer[6] = offset >> 8
            buffer[7] = offset & 255
            at = 8
        # Without its count the meaning of a request is indeterminate, and no error comes back.
        buffer[at] = count >> 8
        buffer[at + 1] = count & 255
        for i in range(4):
            buffer[at + 2 + i] = sequence >> 24 - 8 * i & 255
        self._digest.reset()
        self._digest.feed(buffer, 2, size - LENGTH)
        buffer[size - LENGTH : size] = self._digest.value()
        return self._view[:size]


def check(frame, digest: Digest) -> None:
    """Raise Refused unless frame, in plain octets, is a read of an allowed table, signed by digest's key.

    digest is left as after the body of the frame, to which the answer's digest is bound.
    """
    size = len(frame)
    if size not in (_FULL_SIZE, _PART_SIZE) or frame[0] or frame[1] != size - 2:
        raise Refused("not the length of a read")
    if frame[2] != (_READ if size == _FULL_SIZE else _READ_PART):
        raise Refused("not a read")
    if frame[3] << 8 | frame[4] not in TABLES:
        raise Refused("not a table that is read")
    at = 5 if size == _FULL_SIZE else 8
    if not 1 <= (frame[at] << 8 | frame[at + 1]) <= MOST_DATA:
        raise Refused("not a count that is read")
    digest.reset()
    digest.feed(frame, 2, size - LENGTH)
    if not digest.matches(frame, size - LENGTH):
        raise Refused("not signed")
