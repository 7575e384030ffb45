"""The configuration as a file to keep: secrets only sealed, under a passphrase.

The whole is AES-128-GCM with a key from the passphrase by PBKDF2, so that a copy with a changed octet, or
another passphrase, is refused. The meter's keys are in it; tokens and the admin password are not.
"""

import json
import os
from binascii import hexlify, unhexlify

from compat import const
from crypto import pbkdf2
from firmware import steps
from firmware.config import schema
from firmware.web.password import check_strength, work_factor

_FORMAT = "obisgate backup 1"
_SALT_OCTETS = const(16)
_NONCE_OCTETS = const(12)
_TAG_OCTETS = const(16)
_KEY_OCTETS = const(16)
_EXPORT_MS = const(1000)
_MOST_ITERATIONS = const(1000000)
_LONGEST = const(32768)


async def export(config, keystore, passphrase: str, clock_ms) -> dict:
    """Return the backup: a JSON object of texts.

    Raises ValueError("short"), ("long") or ("weak") for the passphrase.
    """
    check_strength(passphrase)
    values = {}
    for row in schema.TABLE:
        value = config[row.key]
        if value != row.default:
            values[row.key] = value
    meter = keystore.meter
    content = {"version": schema.VERSION, "values": values}
    if meter.unicast is not None:
        content["key"] = _hex(meter.unicast)
        content["auth_key"] = _hex(meter.authentication) if meter.authentication else ""
    salt = os.urandom(_SALT_OCTETS)
    nonce = os.urandom(_NONCE_OCTETS)
    iterations = await work_factor(_EXPORT_MS, clock_ms)
    key = await steps.run(pbkdf2.derive_steps(passphrase.encode(), salt, iterations, _KEY_OCTETS))
    from crypto.gcm import Gcm

    sealed = bytearray(json.dumps(content).encode())
    tag = Gcm(key).encrypt(nonce, (_FORMAT.encode(),), sealed)
    return {
        "format": _FORMAT,
        "salt": _hex(salt),
        "iterations": iterations,
        "nonce": _hex(nonce),
        "sealed": _hex(bytes(sealed) + tag),
    }


async def restore(config, keystore, passphrase: str, backup: dict):
    """Put a backup in force.

    Raises ValueError("malformed"), or ("not-accepted") for another passphrase or a damaged file.
    """
    try:
        if backup["format"] != _FORMAT or len(backup["sealed"]) > _LONGEST:
            raise ValueError
        salt, nonce = unhexlify(backup["salt"]), unhexlify(backup["nonce"])
        sealed = unhexlify(backup["sealed"])
        iterations = backup["iterations"]
        if not 1 <= iterations <= _MOST_ITERATIONS or len(nonce) != _NONCE_OCTETS:
            raise ValueError
        if len(sealed) <= _TAG_OCTETS:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise ValueError("malformed")
    key = await steps.run(pbkdf2.derive_steps(passphrase.encode(), salt, iterations, _KEY_OCTETS))
    from crypto.gcm import Gcm

    content = bytearray(sealed[:-_TAG_OCTETS])
    if not Gcm(key).decrypt(nonce, (_FORMAT.encode(),), content, sealed[-_TAG_OCTETS:]):
        raise ValueError("not-accepted")
    content = json.loads(bytes(content))
    values = schema.migrate(content["values"], content["version"])
    for row in schema.TABLE:
        values.setdefault(row.key, row.default)
    wrong = config.update(values)
    if wrong:
        raise ValueError("malformed")
    if content.get("key"):
        authentication = content.get("auth_key")
        keystore.set_meter(
            unhexlify(content["key"]), unhexlify(authentication) if authentication else None
        )


def _hex(octets: bytes) -> str:
    return hexlify(octets).decode()
