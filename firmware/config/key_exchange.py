"""New meter keys from outside (`PUT /api/v1/key`), in one of three ways; and the key pair for them.

- `{"key": …, "auth_key": …}`: in the clear, as a person types them; only over a channel that is
  encrypted by itself.
- `{"wrapped": hex}`: under the meter key in force, by AES key wrap (RFC 3394).
- `{"sealed": hex}`: for this adapter's own public key, by HPKE (RFC 9180, the suite of crypto.hpke),
  with INFO as its info.

What is wrapped or sealed is the unicast key (16 octets; 20 for MEP, sealed only), followed by the
authentication key (16 octets) where the meter has one; or both of AES-256, 32 octets each. Neither way tells who sent the key: that is
what the admin credential of the request is for.
"""

from binascii import unhexlify

from compat import const
from crypto.fingerprint import fingerprint
from crypto.steps import finish
from firmware import steps
from firmware.config.key_text import parse_key
from keys import Keys

INFO = b"obisgate meter key 1"

_NAME = "exchange.pair"
_KEY = const(16)
_MEP_KEY = const(20)
_LONG_KEY = const(32)
_PRIVATE = const(32)
_PUBLIC = const(65)
_LONGEST = const(2 * (2 * _LONG_KEY + 81))  # hex digits of two sealed keys; 81 is hpke.OVERHEAD
_WAYS = ({"key"}, {"key", "auth_key"}, {"wrapped"}, {"sealed"})


class KeyRefused(Exception):
    """Why no key came out: the HTTP status, the error of FORMAT.md, and a sentence for the user.

    Nothing of what was sent is repeated.
    """

    def __init__(self, status: int, error: str, detail: str):
        super().__init__(error)
        self.status = status
        self.error = error
        self.detail = detail


def open_key_steps(body: dict, old_keys, pair: tuple, channel_encrypted: bool):
    """Steps; returns the `Keys` that the body of a request carries. Raises KeyRefused.

    `old_keys`: the Keys in force, or None; `pair`: this adapter's (private, public) octets;
    `channel_encrypted`: whether the request came over HTTPS or by the set-up access point.
    """
    if not isinstance(body, dict) or set(body) not in _WAYS:
        raise KeyRefused(400, "key:malformed", 'one of "key", "wrapped" and "sealed" is expected')
    for value in body.values():
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise KeyRefused(400, "key:malformed", "a text of hex digits is expected")
    if "key" in body:
        return _plain(body, channel_encrypted)
    if "wrapped" in body:
        return _split(_unwrapped(_octets(body["wrapped"]), old_keys))
    from crypto import hpke

    opened = yield from hpke.open_steps(pair[0], pair[1], _octets(body["sealed"]), INFO)
    if opened is None:
        raise KeyRefused(422, "key:not-accepted", "it was not sealed for this adapter")
    return _split(opened)


def open_key(body: dict, old_keys, pair: tuple, channel_encrypted: bool):
    """`open_key_steps` in one go, for where nothing else waits."""
    return finish(open_key_steps(body, old_keys, pair, channel_encrypted))


async def own_pair(keystore) -> tuple:
    """Return this adapter's (private, public) octets; they are made when first asked for."""
    kept = keystore.unseal(_NAME)
    if kept is not None and len(kept) == _PRIVATE + _PUBLIC:
        return kept[:_PRIVATE], kept[_PRIVATE:]
    from crypto import p256

    private = p256.generate_private()
    public = await steps.run(p256.public_steps(private))
    keystore.seal(_NAME, private + public)
    return private, public


def describe(public: bytes) -> dict:
    """Return what `/api/v1/status` says of the public key: its octets and its fingerprint."""
    return {"public_key": public.hex(), "fingerprint": fingerprint(public)}


def _plain(body: dict, channel_encrypted: bool):
    if not channel_encrypted:
        raise KeyRefused(
            403,
            "key:channel-not-encrypted",
            "a key in the clear is taken over HTTPS or the adapter's own access point only",
        )
    return _keys(_parsed(body["key"]), _parsed(body["auth_key"]) if body.get("auth_key") else None)


def _parsed(text: str) -> bytes:
    try:
        return parse_key(text)
    except ValueError as cause:
        raise KeyRefused(400, "key:" + str(cause), "this cannot be a meter key: " + str(cause))


def _octets(digits: str) -> bytes:
    try:
        return unhexlify(digits)
    except ValueError:
        raise KeyRefused(400, "key:malformed", "hex digits are expected, two per octet")


def _unwrapped(wrapped: bytes, old_keys) -> bytes:
    if old_keys is None or old_keys.unicast is None:
        raise KeyRefused(409, "key:no-old-key", "there is no key in force to open this with")
    from crypto import keywrap

    old_key = old_keys.unicast
    # Of a MEP key of 20 octets the meter uses 16, and so does this.
    key = keywrap.unwrap(old_key[:_KEY] if len(old_key) == _MEP_KEY else old_key, wrapped)
    if key is None:
        raise KeyRefused(422, "key:not-accepted", "it was not wrapped under the key in force")
    return key


def _split(octets: bytes):
    if len(octets) in (_KEY, _MEP_KEY):
        return _keys(octets, None)
    if len(octets) in (2 * _KEY, 2 * _LONG_KEY):
        half = len(octets) // 2
        return _keys(octets[:half], octets[half:])
    raise KeyRefused(422, "key:length", "a key of 16 octets, or two of 16 or 32, are expected")


def _keys(unicast: bytes, authentication):
    if authentication is not None and (
        len(unicast) != len(authentication) or len(unicast) not in (_KEY, _LONG_KEY)
    ):
        raise KeyRefused(400, "key:length", "two keys have 16 octets each, or 32")
    return Keys(unicast, authentication)
