"""What a new adapter is told over USB: `provision.json` on the flash root.

It is taken over and sealed at the first start, then overwritten and removed, since it holds secrets in
the clear. A power cut in between only makes the next start take it over again.
"""

import json

from firmware.config import keys as meter_keys
from firmware.config import wipe

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
    device = given.get("device") or {}
    settings = dict(given.get("config") or {})
    if device.get("name"):
        settings["device.name"] = device["name"]
    wrong = config.check(settings)
    refused += sorted(wrong)
    config.update({key: value for key, value in settings.items() if key not in wrong})
    if device.get("ap_password"):
        keystore.seal("device.ap_password", device["ap_password"].encode())
    if given.get("key"):
        try:
            authentication = given.get("auth_key")
            keystore.set_meter(
                meter_keys.parse_key(given["key"]),
                meter_keys.parse_key(authentication) if authentication else None,
            )
        except ValueError:
            refused.append("key")
    if given.get("admin_password"):
        try:
            await auth.set_password(given["admin_password"])
        except ValueError:
            refused.append("admin_password")
    if given.get("token"):
        try:
            auth.add_token("provisioned", "admin", given["token"])
        except ValueError:
            refused.append("token")
    remove(root, feed)
    return refused


def remove(root: str, feed=None):
    """Overwrite and remove the file under root, and what the flash still holds of it."""
    wipe.remove(_path(root))
    wipe.free_space(root, feed)


def _path(root: str) -> str:
    return root.rstrip("/") + "/" + FILE
