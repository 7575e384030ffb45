"""The certificate and its DER; that others read it is shown in tests/interop."""

from hashlib import sha256

from crypto import der, ecdsa, p256, x509
from crypto.fingerprint import fingerprint
from crypto.steps import finish
from support import raises, unhex

_PRIVATE = unhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
_PUBLIC = finish(p256.public_steps(_PRIVATE))
_BEGIN = (2026, 1, 1, 0, 0, 0)


def _certificate(names=("obisgate-1a2b3c",), addresses=(), serial=bytes(16)):
    steps = x509.self_signed_steps(_PRIVATE, _PUBLIC, serial, names, addresses, _BEGIN)
    return finish(steps)


def test_lengths_take_their_shortest_form():
    assert der.octet_string(b"") == b"\x04\x00"
    assert der.octet_string(bytes(127))[:2] == b"\x04\x7f"
    assert der.octet_string(bytes(128))[:3] == b"\x04\x81\x80"
    assert der.octet_string(bytes(255))[:3] == b"\x04\x81\xff"
    assert der.octet_string(bytes(256))[:4] == b"\x04\x82\x01\x00"


def test_integers_take_their_shortest_form_and_stay_positive():
    for value, encoded in (
        (0, "020100"),
        (1, "020101"),
        (127, "02017f"),
        (128, "02020080"),
        (255, "020200ff"),
        (256, "02020100"),
        (1 << 63, "0209008000000000000000"),
    ):
        assert der.integer(value) == unhex(encoded)


def test_object_identifiers():
    assert der.identifier("1.2.840.10045.3.1.7") == unhex("06082a8648ce3d030107")
    assert der.identifier("2.5.29.17") == unhex("0603551d11")
    assert der.identifier("1.3.6.1.5.5.7.3.1") == unhex("06082b06010505070301")


def test_times_change_their_form_in_2050():
    assert der.time((2026, 11, 22, 1, 2, 3)) == b"\x17\x0d261122010203Z"
    assert der.time((2049, 12, 31, 23, 59, 59)) == b"\x17\x0d491231235959Z"
    assert der.time((2050, 1, 1, 0, 0, 0)) == b"\x18\x0f20500101000000Z"
    assert der.time(x509.NO_EXPIRY) == b"\x18\x0f99991231235959Z"


def test_the_signature_covers_the_body():
    encoded = _certificate()
    assert encoded[:2] == b"\x30\x82" and len(encoded) == 4 + (encoded[2] << 8 | encoded[3])
    body_length = 4 + (encoded[6] << 8 | encoded[7])
    body = encoded[4 : 4 + body_length]
    tail = encoded[4 + body_length :]
    assert tail.startswith(der.sequence(der.identifier("1.2.840.10045.4.3.2")))
    signature = finish(ecdsa.sign_steps(_PRIVATE, sha256(body).digest()))
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    assert tail.endswith(der.bit_string(der.sequence(der.integer(r), der.integer(s))))


def test_the_same_input_gives_the_same_certificate():
    assert _certificate() == _certificate()
    assert _certificate() != _certificate(serial=b"\x01" * 16)


def test_a_public_key_of_another_pair_is_noticed():
    other = finish(p256.public_steps(b"\x01" * 32))
    steps = x509.self_signed_steps(_PRIVATE, other, bytes(16), ("a",), (), _BEGIN)
    raises(ValueError, finish, steps)


def test_names_and_addresses_are_limited():
    address = bytes((192, 168, 4, 1))
    encoded = _certificate(("obisgate-1a2b3c.local", "obisgate.fritz.box"), (address,))
    assert b"\x82\x12obisgate.fritz.box" in encoded
    assert b"\x87\x04" + address in encoded
    for names in ((), ("",), ("a" * 65,), ("two words",), ("größe",), ("a\x00b",), ("a",) * 9):
        raises(ValueError, _certificate, names)
    raises(ValueError, _certificate, ("a",), (), b"short")


def test_fingerprint_is_written_as_browsers_do():
    text = fingerprint(b"")
    assert text.startswith("E3:B0:C4:42:98:FC:1C:14:") and len(text) == 95
