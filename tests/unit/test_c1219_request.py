"""Nothing but signed reads of known tables can be built, or pass the check before the line (R1.8)."""

from c1219 import request
from c1219.digest import Digest
from c1219.exchange import Exchange
from c1219.request import Refused, Requests, check
from support import raises, telegrams, unhex

KEY = bytes(range(1, 17))


def _requests():
    return Requests(Digest(KEY))


def _signed(body):
    digest = Digest(KEY)
    digest.feed(body, 0, len(body))
    return bytes([0, len(body) + 8]) + body + bytes(digest.value())


def test_recorded_reads_are_rebuilt_octet_by_octet():
    count = 0
    for entry in telegrams("mep"):
        asked = entry["expected"].get("request")
        if entry["protocol"] != "mep-rc4-auth" or not entry["verified"] or not entry["key"]:
            continue
        if entry["must_not_send"] or asked["table_id"] not in request.TABLES:
            continue
        if asked["count"] > request.MOST_DATA:
            continue
        requests = Requests(Digest(unhex(entry["key"])[:16]))
        sequence = int(asked["sequence"], 16)
        frame = requests.read(asked["table_id"], asked.get("offset"), asked["count"], sequence)
        assert bytes(frame) == unhex(entry["request_hex"]), entry["id"]
        check(frame, Digest(unhex(entry["key"])[:16]))
        count += 1
    assert count >= 30


def test_everything_that_must_not_be_sent_is_refused():
    count = 0
    for entry in telegrams("mep"):
        if not entry["must_not_send"]:
            continue
        frame = unhex(entry["request_hex"])
        key = unhex(entry["key"])[:16] if entry["key"] else KEY
        raises(Refused, check, frame, Digest(key))
        raises(Refused, Exchange(key).check, frame)
        raises(Refused, Exchange(key, encrypted=True).check, frame)
        count += 1
    assert count >= 5


def test_other_protocols_are_refused():
    for entry in telegrams("mep"):
        if entry["protocol"] in ("mep-tls", "c12.18-optical") and entry["request_hex"]:
            raises(Refused, check, unhex(entry["request_hex"]), Digest(KEY))


def test_only_known_tables_can_be_asked_for():
    requests = _requests()
    for table in list(range(-1, 70)) + list(range(0x800, 0x880)) + [0x10017, 1 << 20]:
        if table in request.TABLES:
            check(requests.read(table, 0, 1, 0), Digest(KEY))
        else:
            raises(Refused, requests.read, table, 0, 1, 0)
            raises(Refused, requests.read, table, None, 1, 0)


def test_tables_that_call_procedures_or_take_orders_are_not_known():
    for table in (7, 8, 0x800 + 50, 0x800 + 51, 0x800 + 52, 0x800 + 53, 0x800 + 59):
        assert table not in request.TABLES


def test_counts_and_offsets_have_limits():
    requests = _requests()
    for count in (0, -1, request.MOST_DATA + 1, 512, 1 << 16):
        raises(Refused, requests.read, request.BT28, 0, count, 0)
    for offset in (-1, 1 << 16, 1 << 24):
        raises(Refused, requests.read, request.BT28, offset, 4, 0)
    assert bytes(requests.read(request.BT28, 0xFFFF, 465, 0))[5:10] == unhex("00ffff01d1")


def test_the_sequence_number_is_all_four_octets():
    requests = _requests()
    assert bytes(requests.read(request.BT52, 0, 7, 0x8E2C010A))[10:14] == unhex("8e2c010a")
    assert bytes(requests.read(request.BT52, 0, 7, 0xFFFFFFFF))[10:14] == unhex("ffffffff")


def test_every_service_code_but_the_two_reads_is_refused_even_if_signed():
    tail = bytes(2) + b"\x17" + bytes(3)
    for code in range(256):
        full = _signed(bytes([code, 0, 23, 0, 32]) + bytes(4))
        part = _signed(bytes([code, 0, 23, 0, 0, 0, 0, 32]) + bytes(4))
        assert len(full) == 19 and len(part) == 22
        for frame, allowed in ((full, 0x30), (part, 0x3F)):
            if code == allowed:
                check(frame, Digest(KEY))
            else:
                raises(Refused, check, frame, Digest(KEY))
        raises(Refused, check, _signed(bytes([code]) + tail), Digest(KEY))


def test_a_frame_of_any_other_length_is_refused():
    frame = bytes(_requests().read(request.BT23, 0, 44, 5))
    for size in range(40):
        if size != len(frame):
            raises(Refused, check, (frame + bytes(20))[:size], Digest(KEY))


def test_a_flipped_bit_anywhere_is_refused():
    frame = bytes(_requests().read(request.BT23, 0, 44, 5))
    check(frame, Digest(KEY))
    for bit in range(8 * len(frame)):
        wrong = bytearray(frame)
        wrong[bit >> 3] ^= 1 << (bit & 7)
        raises(Refused, check, wrong, Digest(KEY))


def test_a_frame_signed_with_another_key_is_refused():
    frame = bytes(_requests().read(request.BT23, 0, 44, 5))
    raises(Refused, check, frame, Digest(bytes(16)))
