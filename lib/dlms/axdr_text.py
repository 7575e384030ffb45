"""A-XDR data as text for people: the names of its types, and the structure of a list."""

from compat import const
from dlms.axdr import (
    ARRAY,
    BCD,
    BIT_STRING,
    BOOLEAN,
    DATE,
    DATE_TIME,
    DONT_CARE,
    ENUM,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    LISTS,
    NULL,
    OCTETS,
    STRINGS,
    STRUCTURE,
    TIME,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    UTF8,
    VISIBLE,
)

_MAX_DEPTH = const(8)

NAMES = {
    NULL: "null", ARRAY: "array", STRUCTURE: "structure", BOOLEAN: "bool", BIT_STRING: "bits",
    INT32: "i32", UINT32: "u32", OCTETS: "octets", VISIBLE: "text", UTF8: "utf8", BCD: "bcd",
    INT8: "i8", INT16: "i16", UINT8: "u8", UINT16: "u16", INT64: "i64", UINT64: "u64",
    ENUM: "enum", FLOAT32: "f32", FLOAT64: "f64", DATE_TIME: "date-time", DATE: "date",
    TIME: "time", DONT_CARE: "any",
}  # fmt: skip


def shape(node: tuple, depth: int = 0) -> str:
    """Return a list's structure without its values: `structure(octets:12 u32*8)`."""
    tag, content = node
    name = NAMES.get(tag, str(tag))
    if tag in LISTS:
        if depth == _MAX_DEPTH:
            return name
        parts = []
        count = 0
        last = None
        for child in content:
            text = shape(child, depth + 1)
            if text == last:
                count += 1
                parts[-1] = "%s*%d" % (text, count)
            else:
                parts.append(text)
                count = 1
            last = text
        return "%s(%s)" % (name, " ".join(parts))
    if tag in STRINGS:
        return "%s:%d" % (name, len(content))
    return name
