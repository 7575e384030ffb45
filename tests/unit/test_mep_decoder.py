"""The whole way of an exchange: request, packets, digest, tables, Telegram."""

from c1219 import exchange, request
from c1219.exchange import Exchange
from firmware.meter.mep_decoder import MepDecoder
from keys import Keys
from support import raises, telegrams, unhex


def _entries():
    return {entry["id"]: entry for entry in telegrams("mep")}


def _read(entry):
    asked = entry["expected"]["request"]
    return asked["table_id"], asked.get("offset"), asked["count"]


def _decoder(entry, **more):
    return MepDecoder(Keys(unhex(entry["key"])), **more)


def _replay(decoder, entry):
    decoder.replay(unhex(entry["request_hex"]), _read(entry))
    decoder.feed(unhex(entry["response_hex"]))
    return decoder.take()


def test_a_whole_session_as_recorded():
    entries = _entries()
    decoder = _decoder(entries["c-bt00"])
    decoder.meter.absorb(request.BT15, 0, 17, bytes(17))
    telegram = _replay(decoder, entries["c-et03-serial"])
    assert telegram.items == [("0-0:C.1.0", "0123456789ABC", "")]
    for name in ("c-bt00", "c-bt01", "c-bt21-nodemand", "c-bt22", "c-bt27"):
        assert _replay(decoder, entries[name]) is None
        assert decoder.outcome == exchange.OK and decoder.understood
    telegram = _replay(decoder, entries["c-bt28-55"])
    assert telegram.meter == "0123456789ABC"
    assert telegram.layout == "BT28+0" and telegram.security == "authenticated"
    assert telegram.time is None
    assert ("1-0:1.7.0", (399, 0), "W") in telegram.items
    telegram = _replay(decoder, entries["c-bt23-nodemand"])
    assert ("1-0:1.8.0", (65845342, 0), "Wh") in telegram.items
    telegram = _replay(decoder, entries["c-bt52"])
    assert telegram.items == [] and telegram.time[:6] == (2025, 11, 22, 20, 59, 58)
    telegram = _replay(decoder, entries["c-bt55"])
    assert telegram.items == [("0-0:96.14.0", (3, 0), "")]
    assert decoder.dropped == {} and decoder.proven and decoder.unrecognised is None
    _replay(decoder, entries["c-err-05"])
    assert decoder.unrecognised == decoder.meter.shape() != ""


def test_recorded_streams():
    entries = _entries()
    for name, alerts in (
        ("c-stream-alert-before", 3),
        ("c-stream-alert-after", 0),
        ("c-stream-alert-only", 5),
        ("c-stream-truncated", 0),
        ("c-stream-bitflip", 0),
        ("c-stream-odd-zero", 0),
        ("c-stream-oversize", 0),
        ("c-stream-late", 0),
    ):
        entry = entries[name]
        decoder = _decoder(entry)
        decoder.replay(unhex(entry["request_hex"]), (request.BT52, None, 7))
        decoder.feed(unhex(entry["response_hex"]))
        telegram = decoder.take()
        if entry["expected"]["frames"]:
            assert telegram.time == (2025, 11, 22, 21, 0, 0, 0, False), name
            assert decoder.alerts >= alerts
        else:
            assert telegram is None and decoder.outcome is None, name
            decoder.idle()
            assert decoder.dropped or alerts == 5
            assert not decoder.partial
        if alerts:
            assert decoder.alerts == alerts


def test_refusals_have_their_code_and_cause():
    entries = _entries()
    for name, code, cause in (
        ("c-err-01", 1, "unsupported"),
        ("c-err-02", 2, "unsupported"),
        ("c-err-03", 3, "unsupported"),
        ("c-err-04", 4, "unsupported"),
        ("c-err-05", 5, "unsupported"),
        ("c-err-0b", 0x0B, "key-wrong"),
        ("c-seq-0c", 0x0C, "sequence"),
        ("dg-bt23-wrong-seq", 0x0C, "sequence"),
    ):
        decoder = _decoder(entries[name])
        assert _replay(decoder, entries[name]) is None
        assert decoder.outcome == code, name
        assert decoder.dropped == {cause: 1}
        assert decoder.proven == (code != 0x0B)


def test_the_guides_own_session_of_two_requests():
    entries = _entries()
    wrong, right = entries["dg-bt23-wrong-seq"], entries["dg-bt23-44"]
    decoder = _decoder(wrong)
    _replay(decoder, wrong)
    frame = decoder.request(_read(right))
    assert bytes(frame) == unhex(right["request_hex"])
    decoder.check(frame)
    decoder.feed(unhex(right["response_hex"]))
    decoder.take()
    assert decoder.outcome == exchange.OK


def test_both_lengths_of_a_key():
    entry = _entries()["c-bt52"]
    for extra in (b"", b"OiV+"):
        decoder = MepDecoder(Keys(unhex(entry["key"])[:16] + extra))
        assert decoder.ready
        assert _replay(decoder, entry) is not None


def test_without_a_key_nothing_can_be_asked():
    for key in (None, b"", bytes(15), bytes(32)):
        decoder = MepDecoder(Keys(key))
        assert not decoder.ready
        assert decoder.dropped == {"key-required": 1}


def test_a_table_that_makes_no_sense_is_counted_and_gives_nothing():
    key = bytes(range(16))
    decoder = MepDecoder(Keys(key))
    meter = Exchange(key)
    frame = decoder.request((request.BT52, 0, 7))
    decoder.check(frame)
    meter.check(frame)
    body = b"\x00\x00\x07" + bytes([26, 2, 31, 0, 0, 0, 0x10])
    meter._digest.back()
    meter._digest.feed(body, 0, len(body))
    decoder.feed(bytes([0, len(body) + 8]) + body + bytes(meter._digest.value()))
    assert decoder.take() is None
    assert decoder.outcome == exchange.OK and not decoder.understood
    assert decoder.dropped == {"malformed": 1}


def test_every_damaged_bit_of_an_answer_is_noticed():
    entries = _entries()
    entry = entries["c-bt28-partial-26"]
    decoder = _decoder(entry)
    decoder.meter.absorb(request.BT15, 0, 17, bytes(17))
    for name in ("c-bt21-nodemand", "c-bt27"):
        _replay(decoder, entries[name])
    answer = unhex(entry["response_hex"])
    for bit in range(8 * len(answer)):
        damaged = bytearray(answer)
        damaged[bit >> 3] ^= 1 << (bit & 7)
        decoder.replay(unhex(entry["request_hex"]), _read(entry))
        decoder.feed(damaged)
        assert decoder.take() is None, bit
        decoder.idle()
    assert _replay(decoder, entry).items[0] == ("1-0:21.7.0", (292, 0), "W")


def test_writes_cannot_be_asked_for():
    decoder = MepDecoder(Keys(bytes(16)))
    for table in (7, 8, 0x832, 0x833, 0x834):
        raises(request.Refused, decoder.request, (table, 0, 4))


def test_a_trace_names_each_layer():
    entry = _entries()["c-err-05"]
    seen = []
    decoder = _decoder(entry, trace=lambda layer, text: seen.append((layer, text)))
    _replay(decoder, entry)
    assert seen == [("answer", "code 0x05")]
