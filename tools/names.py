"""The names in compiled modules (MicroPython's .mpy format, version 6), as one module that makes them all.

See firmware/names.py for why.
"""

import keyword
from pathlib import Path

# Longer texts are objects of their module and no names (MICROPY_ALLOC_PARSE_INTERN_STRING_LEN).
_TEXT_MAX = 10


def in_module(compiled: bytes) -> list:
    """Return the names that a .mpy file brings along, without those that every MicroPython has.

    Raises ValueError for what is no such file.
    """
    if compiled[:2] != b"M\x06":
        raise ValueError("not a .mpy file of version 6")
    position = 4

    def number() -> int:
        nonlocal position
        value = 0
        while True:
            octet = compiled[position]
            position += 1
            value = value << 7 | octet & 0x7F
            if octet < 0x80:
                return value

    count, _ = number(), number()
    found = []
    for _ in range(count):
        length = number()
        if length & 1:
            continue
        found.append(compiled[position : position + length // 2].decode())
        position += length // 2 + 1
    return found


def module(compiled: "list[Path]") -> str:
    """Return the source of a module that makes the names of these .mpy files when it is imported."""
    names = sorted({name for path in compiled for name in in_module(path.read_bytes())})
    lines = ["def names():"]
    for name in names:
        if all(word.isidentifier() and not keyword.iskeyword(word) for word in name.split(".")):
            lines.append("    import %s as names_" % name if "." in name else "    " + name)
        elif len(name) <= _TEXT_MAX:
            lines.append("    _(%r)" % name)
    return "\n".join(lines) + "\n"
