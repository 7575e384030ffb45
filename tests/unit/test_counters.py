"""The meter's counters over a restart: DLMS and wireless M-Bus, sealed and tied to their key."""

import os

from dlms_meter import AUTH_KEY, KEY, PLAIN, ciphered, decode, hdlc
from test_wmbus import NUMBER, frame, mode_7, take

from firmware.config import counters
from firmware.config.keys import KeyStore
from firmware.meter.dlms_decoder import DlmsDecoder
from firmware.meter.wmbus_decoder import WmbusDecoder
from support import temporary_folder

DEVICE_KEY = bytes(range(32))
OTHER = bytes(range(100, 116))


def start(root: str):
    """Return the key store as a start of the adapter leaves it."""
    store = KeyStore(root, DEVICE_KEY)
    counters.load(root + "/", store)
    return store


def dlms(store, count: int, control: int = 0x30) -> tuple:
    """Return (telegrams, drops) of a new decoder, as each session makes it, for one telegram."""
    target = DlmsDecoder(store.meter)
    found = decode(target, hdlc(ciphered(PLAIN, count, control)))
    return len(found), target.dropped


def test_a_telegram_from_before_the_restart_is_a_replay():
    with temporary_folder() as root:
        store = start(root)
        store.set_meter(KEY, AUTH_KEY)
        assert dlms(store, 1000) == (1, {})
        counters.save(root + "/", store)
        store = start(root)
        assert dlms(store, 1000) == (0, {"replay": 1})
        assert dlms(store, 999) == (0, {"replay": 1})
        assert dlms(store, 1001) == (1, {})
        # What was not saved is what a power cut loses.
        store = start(root)
        assert dlms(store, 1001) == (1, {})


def test_the_tag_and_the_protection_are_asked_for_after_the_restart():
    with temporary_folder() as root:
        store = start(root)
        store.set_meter(KEY, AUTH_KEY)
        assert dlms(store, 7) == (1, {})
        counters.save(root + "/", store)
        store = start(root)
        assert dlms(store, 8, 0x20) == (0, {"tag": 1})
        assert dlms(store, 9, 0x00) == (0, {"tag": 1})


def test_unprotected_telegrams_move_no_counter():
    with temporary_folder() as root:
        store = start(root)
        store.set_meter(KEY, AUTH_KEY)
        assert dlms(store, 0xFFFFFFFF, 0x00) == (1, {})
        assert dlms(store, 5) == (1, {})


def test_radio_in_mode_7():
    with temporary_folder() as root:
        key = bytes(range(16))
        store = start(root)
        store.set_meter(key)

        def heard(count: bytes) -> tuple:
            unit = WmbusDecoder(store.meter, address="12345678", checked=True)
            return take(unit, frame(NUMBER, mode_7(count, key))) is not None, unit.dropped

        assert heard(b"\x05\x00\x01\x00") == (True, {})
        counters.save(root + "/", store)
        store = start(root)
        assert heard(b"\x04\x00\x01\x00") == (False, {"replay": 1})
        assert heard(b"\x05\x00\x01\x00") == (False, {"duplicate": 1})
        assert heard(b"\x06\x00\x01\x00") == (True, {})


def test_the_key_entered_again_lets_a_meter_count_anew():
    with temporary_folder() as root:
        store = start(root)
        store.set_meter(KEY, AUTH_KEY)
        dlms(store, 1000)
        counters.save(root + "/", store)
        store = start(root)
        assert store.set_meter(KEY, AUTH_KEY) == "active"
        assert dlms(store, 1) == (1, {})
        assert dlms(start(root), 1) == (1, {})


def test_counters_are_of_their_key_and_sealed():
    with temporary_folder() as root:
        path = root + "/" + counters.FILE
        store = start(root)
        store.set_meter(KEY, AUTH_KEY)
        counters.save(root + "/", store)
        assert counters.FILE not in os.listdir(root)  # nothing was heard yet
        dlms(store, 1000)
        counters.save(root + "/", store)
        with open(path, "rb") as file:
            kept = file.read()
        assert b"4142430001020304" not in kept.lower()
        store.set_meter(OTHER)
        assert counters.FILE not in os.listdir(root)
        # Another key's, damaged ones, and those of another device are none.
        for content in (kept, kept[:9] + b"f" + kept[10:], b"", b"{}\n"):
            with open(path, "wb") as file:
                file.write(content)
            assert start(root).meter.counters == {}
        store = start(root)
        store.set_meter(KEY, AUTH_KEY)
        with open(path, "wb") as file:
            file.write(kept)
        assert list(start(root).meter.counters.values()) == [[1000, True]]
        os.remove(root + "/keys")
        foreign = KeyStore(root, bytes(32))
        foreign.set_meter(KEY, AUTH_KEY)
        with open(path, "wb") as file:
            file.write(kept)
        counters.load(root + "/", foreign)
        assert foreign.meter.counters == {}


def test_without_a_key_agreed_ones_are_counted():
    with temporary_folder() as root:
        store = start(root)
        store.meter.counters[b"ABCDEFGH"] = [0x01020304, False]
        counters.save(root + "/", store)
        store = start(root)
        assert store.meter.counters == {b"ABCDEFGH": [0x01020304, False]}
        store.set_meter(KEY)
        assert store.meter.counters == {}
        assert start(root).meter.counters == {}


def test_a_key_on_trial_counts_for_itself():
    with temporary_folder() as root:
        store = start(root)
        store.set_meter(KEY, AUTH_KEY)
        dlms(store, 1000)
        store.opened(store.meter)
        assert store.set_meter(OTHER) == "candidate"
        assert dlms(store, 1000) == (0, {"replay": 1})
        counters.save(root + "/", store)
        store.opened(store.candidate)
        assert store.meter.counters == {}
        # The file is the old key's until the next is written.
        assert start(root).meter.counters == {}
