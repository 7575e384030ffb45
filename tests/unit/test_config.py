"""The settings table, the store's atomicity and its falling back."""

import os

from firmware.config import public_key, schema, whole_file
from firmware.config.help import TEXTS
from firmware.config.keys import KeyStore
from firmware.config.store import Config
from support import raises, temporary_folder

DEVICE_KEY = bytes(range(32))


def store(root: str) -> Config:
    return Config(root, KeyStore(root, DEVICE_KEY))


def content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def test_every_default_is_valid_and_described_in_both_languages():
    for row in schema.TABLE:
        assert schema.check(row.key, row.default) == row.default, row.key
        german, english = TEXTS[row.key]
        assert german and english and german != english, row.key
        assert not row.secret or row.default == "", row.key
    assert len(schema.ROWS) == len(schema.TABLE) == len(TEXTS)


def test_values_out_of_form_are_refused_with_a_cause():
    for key, value in (
        ("mqtt.port", 0),
        ("mqtt.port", 65536),
        ("mqtt.port", "1883"),
        ("mqtt.port", True),
        ("device.repl", 1),
        ("mqtt.tls", "perhaps"),
        ("mqtt.host", "a b"),
        ("mqtt.host", "-a.example"),
        ("mqtt.host", "x" * 64),
        ("mqtt.host", 5),
        ("wifi.ssid", "ä" * 17),
        ("wifi.ssid", "a\nb"),
        ("wifi.password", "short"),
        ("wifi.address", "192.168.1.256"),
        ("wifi.address", "192.168.1"),
        ("mqtt.topic", "a/#"),
        ("mqtt.ca", "no certificate"),
        ("mqtt.psk", "0011"),
        ("meter.line", "2400 9N1"),
        ("time.zone", "CET"),
        ("update.url", "http://example.org/x"),
        ("no.such", 1),
    ):
        assert str(raises(ValueError, schema.check, key, value)), key


def test_public_keys_of_the_meter_are_points_of_the_curve():
    generator = (
        "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
        "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"
    )
    point = public_key.parse(generator)
    assert len(point) == 65 and point[:2] == b"\x04\x6b"
    for key in ("meter.signing_key", "meter.agreement_key"):
        for text in (
            generator,
            "04" + generator,
            "04:" + generator.lower(),
            generator[:64] + " " + generator[64:],
        ):
            assert schema.check(key, text) == text and public_key.parse(text) == point
        for text in (
            "04",
            generator[:-2],
            "02" + generator,
            "00" * 64,
            generator[:-1] + "4",
            generator[:-1] + "g",
        ):
            raises(ValueError, schema.check, key, text)


def test_a_cause_never_repeats_a_secret():
    for row in schema.TABLE:
        if row.secret:
            error = raises(ValueError, schema.check, row.key, "s3cr3t!" * 50)
            assert "s3cr3t" not in str(error)


def test_values_are_kept_over_a_restart():
    with temporary_folder() as root:
        config = store(root)
        assert config["mqtt.port"] == 8883 and config.note == ""
        assert config.update({"mqtt.host": "broker.lan", "mqtt.port": 1884}) == {}
        again = store(root)
        assert again["mqtt.host"] == "broker.lan" and again["mqtt.port"] == 1884


def test_an_update_is_taken_as_a_whole_or_not_at_all():
    with temporary_folder() as root:
        config = store(root)
        errors = config.update({"mqtt.host": "broker.lan", "mqtt.port": 0, "nonsense": 1})
        assert sorted(errors) == ["mqtt.port", "nonsense"]
        assert config["mqtt.host"] == "" and store(root)["mqtt.host"] == ""


def test_secrets_are_sealed_on_flash_and_never_read_back():
    with temporary_folder() as root:
        config = store(root)
        config.update({"wifi.password": "correct horse", "wifi.ssid": "home"})
        assert b"horse" not in content(root + "/config")
        assert config.public()["wifi.password"] is True
        assert config.public()["mqtt.password"] is False
        assert store(root)["wifi.password"] == "correct horse"
        # What the form reads back as `true` leaves the secret as it is.
        assert config.update({"wifi.password": True, "wifi.ssid": "other"}) == {}
        assert config["wifi.password"] == "correct horse"
        config.update({"wifi.password": ""})
        assert config.public()["wifi.password"] is False


def test_secrets_sealed_under_a_lost_device_key_read_as_not_set():
    with temporary_folder() as root:
        store(root).update({"wifi.password": "correct horse", "wifi.ssid": "home"})
        config = Config(root, KeyStore(root, bytes(32)))
        assert config["wifi.password"] == "" and config.public()["wifi.password"] is False
        assert config["wifi.ssid"] == "home"
        config.update({"wifi.password": "another horse"})
        assert config["wifi.password"] == "another horse"


def test_a_damaged_file_falls_back_to_the_last_good_one_and_says_so():
    with temporary_folder() as root:
        config = store(root)
        config.update({"mqtt.port": 1111})
        config.update({"mqtt.port": 2222})
        damaged = bytearray(content(root + "/config"))
        damaged[damaged.find(b"2222")] = ord("7")
        with open(root + "/config", "wb") as file:
            file.write(damaged)
        config = store(root)
        assert config["mqtt.port"] == 1111 and config.note == "fell-back"
        # The damaged file does not become the last good one.
        config.update({"device.led": 5})
        assert config.note == ""
        os.remove(root + "/config")
        assert store(root)["mqtt.port"] == 1111


def test_with_nothing_left_defaults_are_in_force_and_it_says_so():
    with temporary_folder() as root:
        for name in ("/config", "/config.last"):
            with open(root + name, "wb") as file:
                file.write(b"{}\nnonsense\n")
        config = store(root)
        assert config["mqtt.port"] == 8883 and config.note == "reset"


def test_an_empty_file_counts_as_absent():
    with temporary_folder() as root:
        open(root + "/config", "wb").close()
        assert store(root).note == ""


def test_a_file_from_the_future_is_not_guessed_at():
    with temporary_folder() as root:
        whole_file.save(root + "/config", {"version": schema.VERSION + 1, "values": {}})
        assert store(root).note == "reset"


def test_keys_of_a_version_that_went_away_are_dropped():
    with temporary_folder() as root:
        values = {"gone.key": 1, "mqtt.port": 5}
        whole_file.save(root + "/config", {"version": 1, "values": values})
        config = store(root)
        assert config["mqtt.port"] == 5 and "gone.key" not in config.public()


def test_listeners_hear_of_a_change_once_it_is_stored():
    with temporary_folder() as root:
        config = store(root)
        heard = []
        config.on_change(lambda changes: heard.append((changes, store(root)["mqtt.port"])))
        config.update({"mqtt.port": 1})
        config.update({"mqtt.port": 0})
        assert heard == [({"mqtt.port": 1}, 1)]
