"""Data types and records of EN 13757-3 by examples worked out by hand."""

import quantity
from mbus import records, values
from mbus.describe import describe, line, value_text
from support import raises, unhex


def first(text: str):
    return records.parse(unhex(text))[0]


def shown(text: str) -> tuple:
    record = first(text)
    return record.quantity, value_text(record.value), record.unit


def test_integers_keep_sign_and_every_digit():
    assert values.integer(b"\xff") == -1
    assert values.integer(b"\x00\x80") == -32768
    assert values.integer(b"\xff\xff\xff\x7f") == 2147483647
    assert shown("0703 ffffffffffffff7f") == ("energy", "9223372036854775807", "Wh")


def test_bcd_sign_errors_and_leading_zeros():
    assert values.bcd(unhex("785634")) == 345678
    assert values.bcd(unhex("7856f4")) == -45678
    assert values.bcd(unhex("785ab4")) is None
    assert values.bcd(unhex("ffffffff")) is None
    assert shown("0c78 21436500") == ("fabrication_number", "00654321", "")


def test_reals_by_nine_digits():
    cases = (
        ("0000803f", "1"),
        ("000080bf", "-1"),
        ("00000000", "0"),
        ("cdcccc3d", "0.100000001"),
        ("79e9f642", "123.456001"),
        ("ffffff4b", "33554430"),
        ("0000804b", "16777216"),
        ("000000cf", "-2147483650"),
        ("acc52737", "0.00000999999975"),
    )
    for raw, expected in cases:
        assert quantity.text(*values.real(unhex(raw))) == expected, raw
    for raw in ("0000807f", "000080ff", "0000c07f"):
        assert values.real(unhex(raw)) is None
    # What no meter means: beyond 32 decimal places the number is taken as not available.
    assert values.real(unhex("01000000")) is None


def test_dates_and_times_of_all_types():
    assert values.moment(unhex("6e36")).text == "2027-06-14"
    assert values.moment(b"\xff\xff") is None
    assert values.moment(unhex("0000")) is None
    assert values.moment(unhex("3b300b")).text == "11:48:59"
    moment = values.moment(unhex("0f0b9f2c"))
    assert moment.text == "2020-12-31T11:15" and moment.time[7] is False
    assert values.moment(unhex("8f0b9f2c")) is None
    moment = values.moment(unhex("470685643309"))
    assert moment.text == "2027-03-04T05:06:07" and moment.time[7] is True
    assert values.moment(unhex("478685643309")) is None
    assert values.moment(unhex("3f3f85643309")) is None


def test_a_day_of_every_year_is_no_day_of_2027():
    record = first("426c e1f7")
    assert value_text(record.value) == "--07-01" and record.value.time is None
    assert describe(record)["value"] == "--07-01"
    assert first("426c edf1").value.text == "--01-13"
    assert values.moment(unhex("0f0be1f1")) is None
    assert values.moment(unhex("e2f2")).text == "--02-02"
    assert values.moment(unhex("fef2")) is None


def test_layouts_that_no_source_states_keep_their_octets():
    for raw, name in (
        ("04fd72 01020304", "daylight_saving"),
        ("01fd73 07", "listening_window"),
        ("0dfd73 eb 0102030405060708090a0b", "listening_window"),
        ("0d6d e6 010203040506", "datetime"),
    ):
        record = first(raw)
        assert record.quantity == name and record.value is None, raw
        found = describe(record)
        assert found["value"] is None and raw.replace(" ", "").endswith(found["raw"])


def test_variable_length_fields():
    assert shown("0dfd11 06 313233343536") == ("customer", "654321", "")
    assert shown("0d13 c2 3412") == ("volume", "1.234", "m³")
    assert shown("0d13 d2 3412") == ("volume", "-1.234", "m³")
    assert shown("0d13 e3 ffffff") == ("volume", "-0.001", "m³")
    assert shown("0d13 f0" + "00" * 16)[1] == "00" * 16
    assert values.variable_length(0xC0) == 0
    assert values.variable_length(0xF6) == 64
    raises(ValueError, records.parse, unhex("0d13 fb 00"))
    raises(ValueError, records.parse, unhex("0d13 ca 00"))


def test_storage_tariff_and_subunit_span_extensions():
    record = first("c4 d0 60 03 01000000")
    assert record.storage == 1
    assert record.tariff == 0b1001
    assert record.subunit == 0b11 & 0b01 | 0b10 & 0b10
    record = first("8c 41 03 00000000")
    assert (record.storage, record.tariff, record.subunit) == (2, 0, 1)


def test_units_of_electricity():
    cases = (
        ("0404 7b000000", "energy", "1230", "Wh"),
        ("04fb00 01000000", "energy", "100000", "Wh"),
        ("04fb8273 05000000", "reactive_energy", "5", "varh"),
        ("04fb03 05000000", "reactive_energy", "50000", "varh"),
        ("04fb14 05000000", "reactive_power", "5", "var"),
        ("04fb17 05000000", "reactive_power", "5000", "var"),
        ("04fb04 05000000", "apparent_energy", "5000", "VAh"),
        ("04fb34 05000000", "apparent_power", "5", "VA"),
        ("02fb2c f401", "frequency", "0.500", "Hz"),
        ("02fb2e f401", "frequency", "50.0", "Hz"),
        ("02fb2b 2c01", "phase_angle_current", "30.0", "°"),
        ("02fd49 e600", "voltage", "230", "V"),
        ("02fd59 e600", "current", "0.230", "A"),
        ("022b e600", "power", "230", "W"),
        ("0232 e600", "power", "23000", "J/h"),
    )
    for raw, name, text, unit in cases:
        assert shown(raw) == (name, text, unit), raw


def test_units_of_heat_water_and_gas():
    cases = (
        ("040f 01000000", "energy", "10000000", "J"),
        ("04fb08 01000000", "energy", "100000000", "J"),
        ("0413 d2040000", "volume", "1.234", "m³"),
        ("023b 7b00", "volume_flow", "0.123", "m³/h"),
        ("0243 7b00", "volume_flow", "0.0123", "m³/min"),
        ("025a e600", "flow_temperature", "23.0", "°C"),
        ("0261 9cff", "temperature_difference", "-1.00", "K"),
        ("0269 6400", "pressure", "1.00", "bar"),
        ("0222 6400", "on_time", "100", "h"),
        ("02fb1a 9a01", "relative_humidity", "41.0", "%"),
        ("02fdfd02 7800", "battery_lifetime", "120", "month"),
    )
    for raw, name, text, unit in cases:
        assert shown(raw) == (name, text, unit), raw


def test_corrections_qualifiers_and_manufacturers_own():
    assert shown("049370 01000000")[1] == "0.000000001"
    assert shown("04937d 01000000")[1] == "1"
    assert first("04833c 01000000").qualifiers == ["negative only"]
    assert first("02fdc9fc02 e600").qualifiers == ["L2"]
    assert first("0babc8fc10 000000").qualifiers == ["upper limit", "both directions"]
    record = first("0483ff04 ffffffff")
    assert record.manufacturer and record.own == b"\x04"
    record = first("02ff8a48 f401")
    assert record.quantity == "manufacturer_specific" and record.own == b"\x8a\x48"


def test_plain_text_unit():
    record = first("02 7c 03 6c7444 6400")
    assert (record.quantity, record.value) == ("Dtl", (100, 0))
    record = first("02 fc 03 6c7444 74 6400")
    assert record.value == (100, -2)


def test_fillers_and_manufacturer_data_end_the_list():
    found = records.parse(unhex("2f2f 0403 01000000 2f 0f 010203 2f2f"))
    assert len(found) == 2
    assert found[1].data == unhex("0102032f2f")
    assert describe(found[1])["quantity"] == "manufacturer_data"


def test_damaged_records_are_refused():
    for raw in (
        "04",
        "0403",
        "0403 010203",
        "84",
        "8480808080808080808080800003",
        "0d13",
        "0d13 05 01",
    ):
        raises(ValueError, records.parse, unhex(raw))
    raises(ValueError, records.parse, unhex("3f00"))
    raises(ValueError, records.parse, unhex("027c"))
    raises(ValueError, records.parse, unhex("027cff41"))
    assert len(records.parse(unhex("0003") * records.MAX_RECORDS)) == records.MAX_RECORDS
    raises(ValueError, records.parse, unhex("0003") * (records.MAX_RECORDS + 1))


def test_describe_has_what_a_program_needs():
    found = describe(first("066d 470685643309"))
    assert found["value"] == "2027-03-04T05:06:07" and found["dst"] is True
    assert found["dif"] == "06" and found["vif"] == "6d" and found["raw"] == "470685643309"
    assert describe(first("1b2b 123400"))["function"] == "maximum"


def test_a_line_for_people():
    assert (
        line(first("c4 10 833c 01000000"))
        == "c410 833c energy storage 1 tariff 1 negative only: 1 Wh"
    )
    assert line(first("0483ff04 01000000")) == "04 83ff04 energy manufacturer's own 04: 1 Wh"
    assert line(first("426c ffff")) == "42 6c date storage 1: ffff (no value) "
