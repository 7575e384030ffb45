"""OBIS codes: their text form, the output data set F of REQUIREMENTS.md in its order, and its units.

A code is text `A-B:C.D.E`, with `.F` only where F is not 255 (IEC 62056-61, FORMAT.md).
Names in German and English are in obis_names.py, which few need in RAM.
"""

_PREFIX = {"": 0, "k": 3, "M": 6, "G": 9, "m": -3, "u": -6, "µ": -6}

# F in its order, as a text with a space around each: a tuple of strings would take three times the RAM.
CODES = (
    " 0-0:1.0.0 0-0:C.1.0 "
    "1-0:1.8.0 1-0:1.8.1 1-0:1.8.2 1-0:1.8.3 1-0:1.8.4 "
    "1-0:2.8.0 1-0:2.8.1 1-0:2.8.2 1-0:2.8.3 1-0:2.8.4 "
    "1-0:3.8.0 1-0:3.8.1 1-0:3.8.2 1-0:3.8.3 1-0:3.8.4 "
    "1-0:4.8.0 1-0:4.8.1 1-0:4.8.2 1-0:4.8.3 1-0:4.8.4 "
    "1-0:15.8.0 1-0:15.8.1 1-0:15.8.2 1-0:15.8.3 1-0:15.8.4 "
    "1-0:1.7.0 1-0:2.7.0 1-0:3.7.0 1-0:4.7.0 "
    "1-0:32.7.0 1-0:52.7.0 1-0:72.7.0 1-0:31.7.0 1-0:51.7.0 1-0:71.7.0 "
    "1-0:1.6.0 1-0:15.35.0 1-0:33.7.0 1-0:53.7.0 1-0:73.7.0 1-0:13.7.0 "
    "0-0:96.1.0 0-0:42.0.0 0-0:0.9.2 0-0:0.9.1 "
    "1-1:1.8.0 1-1:2.8.0 1-1:3.8.1 1-1:4.8.1 1-1:1.7.0 1-1:2.7.0 1-1:3.7.0 1-1:4.7.0 1-1:1.128.0 "
    "0-0:96.1.1 0-0:96.1.2 0-0:96.13.0 0-0:96.13.1 0.0.1 "
    "1-0:81.7.40 1-0:81.7.51 1-0:81.7.62 1-3:0.2.8 "
)

_ANGLE = "81.7."

# Base units of an electricity meter's quantities by group C (IEC 62056-61, 5.4).
_ENERGY_OR_POWER = {
    1: "W", 2: "W", 15: "W", 16: "W", 3: "var", 4: "var", 5: "var", 6: "var", 7: "var", 8: "var",
    9: "VA", 10: "VA", 11: "A", 12: "V", 13: "", 14: "Hz",
}  # fmt: skip
# Values of group D that are time integrals (5.4.3), and the operator's own totaliser.
_ENERGY_D = (8, 9, 17, 18, 19, 20, 29, 128)


def position(code_text: str) -> int:
    """Return a number that grows in the order of F; -1 for a code that F does not list."""
    return CODES.find(" %s " % code_text)


def code(buf, offset: int = 0) -> str:
    """Return the code text of six octets at offset."""
    base = "%d-%d:%d.%d.%d" % (
        buf[offset],
        buf[offset + 1],
        buf[offset + 2],
        buf[offset + 3],
        buf[offset + 4],
    )
    last = buf[offset + 5]
    return base if last == 255 else "%s.%d" % (base, last)


def unit(code_text: str) -> "str | None":
    """Return the fixed unit of a code, "" for none, or None where the standard fixes none."""
    medium, _, groups = code_text.partition(":")
    fields = groups.split(".")
    if medium[:2] != "1-" or len(fields) < 3:
        return "" if position(code_text) >= 0 else None
    if groups.startswith(_ANGLE):
        return "°"
    try:
        quantity, processing = int(fields[0]), int(fields[1])
    except ValueError:
        return None
    if 20 < quantity < 81:
        quantity %= 20
    if quantity == 0:
        return ""
    base = _ENERGY_OR_POWER.get(quantity)
    if base in ("W", "var", "VA") and processing in _ENERGY_D:
        return base + "h"
    return base


def split_unit(text: str) -> tuple:
    """Return (base unit, decimal exponent) of a unit text: "kWh" -> ("Wh", 3)."""
    if text in ("", "Wh", "varh", "VAh", "W", "var", "VA", "V", "A", "°", "Hz", "m³", "m3"):
        return text, 0
    shift = _PREFIX.get(text[:1])
    if shift is None or not text[1:]:
        return text, 0
    return text[1:], shift


def normalise(code_text: str, mantissa: int, exponent: int, unit_text: str) -> tuple:
    """Return (mantissa, exponent) in the unit that FORMAT.md fixes for the code.

    Only the decimal point moves. Raises ValueError where the meter's unit is of another kind.
    A code whose unit is not fixed keeps its base unit.
    """
    base, shift = split_unit(unit_text)
    fixed = unit(code_text)
    if fixed is not None and base != fixed and unit_text:
        raise ValueError("%s in %s, not %s" % (code_text, unit_text, fixed))
    return mantissa, exponent + shift
