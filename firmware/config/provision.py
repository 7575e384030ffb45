"""What a new adapter is told over USB: `provision.json` on the flash root.

It is taken over and sealed at the first start, then overwritten and removed, since it holds secrets in
the clear. A power cut in between only makes the next start take it over again.
"""

import json

from firmware.config import wipe
from firmware.unload import borrow

FILE = "provision.json"


def load(root: str = "/") -> "dict | None":
    """Return the provisioning under root, or None where there is none.

    Shape: `{"device": {"name", "ap_password"}, "config": {key: value}, "key", "auth_key", "token",
    "admin_password"}`, every part optional. Raises ValueError where the file is not such an object.
    """
    try:
        with open(_path(root), "rb") as file:
            text = file.read()
    except OSError:
        return None
    if not text.strip(b"\0"):
        return None
    given = json.loads(text)
    if not isinstance(given, dict):
        raise ValueError("provision.json: an object is expected")
    return given


async def take_over(root: str, config, keystore, auth, feed=None) -> list:
    """Store what provision.json holds, remove it, and return the names of what could not be used.

    config: store.Config, keystore: keys.KeyStore, auth: web.auth.Auth. An empty list where there is no
    such file, too. feed() is called while the flash is wiped: the watchdog's.
    """
    try:
        given = load(root)
    except ValueError:
        remove(root, feed)
        return [FILE]
    if given is None:
        return []
    refused = []
    for name, store in (
        ("device", _store_device),
        ("config", _store_config),
        ("key", _store_key),
        ("admin_password", _store_password),
        ("token", _store_token),
    ):
        if name not in given:
            continue
        try:
            refused += await store(given, config, keystore, auth) or []
        except (ValueError, TypeError, AttributeError):
            # Whatever a hand-written file holds, the adapter must start.
            refused.append(name)
    remove(root, feed)
    return refused


async def _store_device(given, config, keystore, auth):
    device = given["device"]
    if device.get("ap_password"):
        keystore.seal("device.ap_password", device["ap_password"].encode())
    if device.get("name"):
        return sorted(config.update({"device.name": device["name"]}))
    return []


async def _store_config(given, config, keystore, auth):
    settings = dict(given["config"])
    wrong = config.check(settings)
    config.update({key: value for key, value in settings.items() if key not in wrong})
    return sorted(wrong)


async def _store_key(given, config, keystore, auth):
    if given["key"]:
        parse_key = borrow("firmware.config.key_text.parse_key")
        authentication = given.get("auth_key")
        keystore.set_meter(
            parse_key(given["key"]), parse_key(authentication) if authentication else None
        )


async def _store_password(given, config, keystore, auth):
    if given["admin_password"]:
        await auth.set_password(given["admin_password"])


async def _store_token(given, config, keystore, auth):
    if given["token"]:
        auth.add_token("provisioned", "admin", given["token"])


def remove(root: str, feed=None):
    """Overwrite and remove the file under root, and what the flash still holds of it."""
    wipe.remove(_path(root))
    wipe.free_space(root, feed)


def _path(root: str) -> str:
    return root.rstrip("/") + "/" + FILE
