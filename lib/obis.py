"""OBIS codes: their text form, the output data set F of REQUIREMENTS.md in its order, and its units.

A code is text `A-B:C.D.E`, with `.F` only where F is not 255 (IEC 62056-61, FORMAT.md).
"""

_PREFIX = {"": 0, "k": 3, "M": 6, "G": 9, "m": -3, "u": -6, "µ": -6}

TARIFFS = ("total", "T1", "T2", "T3", "T4")

# Rows of F: (code, unit, German, English). Energies are expanded over the tariffs below.
_ENERGIES = (
    (1, "Wh", "Wirkenergie Bezug +A", "Active energy import +A"),
    (2, "Wh", "Wirkenergie Lieferung −A", "Active energy export −A"),
    (3, "varh", "Blindenergie Bezug +R", "Reactive energy import +R"),
    (4, "varh", "Blindenergie Lieferung −R", "Reactive energy export −R"),
    (15, "Wh", "Wirkenergie |+A|+|−A|", "Active energy |+A|+|−A|"),
)


def _table() -> tuple:
    rows = [
        ("0-0:1.0.0", "", "Datum und Zeit", "Date and time"),
        ("0-0:C.1.0", "", "Seriennummer des Zählers", "Meter serial number"),
    ]
    for group, unit_, german, english in _ENERGIES:
        rows.append(("1-0:%d.8.0" % group, unit_, german, english))
        for tariff in range(1, 5):
            rows.append(
                (
                    "1-0:%d.8.%d" % (group, tariff),
                    unit_,
                    "%s, Tarif %d" % (german, tariff),
                    "%s, tariff %d" % (english, tariff),
                )
            )
    rows += [
        ("1-0:1.7.0", "W", "Wirkleistung Bezug +P", "Active power import +P"),
        ("1-0:2.7.0", "W", "Wirkleistung Lieferung −P", "Active power export −P"),
        ("1-0:3.7.0", "var", "Blindleistung Bezug +Q", "Reactive power import +Q"),
        ("1-0:4.7.0", "var", "Blindleistung Lieferung −Q", "Reactive power export −Q"),
    ]
    for group, unit_, german, english in (
        (12, "V", "Spannung", "Voltage"),
        (11, "A", "Strom", "Current"),
    ):
        for phase in (1, 2, 3):
            rows.append(
                (
                    "1-0:%d.7.0" % (group + 20 * phase),
                    unit_,
                    "%s L%d" % (german, phase),
                    "%s L%d" % (english, phase),
                )
            )
    rows += [
        ("1-0:1.6.0", "W", "Höchste Wirkleistung Bezug +P", "Maximum active power import +P"),
        ("1-0:15.35.0", "W", "Leistung über dem Grenzwert", "Power over limit threshold"),
        ("1-0:33.7.0", "", "Leistungsfaktor L1", "Power factor L1"),
        ("1-0:53.7.0", "", "Leistungsfaktor L2", "Power factor L2"),
        ("1-0:73.7.0", "", "Leistungsfaktor L3", "Power factor L3"),
        ("1-0:13.7.0", "", "Leistungsfaktor", "Power factor"),
        ("0-0:96.1.0", "", "Zählernummer des Netzbetreibers", "Meter number of the operator"),
        ("0-0:42.0.0", "", "Logischer Gerätename (COSEM)", "COSEM logical device name"),
        ("0-0:0.9.2", "", "Datum", "Date"),
        ("0-0:0.9.1", "", "Uhrzeit", "Time"),
        ("1-1:1.8.0", "Wh", "Wirkenergie A+", "Active energy A+"),
        ("1-1:2.8.0", "Wh", "Wirkenergie A−", "Active energy A−"),
        ("1-1:3.8.1", "varh", "Blindenergie R+", "Reactive energy R+"),
        ("1-1:4.8.1", "varh", "Blindenergie R−", "Reactive energy R−"),
        ("1-1:1.7.0", "W", "Wirkleistung P+", "Active power P+"),
        ("1-1:2.7.0", "W", "Wirkleistung P−", "Active power P−"),
        ("1-1:3.7.0", "var", "Blindleistung Q+", "Reactive power Q+"),
        ("1-1:4.7.0", "var", "Blindleistung Q−", "Reactive power Q−"),
        ("1-1:1.128.0", "Wh", "Inkassozählwerk", "Collection totaliser"),
        ("0-0:96.1.1", "", "Zählernummer", "Meter number"),
        ("0-0:96.1.2", "", "Zählernummer 2, Datum", "Meter number 2, date"),
        ("0-0:96.13.0", "", "Kundentext", "Customer text"),
        ("0-0:96.13.1", "", "Kundencode", "Customer code"),
        ("0.0.1", "", "Zählernummer", "Meter number"),
        ("1-0:81.7.40", "°", "Winkel U(L1) zu I(L1)", "Angle U(L1) to I(L1)"),
        ("1-0:81.7.51", "°", "Winkel U(L2) zu I(L2)", "Angle U(L2) to I(L2)"),
        ("1-0:81.7.62", "°", "Winkel U(L3) zu I(L3)", "Angle U(L3) to I(L3)"),
        ("1-3:0.2.8", "", "Version der P1-Schnittstelle", "P1 version"),
    ]
    return tuple(rows)


TABLE = _table()
_UNIT = {row[0]: row[1] for row in TABLE}
POSITION = {row[0]: position for position, row in enumerate(TABLE)}

# Units of codes that a meter may send beyond F, by the groups C and D (IEC 62056-61, 5.3 and 5.4).
_ENERGY_OR_POWER = {
    1: "W", 2: "W", 15: "W", 16: "W", 3: "var", 4: "var", 5: "var", 6: "var", 7: "var", 8: "var",
    9: "VA", 10: "VA", 11: "A", 12: "V", 13: "", 14: "Hz",
}  # fmt: skip
_ENERGY_D = (8, 9, 17, 18, 19, 20, 29)


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
    known = _UNIT.get(code_text)
    if known is not None:
        return known
    medium, _, groups = code_text.partition(":")
    fields = groups.split(".")
    if medium[:2] != "1-" or len(fields) < 3:
        return None
    try:
        quantity, processing = int(fields[0]), int(fields[1])
    except ValueError:
        return None
    if 20 < quantity < 81:
        quantity %= 20
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
