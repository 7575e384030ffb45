"""The contact for vulnerabilities is the builder's, or none: nothing is made up."""

import pytest

from tools import build


def test_no_contact_no_file(monkeypatch):
    monkeypatch.delenv("OBISGATE_CONTACT", raising=False)
    assert build.security_txt() == b""


def test_the_builders_contact_holds_for_a_year(monkeypatch):
    monkeypatch.setenv("OBISGATE_CONTACT", "https://example.org/security")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    lines = build.security_txt().decode().split("\n")
    assert lines[:2] == ["Contact: https://example.org/security", "Expires: 2024-11-13T00:00:00Z"]


@pytest.mark.parametrize("contact", ["someone@example.org", "http://example.org", "mailto:a b\nx"])
def test_what_is_no_address_is_refused(monkeypatch, contact):
    monkeypatch.setenv("OBISGATE_CONTACT", contact)
    with pytest.raises(build.BuildError):
        build.security_txt()
