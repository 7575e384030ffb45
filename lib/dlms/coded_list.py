"""Lists in which an OBIS code stands before each value, nested or flat, or all codes at the head."""

from dlms import axdr, clock, scales
from dlms.axdr import LISTS, NULL, OCTETS, STRINGS, STRUCTURE
from dlms.lists import (
    CLOCK,
    CURRENT,
    POWER_FACTOR,
    VOLTAGE,
    Readings,
    code_text,
    fact,
    is_code,
    is_scaler_unit,
    is_value,
    scaled,
    text,
)


def read(nodes: list, maker: str) -> "Readings | None":
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
        if is_code(nodes[at]) and at + 1 < count:
            taken = _register(nodes, at)
            if taken is None:
                return None
            registers.append(taken[:3])
            at = taken[3]
        elif tag == STRUCTURE and content and is_code(content[0]):
            taken = _register(content, 0)
            if taken is None or taken[3] != len(content):
                return None
            registers.append(taken[:3])
            at += 1
        elif tag in LISTS:
            inner = read(content, maker)
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
    code = code_text(nodes[at][1])
    at += 1
    scaler_unit = None
    if is_scaler_unit(nodes[at]) and at + 1 < len(nodes):
        scaler_unit = nodes[at][1]
        at += 1
    value = nodes[at]
    if not is_value(value):
        return None
    at += 1
    if scaler_unit is None and at < len(nodes) and is_scaler_unit(nodes[at]):
        scaler_unit = nodes[at][1]
        at += 1
    return code, value, scaler_unit, at


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
        if fact(code)[3] and tag in (OCTETS, axdr.DATE_TIME, NULL):
            moment = None
            if content is not None and len(content) == clock.LENGTH:
                moment = clock.date_time(content)
            found.clock(code, moment)
        elif tag in STRINGS:
            found.text(code, content)
        elif scaler_unit is not None:
            scaled(found, code, value, scaler_unit)
        else:
            unit, quantity, _, _ = fact(code)
            exponent = 1 if tens and unit in ("Wh", "varh") else 0
            if quantity in (CURRENT, VOLTAGE, POWER_FACTOR):
                if rules is None:
                    return None
                exponent = rules[{VOLTAGE: 3, CURRENT: 4, POWER_FACTOR: 5}[quantity]]
                if tens and quantity == CURRENT and _is_transformer(registers):
                    exponent = -3
            found.number(code, value, exponent, unit)
    return found


def _is_norwegian(registers: list) -> bool:
    numbered = False
    for code, _, _ in registers:
        groups = fact(code)[2]
        if " %s " % groups not in scales.KAMSTRUP_NORWAY:
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
    return all(is_code(node) for node in nodes[0][1])


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
        if value[0] == STRUCTURE and len(value[1]) == 2 and is_scaler_unit(value[1][1]):
            pairs.append((code_text(code[1]), value[1][0], value[1][1][1]))
        elif is_value(value):
            pairs.append((code_text(code[1]), value, None))
        else:
            return None
    return _name_registers(Readings("codes-first"), pairs, "", "")
