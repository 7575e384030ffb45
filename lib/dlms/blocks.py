"""General block transfer (IEC 62056-5-3, General-Block-Transfer APDU):

    E0 | control | block number (2) | acknowledged number (2) | length | block

Bit 7 of control marks the last block, bit 6 streaming; blocks are numbered from 1.
"""

from compat import const
from dlms.ber import read_length

GENERAL_BLOCK_TRANSFER = const(0xE0)
_LAST = const(0x80)


def parse(apdu) -> tuple:
    """Return (number, last, block) of a block; raises ValueError if its length is wrong."""
    if len(apdu) < 7:
        raise ValueError("block shorter than its header")
    length, start = read_length(apdu, 6)
    if start + length != len(apdu):
        raise ValueError("block of %d octets, %d announced" % (len(apdu) - start, length))
    return apdu[2] << 8 | apdu[3], bool(apdu[1] & _LAST), apdu[start:]
