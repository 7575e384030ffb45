"""Packets on the MEP line: lengths, alerts, damage, bounds."""

from c1219.packet import Packets
from support import telegrams, unhex


def _all(packets):
    found = []
    while True:
        packet = packets.take()
        if packet is None:
            return found
        found.append(bytes(packet))


def test_recorded_streams_give_their_frames_and_alerts():
    count = 0
    for entry in telegrams("mep"):
        # What only a digest can tell apart is test_mep_decoder's.
        if entry["protocol"] != "mep-stream" or "digest" in entry["expected"].get("error", ""):
            continue
        packets = Packets()
        packets.feed(unhex(entry["response_hex"]))
        frames = _all(packets)
        packets.idle()
        expected = entry["expected"]
        assert frames == [unhex(frame) for frame in expected["frames"]], entry["id"]
        if "alerts" in expected:
            assert packets.alerts == expected["alerts"]
            assert packets.dropped == {}
        else:
            assert packets.dropped
        count += 1
    assert count >= 5


def test_octet_by_octet_is_the_same_as_at_once():
    frame = b"\x00\x09\x03" + bytes(range(8))
    packets = Packets()
    found = []
    for octet in b"\0\0" + frame + b"\0\0\0\0" + frame:
        packets.feed(bytes([octet]))
        found += _all(packets)
    assert found == [frame, frame]
    assert packets.alerts == 3


def test_the_longest_packet_passes_and_a_longer_one_is_noise():
    longest = b"\x01\xdc" + b"\x55" * 476
    packets = Packets()
    packets.feed(longest)
    assert _all(packets) == [longest]
    packets.feed(b"\x01\xdd" + b"\x55" * 477)
    assert _all(packets) == []
    assert packets.dropped["noise"] == 1


def test_noise_counts_once_a_run_and_the_next_packet_is_found():
    frame = b"\x00\x09\x0b" + bytes(8)
    packets = Packets()
    packets.feed(b"\xff\xfe\x80" + frame + b"\x99\x98" + frame)
    assert _all(packets) == [frame, frame]
    assert packets.dropped == {"noise": 2}


def test_silence_ends_a_packet_that_is_not_whole():
    packets = Packets()
    packets.feed(b"\x00\x20\x00\x01")
    assert packets.take() is None and packets.partial
    packets.idle()
    assert packets.dropped == {"truncated": 1}
    assert not packets.partial
    frame = b"\x00\x09\x05" + bytes(8)
    packets.feed(frame)
    assert _all(packets) == [frame]


def test_a_lone_zero_is_half_an_alert():
    packets = Packets()
    packets.feed(b"\0")
    assert packets.take() is None
    packets.idle()
    assert packets.dropped == {"noise": 1}
    assert packets.alerts == 0


def test_what_does_not_fit_is_dropped_and_counted():
    packets = Packets()
    packets.feed(b"\xff" * 5000)
    assert packets.dropped == {"overflow": 1}
    assert _all(packets) == []
    frame = b"\x00\x09\x05" + bytes(8)
    packets.feed(frame)
    packets.take()
    packets.idle()
    packets.feed(frame)
    assert _all(packets) == [frame]
