"""Compact profiles of EN 13757-3, Annex F: one record that carries a series of values at even distances.

The record's data is a spacing control octet (increment mode, spacing unit, size of an element), a spacing value
and the elements. A base value and a base time stand in records of their own with the same storage number; the
first element lies one step from them, later, or earlier in an inverse profile.
"""

import timestamp
from compat import const
from mbus import values, vif

_INVERSE = "inverse compact profile"
_NUMBERED = "compact profile with registers"

_CODES = (0x13, 0x1E, 0x1F)
_SIZES = (0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6, 0)
_TEXT = const(0x7C)
_REAL = const(5)
_ABSOLUTE = const(0)
_INCREMENTS = const(1)
_DECREMENTS = const(2)
_UNITS = ("s", "min", "h", "d")
_SECONDS = (1, 60, 3600, 86400)
_HALF_MONTH = const(253)
_MONTHS = const(254)
_MONTH_STEPS = (0, 6, 3, 1)  # by spacing unit; there is none in seconds


def expand(record, records: list) -> "dict | None":
    """Return what a profile among the Records of a telegram carries, None where its header is reserved.

    {"spacing": text or None (no distance in time), "values": list of (storage number or None, value or None,
    time text or None)}; a value is `(mantissa, exponent)` in the record's unit. Only registers with numbers and
    inverse profiles give each element a storage number of its own. From an element marked as not valid on,
    values that build on it are None, and so are values without a base value to build on; a time is None without
    a base time, and where a step of months from the last days of a month could mean two days.
    """
    data = record.data
    if len(data) < 2:
        return None
    control, step = data[0], data[1]
    size = _SIZES[control & 15]
    spacing, halves, seconds = _spacing(control >> 4 & 3, step)
    if not size or spacing is False or (len(data) - 2) % size or record.vif[0] & 0x7F == _TEXT:
        return None
    inverse = _INVERSE in record.qualifiers
    numbered = inverse or _NUMBERED in record.qualifiers
    mode = control >> 6
    exponent = vif.meaning(record.vif).exponent
    base = _base_value(record, records)
    start = _base_time(record, records)
    if start and halves == 1 and start.time[2] not in (1, 16):
        start = None
    found = []
    for index in range((len(data) - 2) // size):
        at = 2 + index * size
        number = _element(data[at : at + size], control & 15, mode)
        if mode == _ABSOLUTE:
            base = number
        elif number is None or base is None:
            base = None
        else:
            less = (mode == _DECREMENTS) != inverse
            base = (base[0] - number[0] if less else base[0] + number[0], 0)
        count = -index - 1 if inverse else index + 1
        found.append(
            (
                record.storage + index + 1 if numbered else None,
                None if base is None else (base[0], base[1] + exponent),
                _moved(start, halves * count, seconds * count) if spacing and start else None,
            )
        )
    return {"spacing": spacing, "values": found}


def _spacing(unit: int, value: int) -> tuple:
    """Return (text, half months, seconds) of a step.

    The text is None for elements that lie side by side rather than in time, False for what is reserved.
    """
    if value == 0:
        return None, 0, 0
    if value <= 250:
        return "%d %s" % (value, _UNITS[unit]), 0, value * _SECONDS[unit]
    if value == _HALF_MONTH and unit == 3:
        return "half month", 1, 0
    if value == _MONTHS and unit:
        months = _MONTH_STEPS[unit]
        return "%d month" % months, 2 * months, 0
    return False, 0, 0


def _element(data, coding: int, mode: int) -> "tuple | None":
    """Return one element as (mantissa, exponent), None where it is marked as not valid (Annex A, types A to C)."""
    if coding == _REAL:
        return values.real(data) if mode == _ABSOLUTE else None
    if coding > 8:
        number = values.bcd(data)
        return (
            None
            if number is None or (mode in (_INCREMENTS, _DECREMENTS) and number < 0)
            else (number, 0)
        )
    if mode in (_INCREMENTS, _DECREMENTS):
        number = values.unsigned(data)
        return None if number == (1 << 8 * len(data)) - 1 else (number, 0)
    number = values.integer(data)
    return None if number == -(1 << 8 * len(data) - 1) else (number, 0)


def _base_value(record, records: list) -> "tuple | None":
    """Return the base value as (count in the profile's own scale, 0), None where there is none.

    It has the profile's storage, tariff, subunit and value information without the profile's own VIFE.
    """
    wanted = _without_profile(record.vif)
    for other in records:
        if (
            other.vif == wanted
            and _place(other) == _place(record)
            and isinstance(other.value, tuple)
            and other.dif[0] & 15 != _REAL
        ):
            return other.value[0], 0
    return None


def _place(record) -> tuple:
    return record.storage, record.tariff, record.subunit, record.function


def _base_time(record, records: list) -> "values.Moment | None":
    for other in records:
        moment = other.value
        if (
            other.storage == record.storage
            and other.quantity in ("date", "datetime")
            and not other.qualifiers
            and isinstance(moment, values.Moment)
        ):
            # A time of day alone (type J) or a day of every year places nothing.
            return moment if moment.time and "-" in moment.text else None
    return None


def _moved(start, halves: int, seconds: int) -> "str | None":
    """Return the text of a time `halves` half months and `seconds` from start, in the clock of start.

    None where a step of months is not certain: from the last day of a month it may lead to the same day or to
    the last day, and only the 31st leaves no choice. Half months lead from the 1st to the 16th.
    """
    year, month, day = start.time[:3]
    clock = start.time[3] * 3600 + start.time[4] * 60 + start.time[5]
    last = _last_day(year, month)
    if halves:
        months = halves // 2
        if halves & 1:
            months += day == 16
            day = 17 - day
        elif day > 28 and day != 31 or day == last != 31:
            return None
        year += (month - 1 + months) // 12
        month = (month - 1 + months) % 12 + 1
        day = min(day, _last_day(year, month))
    moved = timestamp.civil(timestamp.days(year, month, day) * 86400 + clock + seconds)
    if "T" not in start.text:
        return "%04d-%02d-%02d" % moved[:3] if seconds % 86400 == 0 else None
    return timestamp.iso(moved + (None, None))


def _last_day(year: int, month: int) -> int:
    following = timestamp.days(year + month // 12, month % 12 + 1, 1)
    return following - timestamp.days(year, month, 1)


def _without_profile(octets) -> "bytes | None":
    """Return VIF and VIFEs as the base value has them."""
    at = 1
    if octets[0] in (0xFB, 0xFD):
        at = 3 if octets[:2] == b"\xfd\xfd" else 2
    while at < len(octets):
        code = octets[at] & 0x7F
        if code in _CODES:
            rest = bytearray(octets[:at] + octets[at + 1 :])
            rest[-1] &= 0x7F
            return bytes(rest)
        at += 2 if code == 0x7C else 1
    return None
