"""Lists that begin with the objects they hold: class, OBIS code, attribute, index of each."""

from dlms import axdr, clock, scales
from dlms.axdr import LISTS, NULL, OCTETS, STRINGS, STRUCTURE
from dlms.lists import (
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
)

_METER_NUMBER = b"\0\0\x60\x01"  # 0-0:96.1.x


def read(nodes: list) -> "Readings | None":
    """Read a list whose first element names the objects: class, OBIS code, attribute, index."""
    if not nodes or nodes[0][0] not in LISTS:
        return None
    objects = nodes[0][1]
    for entry in objects:
        if entry[0] != STRUCTURE or len(entry[1]) < 3 or not is_code(entry[1][1]):
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
        if entry[1][2][1] == 3 and is_scaler_unit(value):
            scalers[code_text(entry[1][1][1])] = value[1]
    for entry, value in zip(objects, values):
        kind, attribute = entry[1][0][1], entry[1][2][1]
        code = code_text(entry[1][1][1])
        if attribute != 2 or kind in (7, 40) or not is_value(value):
            continue
        tag, content = value
        if tag == axdr.DATE_TIME or (kind == 8 and tag in (OCTETS, NULL)):
            found.clock(code, None if content is None else clock.date_time(content))
        elif tag in STRINGS:
            found.text(code, content)
        elif code in scalers:
            scaled(found, code, value, scalers[code])
        else:
            exponent = 0
            unit, quantity, _, _ = fact(code)
            if quantity == POWER_FACTOR:
                exponent = -3
            elif quantity in (CURRENT, VOLTAGE):
                if scales is None:
                    return None
                exponent = scales[3 if quantity == VOLTAGE else 4]
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
        if len(rows) == count and is_value(rows[0]):
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
