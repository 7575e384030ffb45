"""Fields of single tables."""

from c1219 import tables
from support import raises, telegrams, unhex


def _entries():
    return {entry["id"]: entry for entry in telegrams("mep")}


def _data(entry):
    return unhex(entry["expected"]["response"]["data_hex"])


def test_identification():
    entries = _entries()
    maker = tables.maker(_data(entries["c-bt01"]))
    expected = entries["c-bt01"]["expected"]["decoded"]
    assert maker[0] == expected["manufacturer"].strip() and maker[1] == expected["model"]
    assert "%d.%02d.%d" % maker[2] == expected["firmware"]
    for name in ("c-et03-serial", "c-et03-serial-padded"):
        assert tables.text(_data(entries[name])) == entries[name]["expected"]["decoded"]["serial"]


def test_text_that_is_no_text_is_refused():
    raises(ValueError, tables.text, b"\x7f\x80")
    assert tables.text(b"\0\0") == ""


def test_formats():
    good = _data(_entries()["c-bt00"])
    tables.check_formats(good)
    for at, value in ((0, 0x03), (1, 0x29), (1, 0x6A), (2, 0x48), (2, 0x87)):
        wrong = bytearray(good)
        wrong[at] = value
        raises(ValueError, tables.check_formats, wrong)


def test_dimensions():
    entries = _entries()
    for name in ("c-bt21-nodemand", "c-bt21-demand"):
        expected = entries[name]["expected"]["decoded"]
        found = tables.dimensions(_data(entries[name]))
        assert bool(found.reset_counter) == expected["demand_reset_counter"]
        assert found.event_time == expected["date_time"]
        assert found.cumulative == expected["cumulative"]
        assert found.continuous == expected["continuous_cumulative"]
        assert found.time_remaining == expected["time_remaining"]
        assert found.sums == expected["summations"]
        assert found.demands == expected["demands"]
        assert found.tiers == expected["tiers"]
        assert found.present_demands == expected["present_demands"]
        assert found.present_values == expected["present_values"]


def test_dimensions_that_no_meter_has_are_refused():
    for at, value in ((3, 65), (4, 33), (6, 2), (7, 17), (9, 201)):
        wrong = bytearray(unhex("030e000b000000040037"))
        wrong[at] = value
        raises(ValueError, tables.dimensions, wrong)
    raises(ValueError, tables.dimensions, unhex("030e000b0000000400"))


def test_ratios():
    assert tables.ratios(_data(_entries()["c-bt15"])) == (40, 1)
    assert tables.ratios(bytes(17)) == (1, 1)
    raises(ValueError, tables.ratios, bytes(9) + b"\xff\xff\xff\xff" + bytes(4))
    raises(ValueError, tables.ratios, bytes(16))


def test_clocks():
    entries = _entries()
    utc = tables.utc(_data(entries["c-bt52"]))
    assert utc == (2025, 11, 22, 20, 59, 58, 0, False)
    local, tariff = tables.local(_data(entries["c-bt55"]))
    assert local == (2025, 7, 1, 14, 30, 0, None, True)
    assert tariff == entries["c-bt55"]["expected"]["decoded"]["obis_tariff"]


def test_a_clock_that_is_not_set_is_none():
    assert tables.utc(b"\x00\x00\x00\x00\x00\x00\x10") is None
    assert tables.local(b"\x00\x00\x00\x00\x00\x00\x00\x01\x00") == (None, 2)


def test_a_moment_that_does_not_exist_is_refused():
    raises(ValueError, tables.utc, b"\x19\x02\x1e\x00\x00\x00\x10")
    raises(ValueError, tables.utc, b"\x19\x02\x01\x18\x00\x00\x10")


def test_a_clock_in_local_time_is_not_taken_for_utc():
    for flags in (0x20, 0x30, 0x40, 0x50):
        raises(ValueError, tables.utc, b"\x19\x02\x01\x17\x00\x00" + bytes([flags]))
    assert tables.utc(b"\x19\x02\x01\x17\x00\x00\x06")[:4] == (2025, 2, 1, 23)


def test_the_zone_is_what_lies_between_the_clocks():
    def at(hour, minute, second, day=15):
        return (2026, 1, day, hour, minute, second, None, None)

    assert tables.offset_minutes(at(12, 0, 0), at(13, 0, 0)) == 60
    # The local clock stands still for up to a minute, and was read before the other.
    assert tables.offset_minutes(at(12, 0, 59), at(13, 0, 0)) == 60
    assert tables.offset_minutes(at(12, 1, 58), at(13, 0, 0)) == 60
    assert tables.offset_minutes(at(23, 30, 0), at(1, 30, 0, 16)) == 120
    assert tables.offset_minutes(at(12, 0, 0), at(12, 0, 0)) == 0
    assert tables.offset_minutes(at(12, 0, 0), at(7, 0, 1)) == -300
    assert tables.offset_minutes(at(12, 0, 0), at(13, 5, 0)) is None
    assert tables.offset_minutes(at(12, 0, 0), at(12, 0, 0, 17)) is None


def test_integers_are_signed_and_least_significant_first():
    assert tables.integer(unhex("8f010000"), 0) == 399
    assert tables.integer(unhex("0096fdffff"), 1) == -618
    assert tables.integer(unhex("ffffff7f"), 0) == 2147483647
    assert tables.integer(unhex("00000080"), 0) == -2147483648
