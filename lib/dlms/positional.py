"""Lists whose values do not say themselves what they are: known by their types and order (layouts.py)."""

from dlms import axdr, clock, layouts
from dlms.axdr import NULL, STRINGS, UINT16, UINT32
from dlms.lists import CLOCK, Readings, fact, is_code, text

_LENGTHS = {"t": clock.LENGTH, "o": 6, "c": 4, "d": 5}


def read(nodes: list) -> "Readings | None":
    """Return the readings of a list without a list in it, or None where no row is like it."""
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
                    found.number(code, nodes[position], exponent, fact(code)[0])
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
            if letter == "o" and not is_code(node):
                return False
            if letter == "t" and clock.date_time(content) is None:
                return False
        elif tag != NULL and tag != (UINT32 if letter == "u" else UINT16):
            return False
    return not first or (nodes[0][0] in STRINGS and text(nodes[0][1]).startswith(first))
