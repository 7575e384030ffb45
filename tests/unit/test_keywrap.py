"""AES key wrap: the examples of RFC 3394, chapter 4."""

from crypto.keywrap import unwrap, unwrap_steps, wrap, wrap_steps
from support import raises, unhex

_KEY = unhex("00112233445566778899aabbccddeeff")
_KEK = bytes(range(16))
_WRAPPED = unhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")


def test_rfc_3394_4_1():
    assert wrap(_KEK, _KEY) == _WRAPPED
    assert unwrap(_KEK, _WRAPPED) == _KEY


def test_rfc_3394_4_3_under_256_bits():
    kek = bytes(range(32))
    assert wrap(kek, _KEY) == unhex("64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7")
    assert unwrap(kek, wrap(kek, _KEY)) == _KEY


def test_rfc_3394_4_6_256_bits_of_key():
    key = _KEY + bytes(range(16))
    wrapped = unhex(
        "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
    )
    assert wrap(bytes(range(32)), key) == wrapped
    assert unwrap(bytes(range(32)), wrapped) == key


def test_every_damaged_octet_shows():
    for at in range(len(_WRAPPED)):
        damaged = bytearray(_WRAPPED)
        damaged[at] ^= 1
        assert unwrap(_KEK, damaged) is None
    assert unwrap(bytes(16), _WRAPPED) is None


def test_lengths():
    assert unwrap(_KEK, _WRAPPED[:-1]) is None
    assert unwrap(_KEK, _WRAPPED[:16]) is None
    raises(ValueError, wrap, _KEK, bytes(8))
    raises(ValueError, wrap, _KEK, bytes(17))


def test_a_long_blob_takes_many_short_steps():
    blob = bytes(range(256)) * 2
    wrapped = wrap(_KEK, blob)
    assert unwrap(_KEK, wrapped) == blob
    # 64 semiblocks six times over, 48 block operations a step.
    assert len(list(wrap_steps(_KEK, blob))) == 8
    assert len(list(unwrap_steps(_KEK, wrapped))) == 8
    assert len(list(wrap_steps(_KEK, _KEY + _KEY))) == 0
