"""Sealed secrets, the forms a key may be typed in, and the trial of a new meter key."""

from firmware.config.key_text import parse_key
from firmware.config.keys import TRIAL_S, KeyStore
from keys import Keys
from support import raises, temporary_folder

DEVICE_KEY = bytes(range(32))
OLD = bytes(range(16))
NEW = bytes(range(100, 116))
GAK = bytes(range(50, 66))


def pair(keys) -> tuple:
    return keys.unicast, keys.authentication


def content(root: str) -> bytes:
    with open(root + "/keys", "rb") as file:
        return file.read()


def test_a_secret_comes_back_and_is_not_in_the_file():
    with temporary_folder() as root:
        store = KeyStore(root, DEVICE_KEY)
        for secret in (b"", b"x", b"seven ..", bytes(4096)):
            store.seal("name", secret)
            assert KeyStore(root, DEVICE_KEY).unseal("name") == secret
        store.seal("name", b"canary-canary")
        assert b"canary" not in content(root)
        store.seal("name", None)
        assert store.unseal("name") is None


def test_a_secret_cannot_be_put_in_anothers_place():
    with temporary_folder() as root:
        store = KeyStore(root, DEVICE_KEY)
        sealed = store.wrap("mqtt.password", b"secret")
        assert store.unwrap("mqtt.password", sealed) == b"secret"
        raises(ValueError, store.unwrap, "wifi.password", sealed)
        damaged = bytes([sealed[0] ^ 1]) + sealed[1:]
        raises(ValueError, store.unwrap, "mqtt.password", damaged)
        raises(ValueError, store.wrap, "name", bytes(4097))


def test_a_foreign_device_key_opens_nothing_and_says_so():
    with temporary_folder() as root:
        KeyStore(root, DEVICE_KEY).set_meter(OLD)
        other = KeyStore(root, bytes(32))
        assert pair(other.meter) == (None, None) and other.note == "lost"


def test_damage_is_noticed():
    with temporary_folder() as root:
        KeyStore(root, DEVICE_KEY).set_meter(OLD)
        damaged = bytearray(content(root))
        damaged[20] ^= 1
        with open(root + "/keys", "wb") as file:
            file.write(damaged)
        store = KeyStore(root, DEVICE_KEY)
        assert store.note == "lost" and store.meter.unicast is None


def test_the_first_key_and_one_that_never_worked_are_replaced_at_once():
    with temporary_folder() as root:
        store = KeyStore(root, DEVICE_KEY)
        assert store.set_meter(OLD) == "active"
        assert store.set_meter(NEW, GAK) == "active"
        assert pair(KeyStore(root, DEVICE_KEY).meter) == (NEW, GAK)


def test_a_key_that_worked_stays_until_the_new_one_has_opened_a_telegram():
    with temporary_folder() as root:
        store = KeyStore(root, DEVICE_KEY)
        store.set_meter(OLD)
        assert not store.opened(store.meter) and store.proven
        assert store.set_meter(NEW) == "candidate"
        store = KeyStore(root, DEVICE_KEY)
        assert pair(store.meter) == (OLD, None) and pair(store.candidate) == (NEW, None)
        assert not store.opened(Keys(GAK, None))
        assert store.opened(store.candidate)
        for now in (store, KeyStore(root, DEVICE_KEY)):
            assert pair(now.meter) == (NEW, None) and now.candidate is None and now.proven


def test_a_new_key_that_never_opens_a_telegram_expires():
    with temporary_folder() as root:
        store = KeyStore(root, DEVICE_KEY)
        assert not store.expire(0)
        store.set_meter(OLD)
        store.opened(store.meter)
        store.set_meter(NEW)
        assert not store.expire(1000)
        assert not store.expire(1000 + TRIAL_S - 1)
        assert store.expire(1000 + TRIAL_S)
        for now in (store, KeyStore(root, DEVICE_KEY)):
            assert pair(now.meter) == (OLD, None) and now.candidate is None


def test_forgetting_the_keys_forgets_all_of_them():
    with temporary_folder() as root:
        store = KeyStore(root, DEVICE_KEY)
        store.set_meter(OLD)
        store.opened(store.meter)
        store.set_meter(NEW)
        store.set_meter(None)
        for now in (store, KeyStore(root, DEVICE_KEY)):
            assert now.meter.unicast is None and now.candidate is None and not now.proven


def test_keys_of_another_length_are_refused():
    with temporary_folder() as root:
        store = KeyStore(root, DEVICE_KEY)
        raises(ValueError, store.set_meter, bytes(15))
        raises(ValueError, store.set_meter, OLD, bytes(15))


def test_a_key_may_be_typed_in_any_usual_form():
    plain = "000102030405060708090A0B0C0D0E0F"
    for text in (
        plain,
        plain.lower(),
        " " + plain + "\r\n",
        "0x" + plain,
        "00-01-02-03-04-05-06-07-08-09-0a-0b-0c-0d-0e-0f",
        "00010203 04050607 08090A0B 0C0D0E0F",
        "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F",
        "0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F",
    ):
        assert parse_key(text) == OLD, text
    assert parse_key("31" * 10 + "32" * 10) == b"1" * 10 + b"2" * 10
    assert parse_key("Abcdefghijklmnop") == b"Abcdefghijklmnop"
    assert parse_key(plain * 2) == parse_key(" ".join([plain, plain])) == OLD + OLD


def test_keys_of_256_bits_are_kept():
    unicast, authentication = bytes(range(32)), bytes(range(32, 64))
    with temporary_folder() as root:
        KeyStore(root, DEVICE_KEY).set_meter(unicast, authentication)
        kept = KeyStore(root, DEVICE_KEY).meter
        assert (kept.unicast, kept.authentication) == (unicast, authentication)


def test_what_is_wrong_with_a_key_is_said_without_repeating_it():
    for text, cause in (
        ("", "length"),
        ("0011", "length"),
        ("00" * 17, "length"),
        ("0" * 65, "length"),
        ("00" * 15 + "0g", "characters"),
        ("ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", "length"),
        ("Ä" * 32, "characters"),
    ):
        assert str(raises(ValueError, parse_key, text)) == cause, text
