"""From the body of a push to `(code, value, unit)`: which list is it, and what do its values mean.

Three kinds: lists known by position (positional.py), lists that begin with the objects they hold
(object_list.py), and lists with an OBIS code at each value (coded_list.py); each is loaded once a meter
sends what may be its kind. What is none of these raises Dropped("not-recognised") with the list's shape.
"""

import obis
import timestamp
from compat import const
from dlms import axdr
from dlms.axdr import LISTS, OCTETS, STRUCTURE, UINT16, UINT32, UINT64
from dlms.dropped import Dropped

CLOCK = "0-0:1.0.0"
_MAX_EXPONENT = const(12)
_MOST_KEPT = const(64)

# COSEM unit enumeration (IEC 62056-6-2, table 4), as far as meters of energy use it.
_UNITS = {
    7: "s", 8: "°", 9: "°C", 13: "m³", 14: "m³", 19: "l", 25: "J", 27: "W", 28: "VA", 29: "var",
    30: "Wh", 31: "VAh", 32: "varh", 33: "A", 35: "V", 44: "Hz", 56: "%", 255: "",
}  # fmt: skip

# Groups C of IEC 62056-61: phase values add 20, 40, 60.
CURRENT = const(11)
VOLTAGE = const(12)
POWER_FACTOR = const(13)
_UNSIGNED_ONES = {axdr.UINT8: 0xFF, UINT16: 0xFFFF, UINT32: 0xFFFFFFFF, UINT64: (1 << 64) - 1}


class Readings:
    """What a list yields: items as in telegram.Telegram, the clock inside the list, the layout's
    name.

    standard_time: its meters' clocks stay on standard time all year.
    """

    def __init__(self, layout: str):
        self.items = []
        self.time = None
        self.layout = layout
        self.standard_time = False

    def number(self, code: str, node: tuple, exponent: int, unit: str):
        """Add a number; all ones, null and what is no number mean not available."""
        tag, content = node
        value = None
        if tag in (axdr.FLOAT32, axdr.FLOAT64):
            if content is not None:
                value = (content[0], content[1] + exponent)
        elif axdr.is_number(tag) and content != _UNSIGNED_ONES.get(tag):
            value = (content, exponent)
        elif tag in (axdr.BOOLEAN, axdr.ENUM):
            value = (content, 0)
        self.items.append((code, value, unit))

    def text(self, code: str, content):
        """Add octets as text, or in hex where they are no text."""
        self.items.append((code, text(content), ""))

    def clock(self, code: str, moment):
        """Add a date-time; that of the clock 0-0:1.0.0 becomes the telegram's time."""
        self.items.append((code, None if moment is None else timestamp.iso(moment), ""))
        if code == CLOCK and moment is not None:
            self.time = moment

    def moment(self, header) -> "tuple | None":
        """Return the telegram's time: the list's own, else that of the notification's header."""
        moment = self.time or header
        if self.standard_time and moment is not None and moment[6] is None:
            moment = moment[:7] + (False,)
        return moment


def read(body: tuple, maker: str = "") -> Readings:
    """Return the readings of a body. maker: the first three letters of the system title, or "".

    Raises Dropped("not-recognised", shape).
    """
    tag, content = body
    if tag in LISTS:
        found = _read(content, maker)
        if found is not None and found.items:
            return found
    from dlms import axdr_text

    raise Dropped("not-recognised", axdr_text.shape(body))


def _read(nodes: list, maker: str) -> "Readings | None":
    found = None
    if not any(node[0] in LISTS for node in nodes):
        from dlms import positional

        found = positional.read(nodes)
    if found is None and nodes and nodes[0][0] in LISTS:
        from dlms import object_list

        found = object_list.read(nodes)
    if found is None:
        from dlms import coded_list

        found = coded_list.read(nodes, maker)
    return found


def text(content) -> str:
    """Return octets as text where they are printable ASCII or UTF-8 text, else in hex.

    Zeros that fill up the end do not count.
    """
    octets = bytes(content).rstrip(b"\0")
    for octet in octets:
        if octet < 0x20 or octet == 0x7F:
            break
    else:
        try:
            return octets.decode()
        except (UnicodeError, ValueError):
            pass
    return "".join(["%02X" % octet for octet in octets])


_facts = {}
_codes = {}


def code_text(octets) -> str:
    """Return the text of six octets of OBIS code; kept, for the meter's next list has the same."""
    key = bytes(octets)
    code = _codes.get(key)
    if code is None:
        if len(_codes) >= _MOST_KEPT:
            _codes.clear()
        code = _codes[key] = obis.code(key)
    return code


def fact(code: str) -> tuple:
    """Return what a code says by itself; kept, as its text is.

    (unit or "", group C of an instantaneous value without its phase or None, groups C.D.E, whether
    a clock's)
    """
    fact = _facts.get(code)
    if fact is None:
        if len(_facts) >= _MOST_KEPT:
            _facts.clear()
        groups = code[code.find(":") + 1 :]
        quantity = None
        if code[:2] == "1-" and code.find(".7.") >= 0:
            quantity = int(groups[: groups.find(".")])
            quantity = quantity % 20 if 20 < quantity < 80 else quantity
        is_clock = code[:2] == "0-" and groups == "1.0.0"
        fact = _facts[code] = (obis.unit(code) or "", quantity, groups, is_clock)
    return fact


def is_code(node: tuple) -> bool:
    """Tell whether a node can be an OBIS code."""
    tag, content = node
    if tag != OCTETS or len(content) != 6:
        return False
    return content[0] <= 15 and content[1] <= 64 and (content[5] == 255 or content[5] <= 126)


def is_scaler_unit(node: tuple) -> bool:
    """Tell whether a node is a scaler and a unit."""
    tag, content = node
    return (
        tag == STRUCTURE
        and len(content) == 2
        and content[0][0] == axdr.INT8
        and content[1][0] == axdr.ENUM
    )


def is_value(node: tuple) -> bool:
    """Tell whether a node is one value."""
    tag = node[0]
    return tag not in LISTS and tag != axdr.BIT_STRING


def scaled(found: Readings, code: str, value: tuple, scaler_unit: list):
    """Add a number with the scaler and the unit that the list gives."""
    exponent = scaler_unit[0][1]
    if not -_MAX_EXPONENT <= exponent <= _MAX_EXPONENT:
        raise Dropped("malformed", "scaler %d" % exponent)
    unit = _UNITS.get(scaler_unit[1][1])
    if unit is None:
        # A unit nobody here knows: better no value than one in a wrong unit.
        found.items.append((code, None, ""))
        return
    found.number(code, value, exponent, unit)
