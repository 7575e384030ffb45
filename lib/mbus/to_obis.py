"""Records to OBIS codes: the list of AMIS meters by position, all others by OMS Vol. 2, Annex A."""

from mbus import values

# Netz Oberösterreich, Kundenschnittstelle AMIS, table 2: DIF, VIF, code, unit.
_AMIS = (
    (b"\x06", b"\x6d", "clock", ""),
    (b"\x04", b"\x03", "1-1:1.8.0", "Wh"),
    (b"\x04", b"\x83\x3c", "1-1:2.8.0", "Wh"),
    (b"\x84\x10", b"\xfb\x82\x73", "1-1:3.8.1", "varh"),
    (b"\x84\x10", b"\xfb\x82\xf3\x3c", "1-1:4.8.1", "varh"),
    (b"\x04", b"\x2b", "1-1:1.7.0", "W"),
    (b"\x04", b"\xab\x3c", "1-1:2.7.0", "W"),
    (b"\x04", b"\xfb\x14", "1-1:3.7.0", "var"),
    (b"\x04", b"\xfb\x94\x3c", "1-1:4.7.0", "var"),
    (b"\x04", b"\x83\xff\x04", "1-1:1.128.0", "Wh"),
)
_COLLECTION = "1-1:1.128.0"

_ELECTRICITY = 2
_ELECTRICITY_TYPES = (0x02, 0x0E, 0x31, 0x37, 0x00, 0x0F)

# quantity: (group C for plus, group C for minus, group D) of electricity.
_ELECTRIC = {
    "energy": (1, 2, 8),
    "reactive_energy": (3, 4, 8),
    "apparent_energy": (9, 10, 8),
    "power": (1, 2, 7),
    "reactive_power": (3, 4, 7),
    "apparent_power": (9, 10, 7),
    "voltage": (12, 12, 7),
    "current": (11, 11, 7),
    "frequency": (14, 14, 7),
}
_PHASES = {"L1": 20, "L2": 40, "L3": 60}
_ANGLES = {"L1": "1-0:81.7.40", "L2": "1-0:81.7.51", "L3": "1-0:81.7.62"}

# device type: (group A, {quantity: C.D.E}).
_HEAT = {
    "energy": "1.0.0",
    "volume": "2.0.0",
    "power": "8.0.0",
    "volume_flow": "9.0.0",
    "flow_temperature": "10.0.0",
    "return_temperature": "11.0.0",
    "temperature_difference": "12.0.0",
}
_WATER = {"volume": "1.0.0", "volume_flow": "2.0.0"}
_MEDIA = {
    0x03: (7, {"volume": "3.0.0"}),
    0x04: (6, _HEAT),
    0x06: (9, _WATER),
    0x07: (8, _WATER),
    0x08: (4, {"hca": "1.0.0"}),
    0x0A: (5, _HEAT),
    0x0B: (5, _HEAT),
    0x0C: (6, _HEAT),
    0x0D: (6, _HEAT),
    0x15: (9, _WATER),
    0x16: (8, _WATER),
}


def amis(records: list) -> "tuple | None":
    """Return `(items, time)` of an AMIS list (telegram.py), or None if the records are not that list.

    All ten records must be there in their order: a wrong access number in the IV, or one wrong key in
    65536, leaves the two filler octets intact but not the headers.
    """
    if len(records) != len(_AMIS):
        return None
    time = None
    items = []
    for record, (dif, vif, code, unit) in zip(records, _AMIS):
        if record.dif != dif or record.vif != vif:
            return None
        if code == "clock":
            time = _clock(record, items)
        elif code == _COLLECTION:
            items.append((code, (values.integer(record.data), 0), unit))
        else:
            # The operator's list is unsigned, unlike EN 13757-3's integers.
            items.append((code, (values.unsigned(record.data), 0), unit))
    return items, time


def _clock(record, items: list):
    """Append the items of a clock record; return its local time or None where it is not valid."""
    moment = record.value
    if moment is None or moment.time is None:
        items.append(("0-0:0.9.1", None, ""))
        items.append(("0-0:0.9.2", None, ""))
        return None
    items.append(("0-0:0.9.1", "%02d:%02d:%02d" % moment.time[3:6], ""))
    items.append(("0-0:0.9.2", "%04d-%02d-%02d" % moment.time[:3], ""))
    return moment.time


def oms(records: list, device_type: int) -> tuple:
    """Return `(items, time)` of the current values among the records of a meter.

    device_type: the meter's medium (EN 13757-7, table 13). Of two records with one code the first counts.
    Stored, minimum and subunit values and what a manufacturer's own VIFE qualifies have no place in the
    output and stay out.
    """
    items = []
    seen = set()
    time = None
    for record in records:
        if record.storage or record.subunit or record.manufacturer:
            continue
        if record.quantity == "datetime" and not record.qualifiers:
            if "clock" not in seen and record.function == "instantaneous":
                seen.add("clock")
                time = _clock(record, items)
            continue
        code = _code(record, device_type)
        if code and code not in seen:
            seen.add(code)
            items.append((code, _plausible(record), record.unit))
    return items, time


def _plausible(record):
    """Return the record's value, None for the most negative integer, which marks "not available"."""
    data = record.data
    binary = bool(record.dif) and record.dif[0] & 15 in (1, 2, 3, 4, 6, 7)
    if binary and data[-1] == 0x80 and not any(data[:-1]):
        return None
    return record.value


def _code(record, device_type: int) -> "str | None":
    if record.quantity == "fabrication_number":
        plain = record.function == "instantaneous" and not record.tariff
        return "0-0:C.1.0" if plain and not record.qualifiers else None
    if device_type in _ELECTRICITY_TYPES:
        return _electric(record)
    medium = _MEDIA.get(device_type)
    if medium is None or record.function != "instantaneous" or record.tariff or record.qualifiers:
        return None
    place = medium[1].get(record.quantity)
    if place is None or (record.quantity == "energy" and record.unit not in ("Wh", "J")):
        return None
    return "%d-0:%s" % (medium[0], place)


def _electric(record) -> "str | None":
    qualifiers = record.qualifiers
    if record.quantity == "phase_angle_current" and len(qualifiers) == 1:
        return _ANGLES.get(qualifiers[0])
    groups = _ELECTRIC.get(record.quantity)
    if groups is None or record.unit in ("J", "J/h", "cal"):
        return None
    plus, minus, processing = groups
    group = plus
    phase = 0
    both = limit = False
    for qualifier in qualifiers:
        if qualifier == "negative only":
            group = minus
        elif qualifier in _PHASES:
            phase = _PHASES[qualifier]
        elif qualifier == "both directions":
            both = True
        elif qualifier == "upper limit":
            limit = True
        elif qualifier != "positive only":
            return None
    if both:
        if record.quantity not in ("energy", "power"):
            return None
        group = 15
    if limit:
        # The threshold that power is compared with (group D 35).
        if record.quantity != "power" or record.function != "instantaneous":
            return None
        processing = 35
    elif record.function == "maximum" and record.quantity == "power":
        processing = 6
    elif record.function != "instantaneous":
        return None
    if record.quantity in ("voltage", "current", "frequency") and record.tariff:
        return None
    return "1-0:%d.%d.%d" % (group + phase, processing, record.tariff)
