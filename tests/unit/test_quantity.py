"""Exact decimals: text and parse are each other's inverse and never touch a float."""

import quantity
from support import raises


def test_text_has_just_the_digits_given():
    assert quantity.text(2337, -1) == "233.7"
    assert quantity.text(1000, -3) == "1.000"
    assert quantity.text(12937, 0) == "12937"
    assert quantity.text(12, 2) == "1200"
    assert quantity.text(-5, -2) == "-0.05"
    assert quantity.text(0, -3) == "0.000"
    assert quantity.text(0, 2) == "0"
    assert quantity.text(16777217, 0) == "16777217"


def test_text_beyond_64_bits():
    assert quantity.text(2**64 - 1, -3) == "18446744073709551.615"


def test_text_refuses_an_endless_exponent():
    raises(ValueError, quantity.text, 1, 33)
    raises(ValueError, quantity.text, 1, -33)


def test_parse_keeps_trailing_zeros():
    assert quantity.parse("000123.450") == (123450, -3)
    assert quantity.parse("-0.5") == (-5, -1)
    assert quantity.parse("+7") == (7, 0)


def test_parse_refuses_what_is_no_decimal():
    for text in ("", "-", ".", "1.", "1e3", "0x10", "1 2", "1,5", "--1", "nan"):
        raises(ValueError, quantity.parse, text)


def test_text_and_parse_are_inverse():
    for mantissa in (0, 1, -1, 9, 10, 99, 12345, -98765, 4294967295):
        for exponent in range(-9, 1):
            assert quantity.parse(quantity.text(mantissa, exponent)) == (mantissa, exponent)


def test_compare_is_exact_across_exponents():
    assert quantity.compare((10, -1), (1, 0)) == 0
    assert quantity.compare((100000000000000001, -17), (1, 0)) > 0
    assert quantity.compare((-1, 2), (-99, 0)) < 0
