"""Whatever a stranger sends as a key, a signature or a point is refused, never a crash."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import ecdsa, hpke, p256, rsa
from crypto.steps import finish
from firmware.config import key_exchange
from keys import Keys

_PRIVATE = b"\x11" * 32
_PAIR = (_PRIVATE, finish(p256.public_steps(_PRIVATE)))
_MODULUS = (1 << 3071 | 1).to_bytes(384, "big")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_HEX = st.binary(max_size=200).map(bytes.hex) | st.text(max_size=60)
_SCALAR = st.integers(1, p256.N - 1) | st.integers(1, 64) | st.integers(p256.N - 64, p256.N - 1)


@given(
    st.dictionaries(
        st.sampled_from(("key", "auth_key", "wrapped", "sealed", "other")),
        _HEX | _JSON,
        max_size=3,
    )
    | _JSON,
    st.booleans(),
)
def test_a_key_comes_out_or_a_refusal(body, channel_encrypted):
    try:
        keys = key_exchange.open_key(body, Keys(bytes(range(16))), _PAIR, channel_encrypted)
    except key_exchange.KeyRefused as refusal:
        assert refusal.error.startswith("key:") and 400 <= refusal.status < 500
    else:
        # What nobody wrapped or sealed can only be a key in the clear.
        assert channel_encrypted and "key" in body
        assert len(keys.unicast) in (16, 20)


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_nothing_opens_that_was_not_sealed(sealed, info):
    assert finish(hpke.open_steps(*_PAIR, sealed, info)) is None
    assert finish(hpke.open_steps(*_PAIR, _PAIR[1] + sealed, info)) is None


@given(st.binary(max_size=400))
@settings(max_examples=50)
def test_no_octets_are_a_signature(signature):
    digest = sha256(b"release").digest()
    padded = (signature + bytes(384))[:384]
    assert not finish(rsa.verify_steps(_MODULUS, digest, signature))
    assert not finish(rsa.verify_steps(_MODULUS, digest, padded))
    assert not finish(ecdsa.verify_steps(_PAIR[1], digest, signature))
    assert not finish(ecdsa.verify_steps(_PAIR[1], digest, padded[:64]))


@given(_SCALAR, _SCALAR)
@settings(max_examples=30, deadline=None)
def test_multiplication_is_the_one_of_openssl_and_commutes(left, right):
    private, other = left.to_bytes(32, "big"), right.to_bytes(32, "big")
    public = finish(p256.public_steps(private))
    theirs = ec.derive_private_key(left, ec.SECP256R1()).public_key()
    assert public == theirs.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = finish(p256.shared_steps(other, public))
    assert shared == finish(p256.shared_steps(private, finish(p256.public_steps(other))))


@given(st.binary(min_size=64, max_size=64))
def test_octets_are_a_point_only_if_openssl_says_so(coordinates):
    public = b"\x04" + coordinates
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except ValueError:
        with pytest.raises(ValueError):
            p256.decode(public)
    else:
        p256.decode(public)


@given(_SCALAR, st.binary(max_size=40), st.binary(max_size=20))
@settings(max_examples=20, deadline=None)
def test_what_is_sealed_opens_for_its_owner(scalar, plaintext, info):
    private = scalar.to_bytes(32, "big")
    public = finish(p256.public_steps(private))
    sealed = finish(hpke.seal_steps(public, plaintext, info))
    assert finish(hpke.open_steps(private, public, sealed, info)) == plaintext
