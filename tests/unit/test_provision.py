"""provision.json: taken over once, whatever it holds, and gone afterwards."""

import asyncio
import json
import os

from firmware.config import provision
from firmware.config.keys import KeyStore
from firmware.config.store import Config
from support import temporary_folder

DEVICE_KEY = bytes(range(32))
KEY = "000102030405060708090A0B0C0D0E0F"


class Auth:
    """Notes what it is told; refuses as the real one does."""

    def __init__(self):
        self.told = []

    async def set_password(self, text):
        if len(text) < 8:
            raise ValueError("short")
        self.told.append(text)

    def add_token(self, name, scope, token):
        if len(token) < 16:
            raise ValueError("token")
        self.told.append((scope, token))


def take_over(root: str, content) -> tuple:
    """Return (refused names, Config, KeyStore, what Auth was told)."""
    with open(root + "/provision.json", "w") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    keystore = KeyStore(root, DEVICE_KEY)
    config, auth = Config(root, keystore), Auth()
    refused = asyncio.run(provision.take_over(root, config, keystore, auth))
    assert "provision.json" not in os.listdir(root)
    return refused, config, keystore, auth.told


def test_everything_in_it_is_stored_and_the_file_is_gone():
    with temporary_folder() as root:
        refused, _, _, told = take_over(
            root,
            {
                "device": {"name": "cellar", "ap_password": "of the label"},
                "config": {"mqtt.host": "broker.lan", "wifi.password": "pass word"},
                "key": KEY,
                "auth_key": KEY.lower(),
                "admin_password": "long enough",
                "token": "0123456789abcdef",
            },
        )
        assert refused == []
        keystore = KeyStore(root, DEVICE_KEY)
        config = Config(root, keystore)
        assert config["device.name"] == "cellar" and config["wifi.password"] == "pass word"
        assert keystore.meter.unicast == keystore.meter.authentication == bytes(range(16))
        assert keystore.unseal("device.ap_password") == b"of the label"
        assert told == ["long enough", ("admin", "0123456789abcdef")]
        for name in os.listdir(root):
            with open(root + "/" + name, "rb") as file:
                content = file.read()
            assert b"pass word" not in content and b"of the label" not in content


def test_what_cannot_be_used_is_named_and_the_rest_is_stored():
    with temporary_folder() as root:
        refused, config, keystore, told = take_over(
            root,
            {
                "device": [],
                "config": {"mqtt.port": 0, "mqtt.host": "broker.lan", "x": 1},
                "key": "too short",
                "admin_password": 5,
                "token": "short",
            },
        )
        assert refused == ["device", "mqtt.port", "x", "key", "admin_password", "token"]
        assert config["mqtt.host"] == "broker.lan" and keystore.meter.unicast is None
        assert told == []


def test_a_file_that_is_no_object_does_no_harm():
    for content in ("", "{", "[]", "5", "\0\0\0"):
        with temporary_folder() as root:
            if content in ("", "\0\0\0"):
                # What a cut while wiping leaves: nothing to take over any more.
                with open(root + "/provision.json", "w") as file:
                    file.write(content)
                assert provision.load(root) is None
                os.remove(root + "/provision.json")
                continue
            assert take_over(root, content)[0] == ["provision.json"]


def test_without_a_file_nothing_happens():
    with temporary_folder() as root:
        keystore = KeyStore(root, DEVICE_KEY)
        config = Config(root, keystore)
        assert asyncio.run(provision.take_over(root, config, keystore, Auth())) == []
        assert os.listdir(root) == []
