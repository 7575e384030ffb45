"""The three ways a meter key may come in, and what is refused with which error."""

import asyncio

from crypto import hpke, keywrap, p256
from crypto.steps import finish
from firmware.config import key_exchange
from keys import Keys
from support import raises

_OLD = Keys(bytes(range(16)), bytes(range(16, 32)))
_UNICAST = bytes(range(0x40, 0x50))
_AUTHENTICATION = bytes(range(0x60, 0x70))
_MEP = b"0123456789abcdefghij"
_PRIVATE = b"\x11" * 32
_PAIR = (_PRIVATE, finish(p256.public_steps(_PRIVATE)))


def _sealed(plaintext, info=key_exchange.INFO, public=_PAIR[1]):
    return {"sealed": finish(hpke.seal_steps(public, plaintext, info)).hex()}


def _wrapped(plaintext, key=_OLD.unicast):
    return {"wrapped": keywrap.wrap(key, plaintext).hex()}


def _open(body, old_keys=_OLD, channel_encrypted=False):
    keys = key_exchange.open_key(body, old_keys, _PAIR, channel_encrypted)
    return keys.unicast, keys.authentication


def _refused(body, old_keys=_OLD, channel_encrypted=False):
    refusal = raises(key_exchange.KeyRefused, _open, body, old_keys, channel_encrypted)
    return refusal.status, refusal.error


def test_plain_keys_come_over_an_encrypted_channel():
    body = {"key": _UNICAST.hex().upper(), "auth_key": "0x" + _AUTHENTICATION.hex()}
    assert _open(body, channel_encrypted=True) == (_UNICAST, _AUTHENTICATION)
    assert _open({"key": _UNICAST.hex()}, None, True) == (_UNICAST, None)
    assert _open({"key": _UNICAST.hex(), "auth_key": ""}, None, True) == (_UNICAST, None)
    assert _open({"key": _MEP.decode()}, None, True) == (_MEP, None)


def test_plain_keys_are_refused_in_the_clear():
    assert _refused({"key": _UNICAST.hex()}) == (403, "key:channel-not-encrypted")
    # Not even whether it is well-formed is told.
    assert _refused({"key": "nonsense"}) == (403, "key:channel-not-encrypted")


def test_wrapped_under_the_key_in_force():
    assert _open(_wrapped(_UNICAST)) == (_UNICAST, None)
    assert _open(_wrapped(_UNICAST + _AUTHENTICATION)) == (_UNICAST, _AUTHENTICATION)
    assert _open(_wrapped(_UNICAST, _MEP[:16]), Keys(_MEP)) == (_UNICAST, None)


def test_wrapped_under_another_key_is_refused():
    for key in (_OLD.authentication, _UNICAST):
        assert _refused(_wrapped(_UNICAST, key)) == (422, "key:not-accepted")
    body = _wrapped(_UNICAST)
    for old_keys in (None, Keys(None, None)):
        assert _refused(body, old_keys) == (409, "key:no-old-key")
    for digit in range(0, 48, 7):
        changed = list(body["wrapped"])
        changed[digit] = "0" if changed[digit] != "0" else "1"
        assert _refused({"wrapped": "".join(changed)}) == (422, "key:not-accepted")


def test_sealed_for_this_adapter():
    assert _open(_sealed(_UNICAST), None) == (_UNICAST, None)
    assert _open(_sealed(_UNICAST + _AUTHENTICATION), None) == (_UNICAST, _AUTHENTICATION)
    assert _open(_sealed(_MEP), None) == (_MEP, None)


def test_two_keys_of_256_bits():
    old, new = bytes(range(32)), bytes(range(100, 164))
    assert _open(_sealed(new), None) == (new[:32], new[32:])
    assert _open(_wrapped(new, old), Keys(old, old)) == (new[:32], new[32:])
    body = {"key": new[:32].hex(), "auth_key": new[32:].hex()}
    assert _open(body, None, True) == (new[:32], new[32:])
    mixed = {"key": new[:32].hex(), "auth_key": _AUTHENTICATION.hex()}
    assert _refused(mixed, None, True) == (400, "key:length")


def test_sealed_for_another_adapter_or_purpose_is_refused():
    other = finish(p256.public_steps(b"\x22" * 32))
    assert _refused(_sealed(_UNICAST, public=other)) == (422, "key:not-accepted")
    assert _refused(_sealed(_UNICAST, info=b"something else")) == (422, "key:not-accepted")
    for digits in ("", "00" * 80, "04" + "00" * 96, "ff" * 97):
        assert _refused({"sealed": digits}) == (422, "key:not-accepted")


def test_lengths_that_are_no_keys_are_refused():
    for octets in (b"", bytes(range(15)), bytes(range(24)), bytes(range(31))):
        assert _refused(_sealed(octets)) == (422, "key:length")
    assert _refused(_wrapped(bytes(range(24)))) == (422, "key:length")
    for text, error in (("abcd", "key:length"), ("g" * 32, "key:characters")):
        assert _refused({"key": text}, None, True) == (400, error)
    two = {"key": _MEP.decode(), "auth_key": _AUTHENTICATION.hex()}
    assert _refused(two, None, True) == (400, "key:length")


def test_bodies_of_another_shape_are_refused():
    wrapped = _wrapped(_UNICAST)
    for body in (
        None,
        [],
        "key",
        {},
        {"auth_key": _UNICAST.hex()},
        {"wrapped": wrapped["wrapped"], "key": _UNICAST.hex()},
        {"wrapped": wrapped["wrapped"], "sealed": _sealed(_UNICAST)["sealed"]},
        {"wrapped": wrapped["wrapped"], "more": 1},
        {"key": 7},
        {"key": None},
        {"sealed": ["00"]},
        {"wrapped": "0"},
        {"wrapped": "xy" * 24},
        {"sealed": "00" * 100000},
    ):
        assert _refused(body, channel_encrypted=True) == (400, "key:malformed")


def test_a_refusal_repeats_nothing_that_was_sent():
    secret = "c0ffee" * 5
    for body in ({"key": secret}, {"wrapped": secret + "00"}, {"sealed": secret + "zz"}):
        refusal = raises(key_exchange.KeyRefused, _open, body, _OLD, True)
        assert "c0ffee" not in refusal.detail and "c0ffee" not in str(refusal)


def test_the_public_key_is_described_without_the_private_one():
    told = key_exchange.describe(_PAIR[1])
    assert told["public_key"] == _PAIR[1].hex()
    assert len(told["fingerprint"]) == 95 and _PRIVATE.hex() not in str(told)


class _Store:
    """Sealed secrets as config.keys.KeyStore keeps them, in RAM."""

    def __init__(self):
        self.kept = {}

    def seal(self, name, secret):
        self.kept[name] = secret

    def unseal(self, name):
        return self.kept.get(name)


def test_the_pair_is_made_once_and_kept_sealed():
    store = _Store()
    private, public = asyncio.run(key_exchange.own_pair(store))
    assert finish(p256.public_steps(private)) == public
    assert asyncio.run(key_exchange.own_pair(store)) == (private, public)
    assert list(store.kept.values()) == [private + public]
    assert asyncio.run(key_exchange.own_pair(_Store()))[0] != private
