"""The adapter's identity is made once, kept sealed, and found again after a restart."""

import asyncio

from crypto.fingerprint import fingerprint
from firmware.config import certificate
from support import raises


class _Store:
    """Sealed secrets as config.keys.KeyStore keeps them, in RAM; counts the writes."""

    def __init__(self):
        self.kept = {}
        self.writes = 0

    def seal_steps(self, name, secret):
        yield
        self.kept[name] = secret
        self.writes += 1

    def unseal_steps(self, name):
        yield
        return self.kept.get(name)


def _load(store):
    return asyncio.run(certificate.load(store))


def _make(store, names=("obisgate-1a2b3c.local",), addresses=("192.168.4.1",)):
    return asyncio.run(certificate.load_or_make(store, names, addresses))


def test_made_once_and_found_again():
    store = _Store()
    assert _load(store) is None
    identity = _make(store)
    assert _load(store) == identity == _make(store)
    # One write: a power cut leaves either no identity or a whole one.
    assert store.writes == 1
    assert identity.fingerprint == fingerprint(identity.certificate)
    assert b"\x87\x04\xc0\xa8\x04\x01" in identity.certificate


def test_every_adapter_has_its_own():
    first, second = _make(_Store()), _make(_Store())
    assert first.key != second.key and first.certificate != second.certificate


def test_what_is_no_identity_counts_as_none():
    store = _Store()
    for damaged in (b"", b"\x30", bytes(97), b"\x30\x5f" + bytes(95)):
        store.kept["tls.identity"] = damaged
        assert _load(store) is None


def test_names_that_no_certificate_can_carry_leave_nothing_behind():
    store = _Store()
    raises(ValueError, _make, store, ())
    raises(ValueError, _make, store, ("two words",))
    assert store.writes == 0
