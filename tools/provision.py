"""Make what a new adapter is told, and its label.

    python -m tools.provision --id 1a2b3c --output FOLDER [--name NAME] [--key HEX] [--auth-key HEX]
                              [--set KEY=VALUE …]

Leaves FOLDER/provision.json (for `make flash`; the adapter seals it at its first start and removes it) and the
label, FOLDER/label.svg and label.pdf, with the access point's password and its QR code. Every password
is drawn from the operating system's generator.
"""

import argparse
import json
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

from firmware.config import schema  # noqa: E402 - sys.path is set above
from tools import label  # noqa: E402

# Letters and digits that nobody mistakes for each other on a small label.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_PASSWORD = 12  # 60 bits


class ProvisionError(Exception):
    """A value that the adapter would refuse; the text never repeats a secret."""


def password() -> str:
    """Return a new password that can be read off a label and typed."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD))


def _key(text: str, what: str) -> str:
    text = text.replace(" ", "").replace("-", "")
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        raise ProvisionError("%s: hexadecimal digits are expected" % what)
    if len(octets) not in (16, 20):
        raise ProvisionError("%s: 32 hexadecimal digits are expected" % what)
    return text


def _setting(text: str) -> tuple:
    key, equals, value = text.partition("=")
    row = schema.ROWS.get(key)
    if not equals or row is None:
        raise ProvisionError("%s: no such setting" % key)
    if row.kind == "bool":
        value = {"true": True, "false": False}.get(value, value)
    elif row.kind == "int" and value.lstrip("-").isdigit():
        value = int(value)
    try:
        return key, schema.check(key, value)
    except ValueError as cause:
        raise ProvisionError("%s: %s" % (key, cause))


def provisioning(name: str, key: str = "", auth_key: str = "", settings=()) -> dict:
    """Return the object of provision.json. Raises ProvisionError."""
    given = {"device": {"name": name, "ap_password": password()}}
    try:
        schema.check("device.name", name)
    except ValueError as cause:
        raise ProvisionError("name: %s" % cause)
    if key:
        given["key"] = _key(key, "key")
    if auth_key:
        given["auth_key"] = _key(auth_key, "auth-key")
    if settings:
        given["config"] = dict(_setting(text) for text in settings)
    return given


def write(folder: Path, identity: str, given: dict):
    """Write provision.json, readable by its owner only, and the label."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "provision.json"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(given, file, indent=2)
    label.write(folder, "Obisgate-" + identity, given["device"]["ap_password"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--id", required=True, help="last six hex digits of the MAC address")
    parser.add_argument("--name", help="by default obisgate-ID")
    parser.add_argument("--key", default="", help="meter key; better typed on the adapter's page")
    parser.add_argument("--auth-key", default="")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    identity = arguments.id.lower()
    try:
        if len(identity) != 6 or any(c not in "0123456789abcdef" for c in identity):
            raise ProvisionError("id: six hexadecimal digits are expected")
        given = provisioning(
            arguments.name or "obisgate-" + identity,
            arguments.key,
            arguments.auth_key,
            arguments.set,
        )
    except ProvisionError as error:
        print("provision: %s" % error, file=sys.stderr)
        return 1
    write(arguments.output, identity, given)
    print("provisioning and label are in %s" % arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
