"""The virtual house: its energies are exactly the sum of its powers, and every value is an integer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tools.meters.base import Number, number, vienna
from tools.meters.house import House

QUANTITIES = ("1", "2", "3", "4")
MAY = 1777600000


@given(st.integers(0, 86400), st.integers(1, 2000), st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_energies_integrate_the_powers(start, seconds, seed):
    house = House(MAY + start, seed)
    before = {q: house.energy(q + ".8") for q in QUANTITIES}
    total = dict.fromkeys(QUANTITIES, 0)
    for second in range(1, seconds + 1):
        house.advance(MAY + start + second)
        for q in QUANTITIES:
            total[q] += house.power(q + ".7")
    for q in QUANTITIES:
        assert abs(house.energy(q + ".8") - before[q] - total[q] // 3600) <= 1
        assert abs(sum(house.energy(q + ".8", t) for t in (1, 2)) - house.energy(q + ".8")) <= 1


def test_a_house_in_may_imports_by_night_and_exports_at_noon():
    house = House(MAY - MAY % 86400)
    imported, exported = house.energy("1.8"), house.energy("2.8")
    house.advance(house.time + 4 * 3600)
    assert house.energy("1.8") > imported
    assert house.energy("2.8") == exported
    house.advance(house.time + 10 * 3600)
    assert house.energy("2.8") > exported


def test_the_registers_pass_what_a_32_bit_float_can_hold():
    house = House(MAY)
    assert house.energy("1.8") < 1 << 24 < house.energy("2.8")


@given(st.integers(-(10**12), 10**12), st.integers(-6, 3))
def test_number_shifts_the_decimal_point_only(mantissa, exponent):
    from decimal import Decimal

    text = number(mantissa, exponent)
    assert Decimal(text) == Decimal(mantissa).scaleb(exponent)
    assert "E" not in text
    assert len(text.partition(".")[2]) == max(0, -exponent)


def test_a_number_is_not_a_text():
    assert Number("12") == Number("12")
    assert Number("12") != "12"
    assert Number("12") != "12"


def test_summer_time_of_the_eu():
    assert vienna(1774745999)[1] is False  # 2026-03-29 00:59:59 UTC
    assert vienna(1774746000)[1] is True
    assert vienna(1792889999)[1] is True  # 2026-10-25 00:59:59 UTC
    assert vienna(1792890000)[1] is False
    assert vienna(1792890000)[0].isoformat() == "2026-10-25T02:00:00+01:00"
