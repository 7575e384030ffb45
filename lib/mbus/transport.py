"""Layers between data link and records: ELL and AFL (EN 13757-4, -7), transport header (EN 13757-7, 7).

Addresses are kept as the eight octets M M A A A A V T of the wireless data link, in wire order.
"""

from compat import const

_CC_CHANGED_BY_REPEATER = const(0x12)
_LONG = (0x72, 0x5B, 0x73, 0x76, 0x53, 0x6B, 0x8B)
_SHORT = (0x7A, 0x5A, 0x7B, 0x6A, 0x8A)
_NONE = (0x78, 0x51, 0x79, 0x69)
_COMPACT = (0x73, 0x7B, 0x79)

_MCL_PRESENT = const(0x2000)
_KEY_INFO_PRESENT = const(0x0200)
_COUNTER_PRESENT = const(0x0800)
_MAC_PRESENT = const(0x0400)
_LENGTH_PRESENT = const(0x1000)
_MORE_FRAGMENTS = const(0x4000)
_LENGTH_IN_MAC = const(0x40)


class Ell:
    """Extended link layer: cc and acc; session is None or the four octets of the session number.

    size counts the octets after CI. Where there is a session, a CRC over all that follows it comes next,
    and both are encrypted.
    """

    def __init__(self, ci: int, data):
        self.size = {0x8C: 2, 0x8D: 6, 0x8E: 10, 0x8F: 14}[ci]
        if len(data) < self.size:
            raise ValueError("extended link layer cut off")
        self.cc = data[0]
        self.acc = data[1]
        self.session = bytes(data[self.size - 4 : self.size]) if ci in (0x8D, 0x8F) else None

    def encryption(self) -> int:
        """Return the encryption method: 0 none, 1 AES-128-CTR (EN 13757-4, 13.2.9)."""
        return self.session[3] >> 5

    def counter(self, address) -> bytearray:
        """Return the first counter block for AES-CTR; address is the data link's."""
        block = bytearray(16)
        block[:8] = address
        block[8] = self.cc & ~_CC_CHANGED_BY_REPEATER & 255
        block[9:13] = self.session
        return block


class Afl:
    """Authentication and fragmentation layer (EN 13757-7, 6)."""

    def __init__(self, data):
        size = data[0] + 1 if len(data) else 0
        if size < 3 or len(data) < size:
            raise ValueError("authentication layer cut off")
        fields = data[1] | data[2] << 8
        self.fragment = fields & 255
        self.more = bool(fields & _MORE_FRAGMENTS)
        self.mcl = None
        self.key_info = None
        self.mcr = None
        self.mac = None
        self.length = None
        at = 3
        if fields & _MCL_PRESENT:
            self.mcl = data[at] if at < size else None
            at += 1
        if fields & _KEY_INFO_PRESENT:
            self.key_info = bytes(data[at : at + 2])
            at += 2
        if fields & _COUNTER_PRESENT:
            self.mcr = bytes(data[at : at + 4])
            at += 4
        end = size - 2 if fields & _LENGTH_PRESENT else size
        if fields & _MAC_PRESENT:
            self.mac = bytes(data[at:end])
            at = end
        if fields & _LENGTH_PRESENT:
            self.length = bytes(data[at : at + 2])
            at += 2
        if at > size:
            raise ValueError("authentication layer cut off")
        self.size = size

    def authenticated_prefix(self) -> bytes:
        """Return MCL, MCR and ML as far as the MAC covers them."""
        prefix = bytes((self.mcl or 0,)) + (self.mcr or b"")
        if self.length is not None and (self.mcl or 0) & _LENGTH_IN_MAC:
            prefix += self.length
        return prefix


class Header:
    """Transport header: CI, the meter's address (None for the data link's), acc, status, mode.

    size counts the octets from CI to the last of the header; blocks the encrypted blocks of 16 octets.
    """

    def __init__(self, data):
        ci = data[0]
        self.ci = ci
        self.compact = ci in _COMPACT
        self.address = None
        self.acc = None
        self.status = 0
        self.mode = 0
        self.blocks = 0
        self.key_id = 0
        self.derivation = 0
        at = 1
        if ci in _LONG:
            if len(data) < 13:
                raise ValueError("long header cut off")
            self.address = bytes(data[5:7]) + bytes(data[1:5]) + bytes(data[7:9])
            at = 9
        elif ci not in _SHORT:
            self.size = 1
            self.known = ci in _NONE
            return
        self.known = True
        if len(data) < at + 4:
            raise ValueError("short header cut off")
        self.acc = data[at]
        self.status = data[at + 1]
        configuration = data[at + 2] | data[at + 3] << 8
        at += 4
        self.mode = configuration >> 8 & 31
        if self.mode in (5, 7):
            self.blocks = configuration >> 4 & 15
        if self.mode in (7, 8, 9, 10, 13):
            if at >= len(data):
                raise ValueError("configuration field extension missing")
            self.key_id = data[at] & 15
            self.derivation = data[at] >> 4 & 3
            at += 1
        self.size = at


def manufacturer(address) -> str:
    """Return the three letters of a manufacturer code (EN 13757-7, 7.5.2)."""
    code = address[0] | address[1] << 8
    return "".join([chr(64 + (code >> shift & 31)) for shift in (10, 5, 0)])


def identification(address) -> str:
    """Return the eight digits of an address, as printed on the meter."""
    return "%02X%02X%02X%02X" % (address[5], address[4], address[3], address[2])
