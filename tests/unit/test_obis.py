"""OBIS codes: text form, the table F, and units by decimal shift only."""

import obis_names

import obis
from support import raises, unhex

# REQUIREMENTS.md F, spelled out independently of the table's construction.
F_TEXT = """0-0:1.0.0 0-0:C.1.0
1-0:1.8.0 1-0:1.8.1 1-0:1.8.2 1-0:1.8.3 1-0:1.8.4 1-0:2.8.0 1-0:2.8.1 1-0:2.8.2 1-0:2.8.3 1-0:2.8.4
1-0:3.8.0 1-0:3.8.1 1-0:3.8.2 1-0:3.8.3 1-0:3.8.4 1-0:4.8.0 1-0:4.8.1 1-0:4.8.2 1-0:4.8.3 1-0:4.8.4
1-0:15.8.0 1-0:15.8.1 1-0:15.8.2 1-0:15.8.3 1-0:15.8.4
1-0:1.7.0 1-0:2.7.0 1-0:3.7.0 1-0:4.7.0 1-0:32.7.0 1-0:52.7.0 1-0:72.7.0 1-0:31.7.0 1-0:51.7.0
1-0:71.7.0 1-0:1.6.0 1-0:15.35.0 1-0:33.7.0 1-0:53.7.0 1-0:73.7.0 1-0:13.7.0 0-0:96.1.0 0-0:42.0.0
0-0:0.9.2 0-0:0.9.1 1-1:1.8.0 1-1:2.8.0 1-1:3.8.1 1-1:4.8.1 1-1:1.7.0 1-1:2.7.0 1-1:3.7.0 1-1:4.7.0
1-1:1.128.0 0-0:96.1.1 0-0:96.1.2 0-0:96.13.0 0-0:96.13.1 0.0.1 1-0:81.7.40 1-0:81.7.51 1-0:81.7.62
1-3:0.2.8"""
F = F_TEXT.split()


def test_table_is_f_in_its_order():
    assert obis.CODES.split() == F
    assert [row[0] for row in obis_names.TABLE] == F
    assert sorted(F, key=obis.position) == F


def test_names_and_rules_agree_on_units():
    for code, unit, _, _ in obis_names.TABLE:
        assert obis.unit(code) == unit, code


def test_a_part_of_a_code_is_not_in_f():
    assert obis.position("1-0:1.8.0") > 0
    for code in ("1-0:1.8", "0:1.8.0", "1-0:99.8.0", "0-0:1.8.0", ""):
        assert obis.position(code) < 0


def test_every_row_has_both_languages():
    for _, _, german, english in obis_names.TABLE:
        assert german and english


def test_code_text():
    assert obis.code(unhex("0100010800FF")) == "1-0:1.8.0"
    assert obis.code(unhex("00FF0100010801"), 1) == "255-1:0.1.8.1"
    assert obis.code(unhex("0000190900FF")) == "0-0:25.9.0"


def test_units_beyond_f_follow_the_standard():
    assert obis.unit("1-0:21.7.0") == "W"
    assert obis.unit("1-0:5.8.1") == "varh"
    assert obis.unit("1-0:9.7.0") == "VA"
    assert obis.unit("1-0:14.7.0") == "Hz"
    assert obis.unit("1-0:41.8.0") == "Wh"
    assert obis.unit("1-1:32.7.0") == "V"
    assert obis.unit("7-0:3.0.0") is None
    assert obis.unit("0-1:24.2.1") is None


def test_normalise_moves_the_point_only():
    assert obis.normalise("1-0:1.8.0", 123456, -3, "kWh") == (123456, 0)
    assert obis.normalise("1-0:1.7.0", 399, -3, "kW") == (399, 0)
    assert obis.normalise("1-0:31.7.0", 2877, 0, "mA") == (2877, -3)
    assert obis.normalise("1-0:1.8.0", 7, 0, "Wh") == (7, 0)


def test_normalise_refuses_another_kind_of_unit():
    raises(ValueError, obis.normalise, "1-0:1.8.0", 1, 0, "V")
    raises(ValueError, obis.normalise, "1-0:32.7.0", 1, 0, "kWh")
