"""RSA-3072 verification: a signature made by OpenSSL, and everything near it that must fail.

The opposite direction (forged encodings under a key whose private half is known) is in
tests/interop/test_crypto_interop.py.
"""

from hashlib import sha256

from crypto import rsa
from crypto.steps import finish
from support import raises, unhex

_MESSAGE = b"Obisgate release"
_MODULUS = unhex("""
bea58a2174e38a009a5007377c4f517a6ea055da311d0e65bc790c5a299e28be12c4ff94c5788178
0e74fe3d7aa0158dd60be13db89cdcbff79cae072f4a86e2c48d46e22db0a814d457a0ec85fed399
475192c42d6367d74ae1028498c6cc5a9450ba06808df2012022ae0cd993ab5a89830bc6b12af64a
4b6c26ead177539b92bfee295e9609f17f84d885da8f4f199387749d84e10eb66ae37bd412cbd01e
5d39ee610e247a311c69de3c8c31400e1f65dac02b91928d71d3c9d30143ec3b3a63e9f2f9c07dec
f6669dcbe0bebd7717d71cbdf550ce5cc30433c90084160d2fc35ea6fdbdffc76e16291e11ea45fd
33b97357326d04ccbca9099fcea52a7307277a45596e5698ea66dfc0011ffa9d3f8096eff14185d7
4f5206957f64815638c81eabc534e57b6f6f478275fa6dd14dcf0a1ef520c8b820c1585ec16beeff
fae8a83a6e7d3868fd4be63a1263a16f5cac2cf5fa8a7189644eeffbbb9e85711373013676f4d850
5735d040c37714b8edbb4abaedc5dcfe5c89568763335c5d
""")
_SIGNATURE = unhex("""
a124f26d631823a8ba11243cbe66a3f290287b6d9464187ebb8c3c0ff4d6414e75523025f2ad5acd
ffbe196c82f514b1cafa24a7c71789762a31a5cde7864070a71c14522b78a37a415be9f24f350845
bd1c7d11dbe0807e832de9b6b8458f311dd25e9bafc9d9d8fe1c0fb1ef9a496ba0cb84ecf63feca5
938ac28884247209bbe6703a931664666f42198b71950a555354d57e58e9952772725dde0a0b9a57
89c522cb7af42c4b95066b1cbba1bf92a6b094745edcc0d82e39b8bf389fca38522dda00c00f7eae
bd5ac783b19fcadc71effd805dd2df7a92738f612fe950d413e790266b3b3494919a87628f4ede39
f2dba436680ad820881de5f848b2c13412d50aac3f3ab80d883d480b2ac444fe6b34cd88025abe60
605070195035f320c680180324cf9b5cd84b88dc06a3f0500d9adeb9e1fd60bd1d7bb30e33fea065
4112a3610fe6985d4404fa136a3b9e1db841bffcc3e700500061c4ff6979d1291eb5aa7306cb8fb4
f699ca0a10cf72a002c2a6ae8905e4f61b44cd7c66bca608
""")


def _verify(signature, message=_MESSAGE, modulus=_MODULUS):
    return finish(rsa.verify_steps(modulus, sha256(message).digest(), signature))


def test_a_good_signature():
    assert _verify(_SIGNATURE)


def test_encoding_of_rfc_8017():
    encoded = rsa.encode(sha256(b"").digest())
    assert len(encoded) == 384
    assert encoded[:2] == b"\x00\x01"
    assert encoded[2:332] == b"\xff" * 330
    assert encoded[332:352] == unhex("00 3031300d060960864801650304020105000420")
    assert encoded[352:] == sha256(b"").digest()


def test_another_message_or_key_fails():
    assert not _verify(_SIGNATURE, b"Obisgate releasf")
    assert not _verify(_SIGNATURE, b"")
    modulus = bytearray(_MODULUS)
    modulus[200] ^= 1
    assert not _verify(_SIGNATURE, _MESSAGE, bytes(modulus))


def test_every_octet_counts():
    for position in range(0, 384, 13):
        changed = bytearray(_SIGNATURE)
        changed[position] ^= 0x10
        assert not _verify(bytes(changed)), position


def test_signatures_that_are_no_number_below_the_modulus_fail():
    number = int.from_bytes(_SIGNATURE, "big")
    modulus = int.from_bytes(_MODULUS, "big")
    # The same residue in another representation is still not the signature.
    assert not _verify((number + modulus).to_bytes(385, "big"))
    assert not _verify((number + modulus).to_bytes(385, "big")[-384:])
    for signature in (
        bytes(384),
        bytes(383) + b"\x01",
        _MODULUS,
        (modulus - 1).to_bytes(384, "big"),
        b"\xff" * 384,
        _SIGNATURE[:-1],
        _SIGNATURE[1:],
        b"\x00" + _SIGNATURE,
        _SIGNATURE + b"\x00",
        b"",
    ):
        assert not _verify(signature)


def test_only_a_modulus_of_3072_bits_is_a_key():
    digest = sha256(_MESSAGE).digest()
    for modulus in (
        _MODULUS[1:],
        b"\x01" + _MODULUS,
        b"\x7f" + _MODULUS[1:],
        _MODULUS[:-1] + b"\x5c",
        b"",
    ):
        raises(ValueError, next, rsa.verify_steps(modulus, digest, _SIGNATURE))
    raises(ValueError, next, rsa.verify_steps(_MODULUS, digest[1:], _SIGNATURE))


def test_it_takes_many_short_steps():
    steps = 0
    for _ in rsa.verify_steps(_MODULUS, sha256(_MESSAGE).digest(), _SIGNATURE):
        steps += 1
    assert steps == 17 * 5
