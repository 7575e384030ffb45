"""RC4 against the published test vectors of its description and RFC 6229."""

from crypto.rc4 import RC4
from support import unhex


def _crypt(key, data):
    data = bytearray(data)
    RC4(key).crypt(data, 0, len(data))
    return bytes(data)


def test_the_well_known_vectors():
    assert _crypt(b"Key", b"Plaintext") == unhex("bbf316e8d940af0ad3")
    assert _crypt(b"Wiki", b"pedia") == unhex("1021bf0420")
    assert _crypt(b"Secret", b"Attack at dawn") == unhex("45a01f645fc35b383552544b9bf5")


def test_the_key_stream_of_rfc_6229():
    stream = _crypt(unhex("0102030405060708090a0b0c0d0e0f10"), bytes(256))
    assert stream[:16] == unhex("9ac7cc9a609d1ef7b2932899cde41b97")
    assert stream[240:] == unhex("065902e4b620f6cc36c8589f66432f2b")


def test_a_stream_goes_on_where_it_stopped():
    whole = _crypt(b"0123456789abcdef", bytes(40))
    parts = bytearray(40)
    cipher = RC4(b"0123456789abcdef")
    cipher.crypt(parts, 0, 7)
    cipher.crypt(parts, 7, 40)
    assert bytes(parts) == whole


def test_only_the_named_part_changes():
    data = bytearray(b"abcdefgh")
    RC4(b"k").crypt(data, 2, 4)
    assert data[:2] == b"ab" and data[4:] == b"efgh" and data[2:4] != b"cd"
