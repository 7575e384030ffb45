"""What is withheld because it cannot be."""

from c1219.plausible import Plausibility

HOUR = 3600000


def _codes(items):
    return [item[0] for item in items]


def _energy(value, code="1-0:1.8.0", exponent=0):
    return [(code, (value, exponent), "Wh")]


def test_counters_rise_no_faster_than_the_largest_load():
    plausibility = Plausibility()
    assert plausibility.sift(_energy(65845342), 0)
    assert plausibility.sift(_energy(65845343), 10000)
    # 100 kW for ten seconds is 277 Wh.
    assert plausibility.sift(_energy(65845343 + 279), 20000)
    assert not plausibility.sift(_energy(65845343 + 279 + 1000), 30000)
    assert plausibility.sift(_energy(65845343 + 280), 40000)


def test_counters_do_not_fall():
    plausibility = Plausibility()
    assert plausibility.sift(_energy(5000), 0)
    assert not plausibility.sift(_energy(4999), 10000)
    assert not plausibility.sift(_energy(-1), 20000)
    assert plausibility.sift(_energy(5000), 30000)


def test_the_difference_of_both_directions_may_fall():
    plausibility = Plausibility()
    for value in (5000, 4999, 3000):
        assert plausibility.sift(_energy(value, "1-0:16.8.0"), 10000)
    assert not plausibility.sift(_energy(-1, "1-0:16.8.0"), 20000)


def test_a_register_that_runs_over_starts_again_at_zero():
    for digits in (5, 6, 9):
        plausibility = Plausibility()
        assert plausibility.sift(_energy(10**digits - 2), 0)
        assert plausibility.sift(_energy(3), 10000)
        assert not plausibility.sift(_energy(0), 20000)


def test_a_fall_that_is_no_overflow_is_believed_only_when_repeated():
    plausibility = Plausibility()
    assert plausibility.sift(_energy(99998), 0)
    assert not plausibility.sift(_energy(50000), 10000)
    assert not plausibility.sift(_energy(50001), 20000)
    assert plausibility.sift(_energy(50001), 30000)
    assert plausibility.sift(_energy(50002), 40000)


def test_doubted_values_must_agree_with_each_other():
    plausibility = Plausibility()
    assert plausibility.sift(_energy(99998), 0)
    for wrong in (50000, 40000, 70000, 90000):
        assert not plausibility.sift(_energy(wrong), 10000)
    assert plausibility.sift(_energy(99998), 20000)


def test_units_of_ten_and_hundred_watt_hours():
    plausibility = Plausibility((40, 1))
    assert plausibility.sift(_energy(1000, exponent=2), 0)
    # 40 * 100 kW for an hour is 4 GWh at most … in steps of 100 Wh.
    assert plausibility.sift(_energy(1000 + 40000, exponent=2), HOUR)
    assert not plausibility.sift(_energy(1000 + 2 * 40000 + 10, exponent=2), HOUR + 1000)


def test_limits_of_what_can_be_measured():
    plausibility = Plausibility()
    good = [
        ("1-0:1.7.0", (100000, 0), "W"),
        ("1-0:32.7.0", (300000, -3), "V"),
        ("1-0:31.7.0", (400000, -3), "A"),
        ("1-0:14.7.0", (49980, -3), "Hz"),
        ("1-0:33.7.0", (-1000, -3), ""),
        ("0-0:96.14.0", (4, 0), ""),
    ]
    assert plausibility.sift(good, 0) == good
    bad = [
        ("1-0:1.7.0", (100001, 0), "W"),
        ("1-0:3.7.0", (-1, 0), "var"),
        ("1-0:32.7.0", (300001, -3), "V"),
        ("1-0:52.7.0", (-1, -3), "V"),
        ("1-0:31.7.0", (400001, -3), "A"),
        ("1-0:14.7.0", (44999, -3), "Hz"),
        ("1-0:33.7.0", (1001, -3), ""),
    ]
    assert plausibility.sift(bad, 0) == []


def test_limits_grow_with_the_transformers():
    plausibility = Plausibility((40, 10))
    good = [
        ("1-0:1.7.0", (100000 * 400, 0), "W"),
        ("1-0:32.7.0", (3000000, -3), "V"),
        ("1-0:31.7.0", (16000000, -3), "A"),
    ]
    assert plausibility.sift(good, 0) == good


def test_the_sum_of_both_directions_must_be_their_sum():
    def items(both):
        return _energy(1000) + _energy(200, "1-0:2.8.0") + _energy(both, "1-0:15.8.0")

    assert "1-0:15.8.0" in _codes(Plausibility().sift(items(1201), 0))
    assert _codes(Plausibility().sift(items(1300), 0)) == ["1-0:1.8.0", "1-0:2.8.0"]


def test_phases_must_add_up_to_the_total():
    def items(third):
        found = [("1-0:1.7.0", (456, 0), "W"), ("1-0:2.7.0", (0, 0), "W")]
        for code, watts in (
            ("21", 900),
            ("41", 0),
            ("61", third),
            ("22", 0),
            ("42", 600),
            ("62", 0),
        ):
            found.append(("1-0:%s.7.0" % code, (watts, 0), "W"))
        return found

    assert len(Plausibility().sift(items(157), 0)) == 8
    assert _codes(Plausibility().sift(items(500), 0)) == ["1-0:1.7.0", "1-0:2.7.0"]


def test_what_is_not_available_passes_as_such():
    items = [("1-0:32.7.0", None, "V")]
    assert Plausibility().sift(items, 0) == items
