"""PBKDF2-HMAC-SHA256 against RFC 7914, clause 11."""

from crypto import pbkdf2
from crypto.steps import finish
from support import raises, unhex


def _derive(*arguments):
    return finish(pbkdf2.derive_steps(*arguments))


def test_rfc_7914_one_iteration():
    assert _derive(b"passwd", b"salt", 1, 64) == unhex(
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
    )


def test_rfc_7914_80000_iterations():
    assert _derive(b"Password", b"NaCl", 80000, 64) == unhex(
        "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
        "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"
    )


def test_length_cuts_the_output():
    whole = _derive(b"passwd", b"salt", 1, 64)
    for length in (1, 31, 32, 33):
        assert _derive(b"passwd", b"salt", 1, length) == whole[:length]


def test_a_step_is_a_few_iterations():
    steps = 0
    for _ in pbkdf2.derive_steps(b"passwd", b"salt", 1601):
        steps += 1
    assert steps == 100


def test_parameters_must_be_positive():
    for iterations, length in ((0, 32), (-1, 32), (1, 0)):
        raises(ValueError, _derive, b"passwd", b"salt", iterations, length)
