"""How MEP keys are written."""

from c1219 import key
from support import raises, telegrams, unhex


def test_the_forms_that_operators_hand_out():
    count = 0
    for entry in telegrams("mep"):
        if entry["protocol"] == "key-entry":
            assert key.parse(entry["key"]) == unhex(entry["expected"]["key16"]), entry["id"]
            count += 1
    assert count == 6


def test_blanks_around_a_key_do_not_matter_but_those_inside_text_do():
    assert key.parse("  0123456789abcdef\n") == b"0123456789abcdef"
    assert key.parse("0123456 89abcdef") == b"0123456 89abcdef"
    assert key.parse("00112233445566778899 AABBCCDDEEFF")[:3] == b"\x00\x11\x22"


def test_anything_else_is_refused_without_repeating_it():
    for text in ("", "abc", "0" * 31, "0" * 33, "g" * 32, "g" * 40, "x" * 17, "\u00e4" * 16):
        error = raises(ValueError, key.parse, text)
        assert not text or text not in str(error)
