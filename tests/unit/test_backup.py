"""Backups: secrets only sealed, another passphrase or a changed octet refused."""

import asyncio
import json

from firmware.config import backup
from firmware.config.keys import KeyStore
from firmware.config.store import Config
from support import raises, temporary_folder

DEVICE_KEY = bytes(range(32))
PASSPHRASE = "Berg-und-Tal-9"
KEY = bytes(range(100, 116))


class Slow:
    """A clock by which every sample takes long, so that the work factor is the lowest."""

    ms = 0

    def __call__(self) -> int:
        self.ms += 100000
        return self.ms


def parts(root: str, device: bytes = DEVICE_KEY) -> tuple:
    keystore = KeyStore(root, device)
    return Config(root, keystore), keystore


def export(config, keystore) -> dict:
    return asyncio.run(backup.export(config, keystore, PASSPHRASE, Slow()))


def restore(config, keystore, passphrase: str, made: dict):
    return asyncio.run(backup.restore(config, keystore, passphrase, made))


def test_a_backup_comes_back_on_another_device():
    with temporary_folder() as root, temporary_folder() as other_root:
        config, keystore = parts(root)
        config.update({"wifi.password": "canary-secret", "mqtt.port": 1234})
        keystore.set_meter(KEY)
        made = json.loads(json.dumps(export(config, keystore)))
        config, keystore = parts(other_root, bytes(32))
        config.update({"device.led": 1})
        restore(config, keystore, PASSPHRASE, made)
        config, keystore = parts(other_root, bytes(32))
        assert config["wifi.password"] == "canary-secret" and config["mqtt.port"] == 1234
        # What the backup does not name has its default again.
        assert config["device.led"] == 20 and keystore.meter.unicast == KEY


def test_no_secret_is_in_it_in_the_clear():
    with temporary_folder() as root:
        config, keystore = parts(root)
        config.update({"wifi.password": "canary-secret", "mqtt.password": "canary-secret"})
        keystore.set_meter(KEY)
        text = json.dumps(export(config, keystore))
        for secret in (b"canary", KEY, b"".join([b"%02x" % octet for octet in KEY])):
            assert secret not in text.encode()


def test_another_passphrase_or_a_changed_octet_is_refused_and_changes_nothing():
    with temporary_folder() as root:
        config, keystore = parts(root)
        config.update({"mqtt.port": 1})
        made = export(config, keystore)
        config.update({"mqtt.port": 2})
        assert (
            str(raises(ValueError, restore, config, keystore, "Berg-und-Tal-8", made))
            == "not-accepted"
        )
        for name in ("salt", "nonce", "sealed"):
            text = made[name]
            changed = dict(made)
            changed[name] = text[:-1] + ("0" if text[-1] != "0" else "1")
            error = raises(ValueError, restore, config, keystore, PASSPHRASE, changed)
            assert str(error) == "not-accepted", name
        assert config["mqtt.port"] == 2


def test_what_is_no_backup_is_refused():
    with temporary_folder() as root:
        config, keystore = parts(root)
        good = export(config, keystore)
        for name, value in (
            ("format", "other"),
            ("salt", "xx"),
            ("nonce", "00"),
            ("sealed", "00"),
            ("sealed", 5),
            ("iterations", 0),
            ("iterations", 10**9),
            ("iterations", "1"),
        ):
            bad = dict(good)
            bad[name] = value
            assert (
                str(raises(ValueError, restore, config, keystore, PASSPHRASE, bad)) == "malformed"
            )
        assert str(raises(ValueError, restore, config, keystore, PASSPHRASE, {})) == "malformed"


def test_a_weak_passphrase_is_refused():
    with temporary_folder() as root:
        config, keystore = parts(root)
        for text in ("short", "12345678"):
            raises(ValueError, asyncio.run, backup.export(config, keystore, text, Slow()))
