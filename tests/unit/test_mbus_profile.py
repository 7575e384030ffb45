"""Compact profiles by the examples of EN 13757-3, F.2.7 and F.2.8, and by ones worked out by hand."""

from mbus import records
from mbus.describe import describe, line
from support import unhex


def shown(text: str) -> dict:
    """Return the description of the only profile in a telegram's records."""
    found = records.parse(unhex(text))
    profiles = [r for r in found if "compact profile" in " ".join(r.qualifiers)]
    assert len(profiles) == 1 and profiles[0].value is None
    return describe(profiles[0], found)


def series(text: str) -> list:
    return [(e["storage"], e["value"], e["time"]) for e in shown(text)["profile"]]


def test_a_profile_counts_up_from_its_base():
    text = "84046d 00204111 8b0415 003012 8d04951f 05 6901 030211"
    assert shown(text)["spacing"] == "1 h"
    assert series(text) == [
        (None, "12300.3", "2010-01-01T01:00:00"),
        (None, "12300.5", "2010-01-01T02:00:00"),
        (None, "12301.6", "2010-01-01T03:00:00"),
    ]


def test_an_inverse_profile_counts_down_from_its_base():
    assert series("84046d 00234111 8b0415 163012 8d049513 05 6901 110203") == [
        (9, "12300.5", "2010-01-01T02:00:00"),
        (10, "12300.3", "2010-01-01T01:00:00"),
        (11, "12300.0", "2010-01-01T00:00:00"),
    ]


def test_months_from_the_last_day_and_from_an_uncertain_one():
    end = "0c13 13100000 026c 1f15 0d9313 0a 7afe 5802 3203 1402 4401"
    assert series(end) == [
        (1, "0.755", "2008-04-30"),
        (2, "0.423", "2008-03-31"),
        (3, "0.209", "2008-02-29"),
        (4, "0.065", "2008-01-31"),
    ]
    # 30 April may mean the 30th or the last day of the months before.
    assert [e[1:] for e in series(end.replace("1f15", "1e14"))] == [
        ("0.755", None),
        ("0.423", None),
        ("0.209", None),
        ("0.065", None),
    ]
    assert series(end.replace("1f15", "1c15"))[3][2] == "2008-01-28"
    assert series(end.replace("7afe", "5afe"))[3][2] == "2006-05-31"  # half years
    assert series(end.replace("7afe", "6afe"))[0][2] == "2008-02-29"  # quarters


def test_half_months_lead_from_the_first_to_the_sixteenth():
    text = "0213 e803 026c 1031 0d9313 06 72fd 0500 0300"
    assert series(text) == [(1, "0.995", "2024-01-01"), (2, "0.992", "2023-12-16")]
    forth = text.replace("9313", "931f")
    assert series(forth) == [(None, "1.005", "2024-02-01"), (None, "1.008", "2024-02-16")]
    assert series(text.replace("1031", "0a31")) == [(1, "0.995", None), (2, "0.992", None)]


def test_seconds_and_days_follow_the_base_time():
    assert series("0213 e803 026c 0131 0d931f 04 7202 0500")[0][2] == "2024-01-03"
    assert series("0213 e803 026c 0131 0d931f 04 6202 0500")[0][2] is None  # hours from a date
    assert series("0213 e803 046d 3b170131 0d931f 04 421e 0500")[0] == (
        None,
        "1.005",
        "2024-01-01T23:59:30",
    )
    assert series("0213 e803 026c ffff 0d931f 04 7202 0500")[0][2] is None
    assert series("0213 e803 036d 3b300b 0d931f 04 7202 0500")[0][2] is None  # a time of day
    assert series("0213 e803 026c e1f7 0d931f 04 7202 0500")[0][2] is None  # every year
    assert series("0213 e803 0d931f 04 7202 0500")[0] == (None, "1.005", None)


def test_a_value_that_is_not_valid_ends_what_builds_on_it():
    text = "0213 e803 0d9313 08 72fe 0500 ffff 0700"
    assert [e[1] for e in series(text)] == ["0.995", None, None]
    text = "0213 e803 0d9313 08 f2fe 0100 0080 0700"
    assert [e[1] for e in series(text)] == ["0.999", None, None]
    # Absolute values stand alone, and the error mark of BCD is no value.
    assert [e[1] for e in series("0d9313 08 32fe 0500 0080 fbff")] == ["0.005", None, "-0.005"]
    assert [e[1] for e in series("0d9313 05 39fe 0a ff 12")] == [None, None, "0.012"]


def test_without_its_base_value_an_increment_is_no_value():
    assert series("0d9313 04 72fe 0500") == [(1, None, None)]
    # Another storage, tariff or direction is not the base.
    for other in ("4213 e803", "821013 e803", "02933c e803", "0214 e803"):
        assert series(other + " 0d9313 04 72fe 0500") == [(1, None, None)], other
    assert series("02933c e803 0d93933c 04 72fe 0500") == [(1, "0.995", None)]


def test_signed_differences_and_decrements():
    assert series("0213 e803 0d931f 04 f2fe fbff")[0][1] == "0.995"
    assert series("0213 e803 0d931f 04 b2fe 0500")[0][1] == "0.995"
    assert series("0213 e803 0d9313 04 b2fe 0500")[0][1] == "1.005"


def test_elements_side_by_side_have_no_time():
    found = shown("0213 e803 026c 0131 0d931e 06 1200 0500 0600")
    assert found["spacing"] is None
    assert [(e["storage"], e["value"], e["time"]) for e in found["profile"]] == [
        (1, "0.005", None),
        (2, "0.006", None),
    ]


def test_reserved_headers_stay_octets():
    for data in ("01 72", "04 52fd 0500", "04 72fb 0500", "04 72ff 0500", "04 7dfe 0500"):
        found = shown("0213 e803 0d9313 " + data)
        assert "profile" not in found and found["value"] is None, data
    assert "profile" not in shown("0213 e803 0d9313 05 72fe 050006")  # half an element
    assert "profile" not in shown("0213 e803 0d9313 04 42fe 0500")  # months in seconds


def test_a_line_for_people_has_the_values():
    found = records.parse(unhex("0213 e803 0d9313 08 72fe 0500 ffff 0700"))
    assert (
        line(found[1], found) == "0d 9313 volume inverse compact profile: 1 month [0.995 - -] m³"
    )
