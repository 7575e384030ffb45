"""Civil time and the POSIX zone rule, against moments worked out by hand."""

import timestamp
from support import raises

VIENNA = "CET-1CEST,M3.5.0,M10.5.0/3"


class _Port:
    """What a port's time module looks like to timestamp.now."""

    def __init__(self, epoch, seconds):
        self._epoch = epoch
        self._seconds = seconds

    def gmtime(self, _):
        return (self._epoch, 1, 1, 0, 0, 0, 5, 1)

    def time(self):
        return self._seconds


def test_days_and_civil_are_inverse_over_leap_years():
    assert timestamp.days(1970, 1, 1) == 0
    assert timestamp.days(2000, 3, 1) - timestamp.days(2000, 2, 28) == 2
    for day in range(timestamp.days(1999, 12, 1), timestamp.days(2005, 1, 1), 17):
        year, month, date = timestamp.civil(day * 86400)[:3]
        assert timestamp.days(year, month, date) == day


def test_own_offset_decides():
    local = (2021, 9, 27, 9, 47, 15, 120, True)
    assert timestamp.unix(local) == 1632728835
    assert timestamp.iso(local) == "2021-09-27T09:47:15+02:00"
    assert timestamp.iso((2021, 1, 2, 3, 4, 5, -90, None)) == "2021-01-02T03:04:05-01:30"


def test_without_offset_the_zone_decides_and_the_text_has_none():
    zone = timestamp.Zone(VIENNA)
    assert timestamp.unix((2021, 9, 27, 9, 47, 15, None, None), zone) == 1632728835
    assert timestamp.unix((2021, 1, 27, 9, 0, 0, None, None), zone) == 1611734400
    assert timestamp.iso((2021, 9, 27, 9, 47, 15, None, None)) == "2021-09-27T09:47:15"
    assert timestamp.unix((2021, 9, 27, 9, 47, 15, None, None)) is None


def test_meters_own_summer_time_flag_settles_the_double_hour():
    zone = timestamp.Zone(VIENNA)
    first = timestamp.unix((2021, 10, 31, 2, 30, 0, None, True), zone)
    second = timestamp.unix((2021, 10, 31, 2, 30, 0, None, False), zone)
    assert second - first == 3600
    # A meter that stays on standard time all year says so (dst False in July).
    assert timestamp.unix((2021, 7, 1, 12, 0, 0, None, False), zone) == 1625137200


def test_zone_changes_at_one_utc():
    zone = timestamp.Zone(VIENNA)
    spring = timestamp.days(2021, 3, 28) * 86400 + 3600
    autumn = timestamp.days(2021, 10, 31) * 86400 + 3600
    assert zone.offset(spring - 1) == 3600 and zone.offset(spring) == 7200
    assert zone.offset(autumn - 1) == 7200 and zone.offset(autumn) == 3600
    assert zone.local(spring) == (2021, 3, 28, 3, 0, 0, 120, True)


def test_southern_and_quoted_zones():
    assert timestamp.Zone("AEST-10AEDT,M10.1.0,M4.1.0/3").offset(1609459200) == 39600
    assert timestamp.Zone("<+0330>-3:30").offset(0) == 12600
    assert timestamp.Zone("UTC0").offset(0) == 0


def test_bad_rules_are_refused():
    for rule in ("", "X", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,J60,J300",
                 "CET-1CEST,M13.5.0,M10.5.0", "CET-1,M3.5.0,M10.5.0"):  # fmt: skip
        raises(ValueError, timestamp.Zone, rule)


def test_valid_refuses_days_that_do_not_exist():
    assert timestamp.valid((2024, 2, 29, 0, 0, 0, None, None))
    assert not timestamp.valid((2023, 2, 29, 0, 0, 0, None, None))
    assert not timestamp.valid((2023, 13, 1, 0, 0, 0, None, None))
    assert not timestamp.valid((2023, 1, 1, 24, 0, 0, None, None))


def test_clock_that_was_never_set_is_unknown():
    assert timestamp.now(_Port(2000, 5)) is None
    assert timestamp.now(_Port(1970, 5)) is None
    assert timestamp.now(_Port(1970, 1800000000)) == 1800000000
    assert timestamp.now(_Port(2000, 1800000000 - 946684800)) == 1800000000
