"""The documentation that is made from tables says what the tables say."""

from tools import docs


def test_the_settings_are_documented_as_they_are():
    assert docs.TARGET.read_text(encoding="utf-8") == docs.configuration()
