"""Every recorded M-Bus telegram gives its expected values, or the expected refusal."""

import quantity
from firmware.meter.oms_decoder import OmsDecoder
from firmware.meter.wmbus_decoder import WmbusDecoder
from keys import Keys
from mbus.describe import describe
from mbus.values import Moment
from support import telegrams, unhex

FUNCTIONS = {None: "instantaneous", "max": "maximum", "min": "minimum", "err": "error"}
UNITS = {"m3": "m³", "m3/h": "m³/h", "C": "°C", "date": "", "datetime": ""}
# Quantities that the collection leaves unnamed or names otherwise.
NAMES = {
    "battery_lifetime_d": "battery_lifetime",
    "fd_31": "tariff_duration",
    "fdfd_02": "battery_lifetime",
    "storage_interval_months": "storage_interval",
}
# The sources of these rounded; by the note in the collection or by the octets themselves.
ROUNDED = {"wmbm-uiws-1": ("00000080", "-2147483.648")}
# Year 127 of types F and G is every year; the sources show it as 2027.
EVERY_YEAR = {"e1f7": "--07-01", "e1f1": "--01-01"}
# The collection says itself that a strict decoder rejects it: its header is shifted by an octet.
REFUSED = {"amis-mgerhard-simulator": "foreign"}
# What the reason in the collection is counted as.
CAUSES = (
    ("incomplete", "truncated"),
    ("checksum", "checksum"),
    ("L fields differ", "noise"),
    ("stop byte", "length"),
    ("is not 240", "foreign"),
    ("2F2F is PRESENT", "not-recognised"),
    ("2F2F missing", "key-wrong"),
    ("ELL PayloadCRC", "key-wrong"),
    ("KeyError: 33", "noise"),
    ("KeyError", "crc"),
    ("crc B1", "malformed"),
    ("DLL CRC", "crc"),
    ("invalid 3-of-6", "crc"),
    ("no key", "key-required"),
    ("no (valid) key", "key-required"),
)


def decode(entry: dict) -> tuple:
    """Return (telegrams, records, dropped) of one entry."""
    keys = Keys(unhex(entry["key_hex"]) if entry["key_hex"] else None)
    if entry["interface"] == "wmbus":
        decoder = WmbusDecoder(keys, everyone=True)
    else:
        decoder = OmsDecoder(keys, everyone=True)
    found, records = [], []

    def take():
        while True:
            telegram = decoder.take()
            if telegram is None:
                return
            found.append(telegram)
            records.extend(decoder.records)

    for frame in entry["frames_hex"]:
        decoder.feed(unhex(frame))
        take()
    decoder.idle()
    take()
    return found, records, decoder.dropped


def exact(value) -> "str | None":
    """Return the decimal text of a JSON number or text, without zeros that say nothing."""
    if isinstance(value, float):
        value = "%.12g" % value
    if isinstance(value, int):
        value = str(value)
    return plain(value)


def plain(text: "str | None") -> "str | None":
    try:
        mantissa, exponent = quantity.parse(text)
    except (ValueError, TypeError, IndexError, AttributeError):
        return text
    while exponent < 0 and mantissa % 10 == 0:
        mantissa //= 10
        exponent += 1
    return quantity.text(mantissa, exponent)


def agrees(entry: dict, record, expected: dict) -> bool:
    if "value" not in expected:
        return record.quantity == "manufacturer_data" and record.data.hex() == expected["raw"]
    value = record.value
    wanted = expected["value"]
    if record.data.hex() in EVERY_YEAR and isinstance(value, Moment):
        same = value.text == EVERY_YEAR[record.data.hex()]
    elif any("compact profile" in name for name in record.qualifiers):
        same = value is None  # the sources show the octets as text
    elif isinstance(value, Moment):
        shown = value.text.replace("T", " ") + (" DST" if value.time[7] else "")
        same = shown == wanted
    elif value is None:
        same = wanted is None or wanted in ("nan", "2000-00-00") or isinstance(wanted, dict)
    elif record.quantity == "fabrication_number" and isinstance(wanted, dict):
        same = value.lstrip("F") == wanted["bcd_error"].lstrip("F")
    elif ROUNDED.get(entry["id"], ("",))[0] == expected["raw"]:
        same = quantity.text(*value) == ROUNDED[entry["id"]][1]
    elif isinstance(value, tuple):
        same = plain(quantity.text(*value)) == exact(wanted)
    elif record.quantity == "fabrication_number" and isinstance(wanted, int):
        same = int(value) == wanted
    else:
        same = value == wanted
    unit = expected.get("unit") or ""
    name = NAMES.get(expected["q"], expected["q"])
    return (
        same
        and record.quantity == name
        and ("unit" not in expected or record.unit == UNITS.get(unit, unit))
        and record.function == FUNCTIONS[expected.get("fn")]
        and record.storage == expected.get("storage", 0)
        and record.tariff == expected.get("tariff", 0)
        and record.subunit == expected.get("subunit", 0)
        and record.vif.hex() == expected["vif"]
        and record.data.hex() == expected["raw"]
    )


def obis_agrees(found: list, expected: dict) -> bool:
    values = {}
    for telegram in found:
        prefix = "1-1:" if telegram.layout == "amis" else "1-0:"
        for code, value, _unit in telegram.items:
            values[code] = quantity.text(*value) if isinstance(value, tuple) else value
    for place, (wanted, _unit) in expected.items():
        if place == "0.9.1+0.9.2":
            shown = "%s %s" % (values.get("0-0:0.9.2"), values.get("0-0:0.9.1"))
            day, _, rest = wanted.partition(" ")
            if not shown.startswith(day + " " + rest.replace(" DST", "")):
                return False
        elif place == "0.0.0":
            if exact(values.get("0-0:C.1.0")) != exact(wanted):
                return False
        elif exact(values.get(prefix + place)) != exact(wanted):
            return False
    return True


def check(name: str) -> int:
    failures = []
    decoded = 0
    for entry in telegrams(name):
        identity = entry["id"]
        expected = entry["expected"]
        found, records, dropped = decode(entry)
        if identity in REFUSED:
            good = not found and list(dropped) == [REFUSED[identity]]
        elif "error" in expected:
            cause = [cause for text, cause in CAUSES if text in expected["error"]][0]
            good = not found and list(dropped) == [cause]
        elif "records" not in expected:
            continue
        elif not expected["records"]:
            good = not found
        else:
            decoded += 1
            wanted = expected["records"]
            good = len(records) == len(wanted) and not dropped
            good = good and obis_agrees(found, expected.get("obis", {}))
            for record, row in zip(records, wanted):
                good = good and agrees(entry, record, row)
        if not good:
            failures.append(identity)
    assert not failures, failures
    return decoded


def test_recorded_telegrams():
    assert check("mbus") >= 170


def test_derived_telegrams():
    assert check("mbus-derived") == 50


def test_sequences_give_one_telegram_a_frame():
    sessions = [
        e for e in telegrams("mbus") if e["id"] in ("amis-session-vz", "wmb-dev03-sequence")
    ]
    counts = [len(decode(entry)[0]) for entry in sessions]
    assert counts == [4, 5]


def profile(name: str) -> list:
    """Return (storage, value, time) of each element of the monthly profile of a telegram."""
    entry = [e for e in telegrams("mbus") if e["id"] == name][0]
    _, records, _ = decode(entry)
    found = [describe(record, records) for record in records]
    rows = [row for row in found if "profile" in row]
    assert [row["spacing"] for row in rows] == ["1 month"]
    return [(e["storage"], e["value"], e["time"]) for e in rows[0]["profile"]]


def test_recorded_profiles():
    """Heat cost allocators: absolute values back in time, and increments up to a set date."""
    series = profile("wmbm-caltose-3")
    assert series[:5] == [
        (9, "627", "2026-01-01"),
        (10, "395", "2025-12-01"),
        (11, "176", "2025-11-01"),
        (12, "7", "2025-10-01"),
        (13, None, "2025-09-01"),
    ]
    assert len(series) == 14 and series[-1] == (22, None, "2024-12-01")
    series = profile("wmbm-fhkvdataiv-1")
    # The sum of the increments is what the meter has in the register of its set date.
    assert series[0] == (None, "0", "2019-11-30")
    assert series[-2:] == [(None, "3", "2020-11-30"), (None, "25", "2020-12-31")]


def test_the_same_telegram_in_other_clothes_gives_the_same_values():
    entries = {entry["id"]: entry for entry in telegrams("mbus")}
    for name in ("amis-echo", "amis-noise-prefix", "amis-split"):
        same = decode(entries[entries[name]["expected"]["same_as"]])
        found = decode(entries[name])
        assert found[0][0].items == same[0][0].items


def refuse_without_key(name: str):
    for entry in telegrams(name):
        if not entry["key_hex"] or "error" in entry["expected"] or entry["id"] in REFUSED:
            continue
        other = dict(entry)
        other["key_hex"] = None
        found, _, dropped = decode(other)
        assert not found, entry["id"]
        assert "key-required" in dropped, (entry["id"], dropped)


def test_recorded_telegrams_give_no_value_without_their_key():
    refuse_without_key("mbus")


def test_derived_telegrams_give_no_value_without_their_key():
    refuse_without_key("mbus-derived")
