"""Line settings and their text."""

import line_settings
from support import raises


def test_parse_and_text_are_inverse():
    for text in ("2400 8E1", "115200 8N1 inverted", "300 7E1", "9600 8O2"):
        assert line_settings.text(line_settings.parse(text)) == text


def test_character_bits():
    assert line_settings.character_bits(line_settings.parse("2400 8E1")) == 11
    assert line_settings.character_bits(line_settings.parse("9600 8N1")) == 10


def test_bad_settings_are_refused():
    for text in ("", "2400", "8E1", "2400 9E1", "2400 8X1", "2400 8E3", "1 8N1", "2400 8N1 up"):
        raises(ValueError, line_settings.parse, text)
