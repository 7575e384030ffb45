"""Writing DER (ITU-T X.690). Nothing here reads it: the device never parses foreign ASN.1."""


def element(tag: int, content: bytes) -> bytes:
    """One tag-length-value element; `tag` is the identifier octet."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = b""
    while length:
        octets = bytes((length & 0xFF,)) + octets
        length >>= 8
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*parts) -> bytes:
    """SEQUENCE of encoded parts."""
    return element(0x30, b"".join(parts))


def one_of_set(part: bytes) -> bytes:
    """SET with a single encoded element."""
    return element(0x31, part)


def explicit(number: int, content: bytes) -> bytes:
    """An explicit context tag around encoded content."""
    return element(0xA0 | number, content)


def true() -> bytes:
    """BOOLEAN TRUE; DER omits FALSE defaults."""
    return b"\x01\x01\xff"


def integer(value: int) -> bytes:
    """INTEGER, not negative, in the fewest octets."""
    octets = b""
    while value:
        octets = bytes((value & 0xFF,)) + octets
        value >>= 8
    if not octets or octets[0] & 0x80:
        octets = b"\x00" + octets
    return element(0x02, octets)


def bit_string(content: bytes, unused: int = 0) -> bytes:
    """BIT STRING with `unused` bits at its end."""
    return element(0x03, bytes((unused,)) + content)


def octet_string(content: bytes) -> bytes:
    """OCTET STRING."""
    return element(0x04, content)


def utf8(text: str) -> bytes:
    """UTF8String."""
    return element(0x0C, text.encode())


def identifier(dotted: str) -> bytes:
    """OBJECT IDENTIFIER from its dotted text."""
    arcs = [int(arc) for arc in dotted.split(".")]
    content = b""
    for arc in [40 * arcs[0] + arcs[1]] + arcs[2:]:
        octets = bytes((arc & 0x7F,))
        while arc > 0x7F:
            arc >>= 7
            octets = bytes((0x80 | arc & 0x7F,)) + octets
        content += octets
    return element(0x06, content)


def time(moment: tuple) -> bytes:
    """A UTC time `(year, month, day, hour, minute, second)` as X.509 wants it.

    UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, clause 4.1.2.5).
    """
    year = moment[0]
    rest = "%02d%02d%02d%02d%02dZ" % tuple(moment[1:6])
    if year < 2050:
        return element(0x17, ("%02d" % (year % 100) + rest).encode())
    return element(0x18, ("%04d" % year + rest).encode())
