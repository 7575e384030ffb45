"""The MEP digest: every recorded and derived example, and the kernel against its plain twin."""

import kernels
import kernels_plain

from c1219.digest import Digest
from support import raises, telegrams, unhex


def _digest(key, *parts):
    digest = Digest(key)
    for part in parts:
        digest.feed(part, 0, len(part))
    return bytes(digest.value())


def _vectors():
    for entry in telegrams("mep"):
        if entry["protocol"] in ("digest", "digest-two-part"):
            yield entry


def test_derived_vectors_of_all_lengths_around_a_pass():
    count = 0
    for entry in _vectors():
        parts = [unhex(entry["request_hex"])]
        if entry["response_hex"]:
            parts.append(unhex(entry["response_hex"]))
        got = _digest(unhex(entry["key"]), *parts)
        assert got == unhex(entry["expected"]["digest"]), entry["id"]
        count += 1
    assert count == 51


def test_every_published_exchange_is_signed_as_computed():
    count = 0
    for entry in telegrams("mep"):
        if entry["protocol"] != "mep-rc4-auth" or not (entry["key"] and entry["verified"]):
            continue
        key = unhex(entry["key"])
        request = unhex(entry["request_hex"])
        body = request[2:-8]
        assert _digest(key, body) == request[-8:], entry["id"]
        if entry["response_hex"]:
            response = unhex(entry["response_hex"])
            assert _digest(key, body, response[2:-8]) == response[-8:], entry["id"]
        count += 1
    assert count == 42


def test_the_kernel_and_its_plain_twin_agree():
    key = bytes([31 * i & 255 for i in range(16)])
    message = bytes([i * i + 7 & 255 for i in range(600)])
    for start, end, step in ((0, 600, 0), (3, 11, 5), (10, 10, 191), (0, 193, 190), (1, 2, 191)):
        states = bytearray(b"\x80\xff\x00\x01\x7f\xfe\x55\xaa"), bytearray(8)
        states[1][:] = states[0]
        after = kernels.oma(states[0], key, message, start, end, step)
        assert after == kernels_plain.oma(states[1], key, message, start, end, step)
        assert states[0] == states[1]
        assert 0 <= after < 192


def test_value_may_be_asked_for_in_between():
    key = bytes(range(16))
    message = bytes(range(100))
    digest = Digest(key)
    digest.feed(message, 0, 40)
    assert bytes(digest.value()) == _digest(key, message[:40])
    digest.feed(message, 40, 100)
    assert bytes(digest.value()) == _digest(key, message)


def test_back_forgets_what_came_after_the_mark():
    key = bytes(range(16))
    digest = Digest(key)
    digest.feed(b"request", 0, 7)
    digest.mark()
    digest.feed(b"a wrong answer", 0, 14)
    digest.back()
    digest.feed(b"the answer", 0, 10)
    assert bytes(digest.value()) == _digest(key, b"requestthe answer")


def test_matches_every_octet():
    digest = Digest(bytes(range(16)))
    digest.feed(b"abc", 0, 3)
    signed = b"abc" + bytes(digest.value())
    assert digest.matches(signed, 3)
    for i in range(3, 11):
        wrong = bytearray(signed)
        wrong[i] ^= 0x10
        assert not digest.matches(wrong, 3)


def test_a_key_has_16_octets():
    for length in (0, 15, 20):
        raises(ValueError, Digest, bytes(length))
