"""COSEM date-times: deviation, the summer-time bit, and fields that are not specified."""

from dlms.clock import date_and_time, date_time
from support import unhex


def test_deviation_is_minutes_to_utc():
    moment = date_time(unhex("07E5091B01092F0F00FF8880"))
    assert moment == (2021, 9, 27, 9, 47, 15, 120, True)
    assert date_time(unhex("07E60C0105000000 00 FFC4 00"))[6:] == (60, False)
    assert date_time(unhex("07E60C0105000000 00 00F0 00"))[6] == -240


def test_without_deviation_only_a_set_summer_bit_counts():
    assert date_time(unhex("07E8060106103109FF800080"))[6:] == (None, True)
    assert date_time(unhex("07E8060106103109FF800000"))[6:] == (None, None)
    assert date_time(unhex("07E8060106103109FF8000FF"))[6:] == (None, None)


def test_what_names_no_moment():
    for text in (
        "FFFF091B01092F0F00FF8880", "07E5FF1B01092F0F00FF8880", "07E5091B01FF2F0F00FF8880",
        "07E5021E01092F0F00FF8880", "07E5091B01192F0F00FF8880", "07E5091B01092F0F007FFF80",
        "000000000000000000000000", "FFFFFFFFFFFFFFFFFFFFFFFF", "07E5091B01092F0F00FF88",
    ):  # fmt: skip
        assert date_time(unhex(text)) is None


def test_date_and_time_apart():
    assert date_and_time(unhex("07E5030707"), unhex("0E372700")) == (
        2021, 3, 7, 14, 55, 39, None, None,
    )  # fmt: skip
    assert date_and_time(unhex("07E5030707"), unhex("0E3727")) is None
