"""The content of a P1 telegram: lines `code(value)` or `code(time)(value)` (DSMR 5.0.2 P1, 6)."""

import obis
import timestamp
from compat import const
from dlms.dropped import Dropped
from dsmr.crc import checksum

CLOCK = "0-0:1.0.0"
_MAX_LINES = const(256)
_MOST_KEPT = const(64)
_MOST_DIGITS = const(20)
_CLOSE = const(0x29)

# Groups C and D of a code, as two octets.
_HISTORIES = (b"\x62\x01", b"\x63\x61", b"\x63\x62")  # 98.1, 99.97, 99.98
_OLD_STYLE = b"\x18\x03"  # 24.3
_MBUS_VALUE = b"\x18\x02"  # 24.2
_NUMBER = b"\x60\x01"  # 96.1
_IN_HEX = (_NUMBER, b"\x60\x0d", b"\x2a\x00")  # 96.1, 96.13, 42.0

_UNITS = {
    unit.encode(): unit
    for unit in (
        "Wh", "kWh", "MWh", "varh", "kvarh", "Mvarh", "VAh", "kVAh", "W", "kW", "var", "kvar", "VA",
        "kVA", "V", "kV", "A", "Hz", "m3", "s", "GJ", "MJ",
    )
}  # fmt: skip


class Content:
    """What a P1 telegram yields: items and time as in telegram.Telegram.

    meter: equipment identifier, or ""; checked: its CRC was there and right.
    """

    def __init__(self):
        self.items = []
        self.time = None
        self.meter = ""
        self.checked = False


def parse(data) -> Content:
    """Return the content of a telegram from "/" on, with or without its end.

    Lines that are no data lines are passed over where a CRC proves the rest, and condemn the
    telegram where none does. Raises Dropped("crc" | "malformed").
    """
    octets = bytes(data)
    content = Content()
    stop = octets.find(b"\n!")
    if stop >= 0:
        digits = octets[stop + 2 :].strip()
        if digits:
            _check(octets, stop + 2, digits)
            content.checked = True
        octets = octets[:stop]
    unnamed = []
    old_style = None  # DSMR 2.2 and 3: the value of a gas meter stands on a line of its own
    count = 0
    at = octets.find(b"\n") + 1
    while 0 < at < len(octets):
        end = octets.find(b"\n", at)
        if end < 0:
            end = len(octets)
        count += 1
        if count > _MAX_LINES:
            raise Dropped("malformed", "more than %d lines" % _MAX_LINES)
        try:
            # Octets all the way: slices of text cost MicroPython seven times as much.
            line = octets[at:end].rstrip(b"\r")
            if line and line[0] == 0x28 and old_style is not None:
                code, unit = old_style
                content.items.append((code, _number(_groups(line)[0]), _unit(unit)))
                old_style = None
            elif line:
                old_style = _line(content, line, unnamed)
        except ValueError as error:  # UnicodeError is one
            if not content.checked:
                raise Dropped("malformed", str(error))
        at = end + 1
    _name_units(content, unnamed)
    if not content.items:
        raise Dropped("malformed", "no values")
    return content


def _unit(octets: bytes) -> str:
    """Return a unit as obis.py knows it, whatever its case."""
    unit = _UNITS.get(octets)
    if unit is None:
        unit = octets.decode()
        for known in _UNITS.values():
            if known.lower() == unit.lower():
                return known
    return unit


def _number(octets: bytes) -> tuple:
    """Return (mantissa, exponent) of a decimal number, as quantity.parse does of text."""
    unsigned = octets[1:] if octets[:1] in (b"-", b"+") else octets
    whole, point, fraction = unsigned.partition(b".")
    digits = whole + fraction
    if not digits.isdigit() or len(digits) > _MOST_DIGITS or (point and not fraction):
        raise ValueError("not a decimal number")
    mantissa = int(digits)
    return (-mantissa if octets[:1] == b"-" else mantissa, -len(fraction))


def _check(octets: bytes, stop: int, digits: bytes):
    try:
        expected = int(digits[:4], 16)
    except ValueError:
        raise Dropped("crc", "no CRC behind the end")
    if checksum(octets, 0, stop) != expected:
        raise Dropped("crc", "CRC does not fit")


def _groups(line: bytes) -> list:
    """Return what stands in each pair of brackets."""
    start = line.find(b"(")
    if start < 0 or line[-1] != _CLOSE:
        raise ValueError("no value in brackets")
    inside = line[start + 1 : -1]
    if inside.find(b"(") < 0 and inside.find(b")") < 0:
        return [inside]
    groups = inside.split(b")(")
    for group in groups:
        if group.find(b"(") >= 0 or group.find(b")") >= 0:
            raise ValueError("brackets do not pair")
    return groups


_kept = {}


def _code(octets: bytes) -> tuple:
    """Return (six octets, code as obis.py writes it) of a line's OBIS code; kept, for the next
    telegram has the same.
    """
    code = _kept.get(octets)
    if code is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        six = _six(octets.decode())
        code = _kept[octets] = (six, obis.code(six))
    return code


def _six(text: str) -> bytes:
    medium, dash, rest = text.replace("*", ".").partition("-")
    channel, colon, groups = rest.partition(":")
    fields = groups.split(".")
    if not dash or not colon or not 3 <= len(fields) <= 4:
        raise ValueError("not an OBIS code")
    numbers = [int(medium), int(channel)]
    for field in fields:
        numbers.append(int(field))
    if len(numbers) == 5:
        numbers.append(255)
    return bytes(numbers)


def _line(content: Content, line: bytes, unnamed: list) -> "tuple | None":
    """Add the line's value; return (code, unit) where the value will come on the next line."""
    groups = _groups(line)
    octets, code = _code(line[: line.find(b"(")])
    kind = octets[2:4]
    if kind in _HISTORIES:
        return None  # the adapter carries the current values only
    if kind == _OLD_STYLE and len(groups) >= 6:
        return _code(groups[4])[1], groups[5]
    if code == CLOCK:
        moment = local_time(groups[0].decode())
        content.time = moment
        content.items.append((code, None if moment is None else timestamp.iso(moment), ""))
        return None
    value = groups[-1]
    number, star, unit = value.partition(b"*")
    if star:
        content.items.append((code, _number(number), _unit(unit)))
    elif len(groups) > 1 and kind == _MBUS_VALUE:
        content.items.append((code, None, ""))  # an M-Bus device that was never read
    elif kind[1] in (7, 8) and value and obis.unit(code) is not None:
        unnamed.append((len(content.items), code))
        content.items.append((code, _number(value), ""))
    else:
        text = value.decode()
        if kind in _IN_HEX:
            text = decoded(text)
        if kind == _NUMBER and octets[1] == 0 and not content.meter:
            content.meter = text
        content.items.append((code, text, ""))
    return None


def _name_units(content: Content, unnamed: list):
    """Give numbers without unit their code's, with the prefix that other lines have."""
    prefix = ""
    for _, _, unit in content.items:
        if unit in ("kW", "kWh"):
            prefix = "k"
    for position, code in unnamed:
        unit = obis.unit(code)
        if unit and unit[0] in "Wv":
            unit = prefix + unit
        content.items[position] = (code, content.items[position][1], unit)


def decoded(value: str) -> str:
    """Return the text in hex octets where it is printable ASCII, else the value as it came."""
    try:
        octets = bytes.fromhex(value)
    except ValueError:
        return value
    for octet in octets:
        if not 0x20 <= octet <= 0x7E:
            return value
    return octets.decode()


def local_time(text: str) -> "tuple | None":
    """Return the local time of YYMMDDhhmmss and S (summer) or W (winter), or None."""
    summer = {"S": True, "W": False}.get(text[12:])
    if len(text) not in (12, 13) or (len(text) == 13 and summer is None):
        return None
    fields = []
    for at in range(0, 12, 2):
        pair = text[at : at + 2]
        if not ("0" <= pair[0] <= "9" and "0" <= pair[1] <= "9"):
            return None
        fields.append(int(pair))
    moment = (2000 + fields[0],) + tuple(fields[1:]) + (None, summer)
    return moment if timestamp.valid(moment) else None
