"""The documentation that is made from tables says what the tables say."""

import pytest

from tools import docs


@pytest.mark.parametrize("target", sorted(docs.GENERATED), ids=lambda target: target.name)
def test_what_is_made_from_tables_is_current(target):
    assert target.read_text(encoding="utf-8") == docs.GENERATED[target]()
