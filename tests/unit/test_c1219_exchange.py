"""Requests and their answers: digests bind them, sequence numbers order them, RC4 may hide them."""

from c1219 import exchange, request
from c1219.exchange import Exchange, Rejected
from support import raises, telegrams, unhex

KEY = b"0123456789abcdef"


def _signed(key, asked, code, encrypted=False):
    """Return the packet of an answer, by the lib's own digest, which has tests of its own."""
    other = Exchange(key)
    other._digest.reset()
    other._digest.feed(asked, 2, len(asked) - 8)
    other._digest.feed(code, 0, len(code))
    return bytearray((len(code) + 8).to_bytes(2, "big") + code + bytes(other._digest.value()))


def _ask(exchange_, *read):
    frame = exchange_.request(*read)
    exchange_.check(frame)
    return bytes(frame)


def test_recorded_exchanges_open():
    count = 0
    for entry in telegrams("mep"):
        answer = entry["expected"].get("response")
        if entry["protocol"] != "mep-rc4-auth" or not entry["verified"] or not entry["key"]:
            continue
        if not answer or entry["must_not_send"]:
            continue
        session = Exchange(unhex(entry["key"])[:16])
        session.resume(unhex(entry["request_hex"]))
        code = session.open(bytearray(unhex(entry["response_hex"])))
        assert code == int(answer["code"], 16), entry["id"]
        if code == exchange.OK:
            assert bytes(session.data) == unhex(answer["data_hex"]), entry["id"]
            assert len(session.data) == answer["count"]
        else:
            assert session.data is None
        if code == exchange.WRONG_SEQUENCE:
            assert session.sequence == int(answer["new_sequence"], 16) + 1
        count += 1
    assert count >= 35


def test_an_answer_to_another_request_is_not_believed():
    entries = {}
    for entry in telegrams("mep"):
        entries[entry["id"]] = entry
    late = entries["c-stream-late"]
    session = Exchange(unhex(late["key"])[:16])
    session.resume(unhex(late["request_hex"]))
    packet = bytearray(unhex(late["response_hex"]))
    assert str(raises(Rejected, session.open, packet)) == "checksum"
    session.resume(unhex(late["expected"]["previous_request_hex"]))
    assert session.open(packet) == exchange.OK


def test_the_right_answer_is_believed_after_a_wrong_one():
    session = Exchange(KEY)
    asked = _ask(session, request.BT28, 0, 4)
    good = _signed(KEY, asked, b"\x00\x00\x04\x01\x02\x03\x04")
    bad = bytearray(good)
    bad[6] ^= 1
    raises(Rejected, session.open, bad)
    assert session.open(good) == exchange.OK
    assert bytes(session.data) == b"\x01\x02\x03\x04"


def test_no_flipped_bit_passes():
    session = Exchange(KEY)
    asked = _ask(session, request.BT28, 0, 4)
    good = _signed(KEY, asked, b"\x00\x00\x04\x01\x02\x03\x04")
    for bit in range(16, 8 * len(good)):
        packet = bytearray(good)
        packet[bit >> 3] ^= 1 << (bit & 7)
        raises(Rejected, session.open, packet)


def test_zeros_added_or_lost_at_the_end_do_not_pass():
    session = Exchange(KEY)
    asked = _ask(session, request.BT28, 0, 8)
    for data in (b"\x05\x00\x00\x00", b"\x05" + bytes(7)):
        for count in range(1, 12):
            code = b"\x00\x00" + bytes([count]) + data
            packet = _signed(KEY, asked, code)
            if count == len(data):
                assert session.open(packet) == exchange.OK
            else:
                assert str(raises(Rejected, session.open, packet)) == "length"


def test_short_answers_of_every_code():
    session = Exchange(KEY)
    asked = _ask(session, request.BT28, 0, 8)
    for code in (1, 2, 3, 4, 5, 0x0A, 0x0B, 0x77):
        assert session.open(_signed(KEY, asked, bytes([code]))) == code
        raises(Rejected, session.open, _signed(KEY, asked, bytes([code, 1])))
    raises(Rejected, session.open, _signed(KEY, asked, b"\x00"))
    raises(Rejected, session.open, _signed(KEY, asked, b"\x0c\x01\x02\x03"))


def test_only_an_authentication_failure_needs_no_signature():
    session = Exchange(KEY)
    _ask(session, request.BT28, 0, 8)
    for code in range(256):
        packet = bytearray(b"\x00\x09") + bytes([code]) + bytes(8)
        if code == exchange.NOT_AUTHENTICATED:
            assert session.open(packet) == code
        else:
            raises(Rejected, session.open, packet)


def test_the_sequence_number_counts_up_wraps_and_follows_the_meter():
    session = Exchange(KEY, sequence=0xFFFFFFFE)
    for sequence in ("fffffffe", "ffffffff", "00000000", "00000001"):
        assert _ask(session, request.BT52, 0, 7)[10:14] == unhex(sequence)
    asked = _ask(session, request.BT52, 0, 7)
    told = _signed(KEY, asked, b"\x0c" + unhex("77635b90"))
    assert session.open(told) == exchange.WRONG_SEQUENCE
    assert _ask(session, request.BT52, 0, 7)[10:14] == unhex("77635b91")


def test_a_forged_sequence_number_is_not_followed():
    session = Exchange(KEY, sequence=5)
    asked = _ask(session, request.BT52, 0, 7)
    raises(Rejected, session.open, _signed(bytes(16), asked, b"\x0c" + unhex("77635b90")))
    assert session.sequence == 6


def test_encrypted_exchanges_as_derived_from_the_guide():
    count = 0
    for entry in telegrams("mep"):
        if entry["protocol"] != "mep-rc4-encrypted":
            continue
        plain = unhex(entry["expected"]["plain_request_hex"])
        session = Exchange(
            unhex(entry["key"])[:16], encrypted=True, sequence=int.from_bytes(plain[7:11], "big")
        )
        frame = session.request(plain[3] << 8 | plain[4], None, plain[5] << 8 | plain[6])
        assert bytes(frame) == unhex(entry["request_hex"]), entry["id"]
        session.check(frame)
        packet = bytearray(unhex(entry["response_hex"]))
        code = session.open(packet)
        assert bytes(packet) == unhex(entry["expected"]["plain_response_hex"]), entry["id"]
        if code == exchange.WRONG_SEQUENCE:
            assert session.sequence == int(entry["expected"]["new_sequence"], 16) + 1
        count += 1
    assert count == 2


def test_a_plain_authentication_failure_is_seen_in_encrypted_mode():
    session = Exchange(KEY, encrypted=True)
    _ask(session, request.BT28, 0, 8)
    packet = bytearray(b"\x00\x09\x0b") + bytes(8)
    assert session.open(packet) == exchange.NOT_AUTHENTICATED


def test_a_second_answer_to_an_encrypted_request_can_be_read_too():
    entry = [e for e in telegrams("mep") if e["id"] == "c-rc4-bt28"][0]
    session = Exchange(unhex(entry["key"])[:16], encrypted=True)
    session.resume(unhex(entry["request_hex"]))
    damaged = bytearray(unhex(entry["response_hex"]))
    damaged[20] ^= 4
    raises(Rejected, session.open, damaged)
    assert session.open(bytearray(unhex(entry["response_hex"]))) == exchange.OK
    assert len(session.data) == 220


def test_a_key_never_shows():
    session = Exchange(KEY, encrypted=True)
    assert KEY.decode() not in repr(session)
    error = raises(ValueError, Exchange, KEY[:9])
    assert "0123" not in str(error)
