"""Hybrid public key encryption (RFC 9180) in base mode, one message per encapsulation.

The one suite is DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. A sealed message is the
encapsulated key (65 octets), the ciphertext and its tag (16 octets), one after the other.

Base mode does not tell who sealed a message: whoever accepts one must know the sender by other
means.
"""

from crypto import hkdf, p256
from crypto.gcm import Gcm

OVERHEAD = 65 + 16  # octets by which a sealed message is longer

_TAG_SIZE = 16
_VERSION = b"HPKE-v1"
_KEM_SUITE = b"KEM\x00\x10"
_SUITE = b"HPKE\x00\x10\x00\x01\x00\x01"
_MODE_BASE = b"\x00"


def _extract(suite: bytes, salt: bytes, label: bytes, key_material: bytes) -> bytes:
    return hkdf.extract(salt, _VERSION, suite, label, key_material)


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return hkdf.expand(key, length.to_bytes(2, "big") + _VERSION + suite + label + info, length)


def shared_secret(dh: bytes, encapsulated: bytes, public: bytes) -> bytes:
    """The KEM's shared secret from the Diffie-Hellman one (clause 4.1, ExtractAndExpand)."""
    key = _extract(_KEM_SUITE, b"", b"eae_prk", dh)
    return _expand(_KEM_SUITE, key, b"shared_secret", encapsulated + public, 32)


def key_schedule(secret: bytes, info: bytes) -> tuple:
    """The AEAD's key (16 octets) and first nonce (12 octets) (clause 5.1, mode base)."""
    context = (
        _MODE_BASE
        + _extract(_SUITE, b"", b"psk_id_hash", b"")
        + _extract(_SUITE, b"", b"info_hash", info)
    )
    secret = _extract(_SUITE, secret, b"secret", b"")
    return (
        _expand(_SUITE, secret, b"key", context, 16),
        _expand(_SUITE, secret, b"base_nonce", context, 12),
    )


def open_steps(private: bytes, public: bytes, sealed: bytes, info: bytes, additional: bytes = b""):
    """Steps; returns the plaintext, or None if the message was not sealed for this key and info.

    `private` (32 octets) and `public` (65 octets) are the recipient's own pair; `additional` is
    authenticated with the message.
    """
    if len(sealed) < OVERHEAD:
        return None
    encapsulated = bytes(sealed[: p256.PUBLIC_SIZE])
    try:
        p256.decode(encapsulated)
    except ValueError:
        return None
    dh = yield from p256.shared_steps(private, encapsulated)
    yield
    key, nonce = key_schedule(shared_secret(dh, encapsulated, public), info)
    yield
    data = bytearray(sealed[p256.PUBLIC_SIZE : -_TAG_SIZE])
    if not Gcm(key).decrypt(nonce, (additional,), data, bytes(sealed[-_TAG_SIZE:])):
        return None
    return bytes(data)


def seal_steps(
    public: bytes, plaintext: bytes, info: bytes, additional: bytes = b"", ephemeral=None
):
    """Steps; returns `plaintext` sealed for the owner of `public`.

    `ephemeral` is a private key given only by a known-answer test. ValueError if `public` is not
    a point of P-256.
    """
    if ephemeral is None:
        ephemeral = p256.generate_private()
    dh = yield from p256.shared_steps(ephemeral, public)
    encapsulated = yield from p256.public_steps(ephemeral)
    key, nonce = key_schedule(shared_secret(dh, encapsulated, public), info)
    data = bytearray(plaintext)
    tag = Gcm(key).encrypt(nonce, (additional,), data)
    return encapsulated + bytes(data) + tag
