"""The meter's counters over a restart, so that what was recorded before it is still a replay after it.

Sealed, and tied to the key they were heard under; written at most once a quarter of an hour for the flash's sake,
and before a restart that the adapter makes itself. So after a power cut what was recorded in the last quarter is
accepted once more.
"""

import hashlib
import os
from binascii import hexlify, unhexlify

from compat import const
from firmware.config import whole_file

FILE = "counters"
FIRST_MS = const(60000)
PERIOD_MS = const(900000)
_NAME = "meter.counters"
_TIE = const(8)
_COUNTER = const(4)


def load(root: str, keystore):
    """Give the keys in force the counters that were heard under them; none where they do not open or fit."""
    keys = keystore.meter
    try:
        sealed = whole_file.load(root + FILE)
        plain = None if sealed is None else keystore.unwrap(_NAME, unhexlify(sealed))
    except (ValueError, TypeError):
        plain = None
    if plain is None or plain[:_TIE] != _tie(keys):
        return
    at = _TIE
    while at < len(plain):
        name = at + 2
        counter = name + plain[at]
        value = int.from_bytes(plain[counter : counter + _COUNTER], "big")
        keys.counters[plain[name:counter]] = [value, bool(plain[at + 1])]
        at = counter + _COUNTER


def save(root: str, keystore):
    """Keep the counters of the keys in force, where there are any; raises OSError where the flash is full."""
    keys = keystore.meter
    if not keys.counters:
        return
    plain = _tie(keys)
    for name, (value, authenticated) in keys.counters.items():
        plain += bytes((len(name), authenticated)) + name + value.to_bytes(_COUNTER, "big")
    whole_file.save(root + FILE, hexlify(keystore.wrap(_NAME, plain)).decode())


def forget(root: str):
    """Accept any counter again, of a meter that counts anew."""
    try:
        os.remove(root + FILE)
    except OSError:
        pass


def _tie(keys) -> bytes:
    # Without a key of the operator's the meter's protection is agreed on.
    return hashlib.sha256(keys.unicast or b"").digest()[:_TIE]
