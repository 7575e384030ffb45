"""From the body of a push to `(code, value, unit)`: which list is it, and what do its values mean.

Three kinds: lists known by position (layouts.py), lists that begin with the objects they hold, and
lists with an OBIS code at each value. What is none of these raises Dropped("not-recognised") with
the list's shape.
"""

import obis
import timestamp
from compat import const
from dlms import axdr, clock, scales
from dlms.axdr import LISTS, NULL, OCTETS, STRINGS, STRUCTURE, UINT16, UINT32, UINT64
from dlms.dropped import Dropped

CLOCK = "0-0:1.0.0"
_MAX_EXPONENT = const(12)
_MOST_KEPT = const(64)
_METER_NUMBER = b"\0\0\x60\x01"  # 0-0:96.1.x

# COSEM unit enumeration (IEC 62056-6-2, table 4), as far as meters of energy use it.
_UNITS = {
    7: "s", 8: "°", 9: "°C", 13: "m³", 14: "m³", 19: "l", 25: "J", 27: "W", 28: "VA", 29: "var",
    30: "Wh", 31: "VAh", 32: "varh", 33: "A", 35: "V", 44: "Hz", 56: "%", 255: "",
}  # fmt: skip

# Groups C of IEC 62056-61: phase values add 20, 40, 60.
_CURRENT, _VOLTAGE, _POWER_FACTOR = 11, 12, 13
_LENGTHS = {"t": clock.LENGTH, "o": 6, "c": 4, "d": 5}
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
        found = _positional(content) or _object_list(content) or _coded_list(content, maker)
        if found is not None and found.items:
            return found
    raise Dropped("not-recognised", axdr.shape(body))


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


def _code(octets) -> str:
    """Return the text of six octets of OBIS code; kept, for the meter's next list has the same."""
    key = bytes(octets)
    code = _codes.get(key)
    if code is None:
        if len(_codes) >= _MOST_KEPT:
            _codes.clear()
        code = _codes[key] = obis.code(key)
    return code


def _fact(code: str) -> tuple:
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


def _positional(nodes: list) -> "Readings | None":
    if any(node[0] in LISTS for node in nodes):
        return None  # a nested list: spares loading the table
    from dlms import layouts

    for name, signature, columns, first in layouts.POSITIONAL:
        if len(signature) == len(nodes) and _matches(signature, nodes, first):
            found = Readings(name)
            date = time = None
            for position, column in enumerate(columns.split(" ")):
                tag, content = nodes[position]
                if column == "clock":
                    found.clock(CLOCK, clock.date_time(content))
                elif column == "time":
                    time = content
                elif column == "date":
                    date = content
                elif tag in STRINGS:
                    if column != "-":
                        found.text(column, content)
                else:
                    code, exponent = _column(column)
                    found.number(code, nodes[position], exponent, _fact(code)[0])
            if date is not None:
                found.clock(CLOCK, clock.date_and_time(date, time))
            return found
    return None


def _column(column: str) -> tuple:
    head, _, tail = column.rpartition(":")
    if tail.find(".") >= 0:
        return column, 0
    return head, int(tail)


def _matches(signature: str, nodes: list, first: str) -> bool:
    for letter, node in zip(signature, nodes):
        tag, content = node
        if letter in "tocdx":
            if tag not in STRINGS and tag not in (axdr.DATE_TIME, axdr.DATE, axdr.TIME):
                return False
            length = _LENGTHS.get(letter)
            if length is not None and len(content) != length:
                return False
            if letter == "o" and not _is_code(node):
                return False
            if letter == "t" and clock.date_time(content) is None:
                return False
        elif tag != NULL and tag != (UINT32 if letter == "u" else UINT16):
            return False
    return not first or (nodes[0][0] in STRINGS and text(nodes[0][1]).startswith(first))


def _is_code(node: tuple) -> bool:
    """Tell whether a node can be an OBIS code."""
    tag, content = node
    if tag != OCTETS or len(content) != 6:
        return False
    return content[0] <= 15 and content[1] <= 64 and (content[5] == 255 or content[5] <= 126)


def _is_scaler_unit(node: tuple) -> bool:
    tag, content = node
    return (
        tag == STRUCTURE
        and len(content) == 2
        and content[0][0] == axdr.INT8
        and content[1][0] == axdr.ENUM
    )


def _is_value(node: tuple) -> bool:
    tag = node[0]
    return tag not in LISTS and tag != axdr.BIT_STRING


def _object_list(nodes: list) -> "Readings | None":
    """Read a list whose first element names the objects: class, OBIS code, attribute, index."""
    if not nodes or nodes[0][0] not in LISTS:
        return None
    objects = nodes[0][1]
    for entry in objects:
        if entry[0] != STRUCTURE or len(entry[1]) < 3 or not _is_code(entry[1][1]):
            return None
        if not axdr.is_number(entry[1][0][0]) or not axdr.is_number(entry[1][2][0]):
            return None
    values = _object_values(objects, nodes)
    if values is None:
        return None
    found = Readings("objects")
    scales = _object_scales(objects)
    scalers = {}
    for entry, value in zip(objects, values):
        if entry[1][2][1] == 3 and _is_scaler_unit(value):
            scalers[_code(entry[1][1][1])] = value[1]
    for entry, value in zip(objects, values):
        kind, attribute = entry[1][0][1], entry[1][2][1]
        code = _code(entry[1][1][1])
        if attribute != 2 or kind in (7, 40) or not _is_value(value):
            continue
        tag, content = value
        if tag == axdr.DATE_TIME or (kind == 8 and tag in (OCTETS, NULL)):
            found.clock(code, None if content is None else clock.date_time(content))
        elif tag in STRINGS:
            found.text(code, content)
        elif code in scalers:
            _scaled(found, code, value, scalers[code])
        else:
            exponent = 0
            unit, quantity, _, _ = _fact(code)
            if quantity == _POWER_FACTOR:
                exponent = -3
            elif quantity in (_CURRENT, _VOLTAGE):
                if scales is None:
                    return None
                exponent = scales[3 if quantity == _VOLTAGE else 4]
            found.number(code, value, exponent, unit)
    if scales is not None:
        found.layout = scales[2]
    return found


def _object_values(objects: list, nodes: list) -> "list | None":
    """Return the values in the order of the objects, wherever the list keeps them."""
    count = len(objects)
    first = objects[0][1] if objects else None
    if first is not None and len(nodes) == count and first[0][1] == 40 and first[2][1] == 2:
        return nodes  # the first object is the list itself
    if len(nodes) == count + 1:
        return nodes[1:]
    if len(nodes) == 2 and nodes[1][0] in LISTS:
        rows = nodes[1][1]
        if len(rows) == count and _is_value(rows[0]):
            return rows
        # A profile's buffer: rows of captured objects; only the newest is current.
        if rows and rows[-1][0] in LISTS and len(rows[-1][1]) == count:
            return rows[-1][1]
    return None


def _object_scales(objects: list) -> "tuple | None":
    if not objects or objects[0][1][0][1] != 40:
        return None
    instance = objects[0][1][1][1][1]
    numbered = False
    for entry in objects:
        numbered = numbered or bytes(entry[1][1][1][:4]) == _METER_NUMBER
    for row in scales.OBJECT_LISTS:
        if row[0] == instance and row[1] in (None, numbered):
            return row
    return None


def _coded_list(nodes: list, maker: str) -> "Readings | None":
    """Read a list in which an OBIS code stands before each value, nested or flat."""
    registers = []
    found = Readings("codes")
    name = ""
    at = 0
    count = len(nodes)
    if _are_codes(nodes):
        return _header_list(nodes)
    while at < count:
        tag, content = nodes[at]
        if _is_code(nodes[at]) and at + 1 < count:
            taken = _register(nodes, at)
            if taken is None:
                return None
            registers.append(taken[:3])
            at = taken[3]
        elif tag == STRUCTURE and content and _is_code(content[0]):
            taken = _register(content, 0)
            if taken is None or taken[3] != len(content):
                return None
            registers.append(taken[:3])
            at += 1
        elif tag in LISTS:
            inner = _coded_list(content, maker)
            if inner is None:
                return None
            found.items.extend(inner.items)
            found.time = inner.time or found.time
            at += 1
        elif tag in STRINGS or tag == axdr.DATE_TIME:
            moment = clock.date_time(content) if len(content) == clock.LENGTH else None
            if moment is not None:
                found.clock(CLOCK, moment)
            elif at == 0:
                name = text(content)
            elif at == count - 1:
                found.text("0-0:96.1.0", content)
            else:
                return None
            at += 1
        elif tag == NULL:
            at += 1  # some Kamstrup lists fill up with null
        else:
            return None
    if not registers:
        return found if found.items and not name else None
    return _name_registers(found, registers, name, maker)


def _register(nodes: list, at: int) -> "tuple | None":
    """Return (code, value, scaler-unit nodes or None, position behind) of the register at `at`.

    The scaler-unit may stand before or behind the value.
    """
    code = _code(nodes[at][1])
    at += 1
    scaler_unit = None
    if _is_scaler_unit(nodes[at]) and at + 1 < len(nodes):
        scaler_unit = nodes[at][1]
        at += 1
    value = nodes[at]
    if not _is_value(value):
        return None
    at += 1
    if scaler_unit is None and at < len(nodes) and _is_scaler_unit(nodes[at]):
        scaler_unit = nodes[at][1]
        at += 1
    return code, value, scaler_unit, at


def _scaled(found: Readings, code: str, value: tuple, scaler_unit: list):
    exponent = scaler_unit[0][1]
    if not -_MAX_EXPONENT <= exponent <= _MAX_EXPONENT:
        raise Dropped("malformed", "scaler %d" % exponent)
    unit = _UNITS.get(scaler_unit[1][1])
    if unit is None:
        # A unit nobody here knows: better no value than one in a wrong unit.
        found.items.append((code, None, ""))
        return
    found.number(code, value, exponent, unit)


def _name_registers(found: Readings, registers: list, name: str, maker: str) -> Readings:
    """Turn registers into items; without scaler by the rules for the list's name or maker."""
    for code, value, _ in registers:
        if code == "1-1:0.2.129" and value[0] in STRINGS:
            name = text(value[1])
    rules = None
    for row in scales.NAMED_LISTS:
        if (name and name.startswith(row[0])) or (not name and maker and row[1] == maker):
            rules = row
    tens = False
    if rules is not None:
        found.layout = rules[2]
        found.standard_time = rules[6]
        tens = rules[2] == "kamstrup" and _is_norwegian(registers)
    for code, value, scaler_unit in registers:
        tag, content = value
        if _fact(code)[3] and tag in (OCTETS, axdr.DATE_TIME, NULL):
            moment = None
            if content is not None and len(content) == clock.LENGTH:
                moment = clock.date_time(content)
            found.clock(code, moment)
        elif tag in STRINGS:
            found.text(code, content)
        elif scaler_unit is not None:
            _scaled(found, code, value, scaler_unit)
        else:
            unit, quantity, _, _ = _fact(code)
            exponent = 1 if tens and unit in ("Wh", "varh") else 0
            if quantity in (_CURRENT, _VOLTAGE, _POWER_FACTOR):
                if rules is None:
                    return None
                exponent = rules[{_VOLTAGE: 3, _CURRENT: 4, _POWER_FACTOR: 5}[quantity]]
                if tens and quantity == _CURRENT and _is_transformer(registers):
                    exponent = -3
            found.number(code, value, exponent, unit)
    return found


def _is_norwegian(registers: list) -> bool:
    numbered = False
    for code, _, _ in registers:
        groups = _fact(code)[2]
        if groups not in scales.KAMSTRUP_NORWAY:
            return False
        numbered = numbered or groups == "0.0.5"
    return numbered


def _is_transformer(registers: list) -> bool:
    """Tell whether the type is Kamstrup's 685…, with transformers and currents in mA."""
    for code, value, _ in registers:
        if code.endswith(":96.1.1") and value[0] in STRINGS:
            return text(value[1]).startswith("685")
    return False


def _are_codes(nodes: list) -> bool:
    """Tell whether the first element is a list of OBIS codes and nothing else."""
    if len(nodes) < 2 or nodes[0][0] not in LISTS or not nodes[0][1]:
        return False
    return all(_is_code(node) for node in nodes[0][1])


def _header_list(nodes: list) -> "Readings | None":
    """Read a list with its codes once at the head, then the values in the same order."""
    codes = nodes[0][1]
    values = nodes[1:]
    if len(values) == 1 and values[0][0] in LISTS:
        values = values[0][1]
    if len(values) != len(codes):
        return None
    pairs = []
    for code, value in zip(codes, values):
        if value[0] == STRUCTURE and len(value[1]) == 2 and _is_scaler_unit(value[1][1]):
            pairs.append((_code(code[1]), value[1][0], value[1][1][1]))
        elif _is_value(value):
            pairs.append((_code(code[1]), value, None))
        else:
            return None
    return _name_registers(Readings("codes-first"), pairs, "", "")
