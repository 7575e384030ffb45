"""HPKE against RFC 9180, appendix A.3.1, and messages that must not open."""

from crypto import hpke, p256
from crypto.steps import finish
from support import raises, unhex

_INFO = unhex("4f6465206f6e2061204772656369616e2055726e")
_EPHEMERAL = unhex("4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb")
_PRIVATE = unhex("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2")
_PUBLIC = unhex(
    "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
    "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0"
)
_ENCAPSULATED = unhex(
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
    "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
)
_SHARED_SECRET = unhex("c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8")
_KEY = unhex("868c066ef58aae6dc589b6cfdd18f97e")
_BASE_NONCE = unhex("4e0bc5018beba4bf004cca59")
_PLAINTEXT = unhex("4265617574792069732074727574682c20747275746820626561757479")
_ADDITIONAL = unhex("436f756e742d30")
_CIPHERTEXT = unhex(
    "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"
)


def _open(sealed, info=_INFO, additional=_ADDITIONAL, private=_PRIVATE, public=_PUBLIC):
    return finish(hpke.open_steps(private, public, sealed, info, additional))


def test_rfc_9180_a31_secrets():
    dh = finish(p256.shared_steps(_PRIVATE, _ENCAPSULATED))
    assert hpke.shared_secret(dh, _ENCAPSULATED, _PUBLIC) == _SHARED_SECRET
    assert hpke.key_schedule(_SHARED_SECRET, _INFO) == (_KEY, _BASE_NONCE)


def test_rfc_9180_a31_message():
    sealed = finish(hpke.seal_steps(_PUBLIC, _PLAINTEXT, _INFO, _ADDITIONAL, _EPHEMERAL))
    assert sealed == _ENCAPSULATED + _CIPHERTEXT
    assert len(sealed) == len(_PLAINTEXT) + hpke.OVERHEAD
    assert _open(sealed) == _PLAINTEXT


def test_every_seal_takes_a_new_ephemeral_key():
    first = finish(hpke.seal_steps(_PUBLIC, b"key", _INFO))
    second = finish(hpke.seal_steps(_PUBLIC, b"key", _INFO))
    assert first[:65] != second[:65]
    assert _open(first, additional=b"") == _open(second, additional=b"") == b"key"


def test_an_empty_message_is_a_message():
    sealed = finish(hpke.seal_steps(_PUBLIC, b"", _INFO))
    assert _open(sealed, additional=b"") == b""


def test_any_change_keeps_it_shut():
    sealed = _ENCAPSULATED + _CIPHERTEXT
    for position in (1, 64, 65, 80, len(sealed) - 17, len(sealed) - 16, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[position] ^= 1
        assert _open(bytes(changed)) is None, position
    assert _open(sealed, info=_INFO + b"x") is None
    assert _open(sealed, additional=b"Count-1") is None
    assert _open(sealed[:-1]) is None
    assert _open(sealed + b"\x00") is None
    assert _open(sealed[: hpke.OVERHEAD - 1]) is None
    assert _open(b"") is None


def test_another_recipient_cannot_open():
    other = b"\x01" * 32
    public = finish(p256.public_steps(other))
    sealed = _ENCAPSULATED + _CIPHERTEXT
    assert _open(sealed, private=other, public=public) is None
    assert _open(sealed, public=public) is None


def test_sealing_for_what_is_no_key_is_refused():
    for public in (b"", _PUBLIC[:-1], bytes(65), _PUBLIC[:-1] + b"\x01"):
        raises(ValueError, next, hpke.seal_steps(public, b"key", _INFO))
