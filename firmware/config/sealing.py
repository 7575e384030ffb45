"""How secrets are sealed: under the device key, which lies in NVS and not in the file system.

By AES key wrap (RFC 3394), which also detects damage and a foreign device key. Every sealed secret
carries its name, so that one cannot be put in another's place.
"""

import hashlib
import os

from compat import const
from crypto import keywrap

_DEVICE_KEY_OCTETS = const(32)
_TAG_OCTETS = const(4)
_HEADER_OCTETS = const(6)
_SEMIBLOCK = const(8)
_LONGEST_SECRET = const(4096)


def device_key() -> bytes:
    """Return the device key from NVS; make it at the first start from the hardware generator."""
    import esp32

    nvs = esp32.NVS("obisgate")
    key = bytearray(_DEVICE_KEY_OCTETS)
    try:
        if nvs.get_blob("device_key", key) == _DEVICE_KEY_OCTETS:
            return bytes(key)
    except OSError:
        pass
    import network

    # The chip's generator is a true one only while the radio runs.
    network.WLAN(network.WLAN.IF_STA).active(True)
    key = os.urandom(_DEVICE_KEY_OCTETS)
    nvs.set_blob("device_key", key)
    nvs.commit()
    return key


def wrap_steps(device: bytes, name: str, secret: bytes):
    """Steps; returns secret sealed under the device key and the name. Raises ValueError where it is too long."""
    if len(secret) > _LONGEST_SECRET:
        raise ValueError("secret too long")
    plain = len(secret).to_bytes(2, "big") + _tag(name) + secret
    length = max(2 * _SEMIBLOCK, -(-len(plain) // _SEMIBLOCK) * _SEMIBLOCK)
    return (yield from keywrap.wrap_steps(device, plain + bytes(length - len(plain))))


def unwrap_steps(device: bytes, name: str, sealed: bytes):
    """Steps; returns the secret that was sealed under the name. Raises ValueError on any other."""
    plain = yield from keywrap.unwrap_steps(device, sealed)
    if plain is None:
        raise ValueError("sealed under another device key, or damaged")
    length = int.from_bytes(plain[:2], "big")
    if plain[2:_HEADER_OCTETS] != _tag(name) or length > len(plain) - _HEADER_OCTETS:
        raise ValueError("sealed under another name")
    return plain[_HEADER_OCTETS : _HEADER_OCTETS + length]


def _tag(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:_TAG_OCTETS]
