"""HDLC, M-Bus segments, blocks and bare APDUs: whole, damaged, interleaved with noise, and
hostile.
"""

from dlms_meter import (
    EXPECTED,
    PLAIN,
    blocks,
    ciphered,
    decode,
    decoder,
    hdlc,
    segment,
    segments,
    values,
)


def _good(telegrams, count=1):
    assert len(telegrams) == count, len(telegrams)
    for telegram in telegrams:
        assert values(telegram) == EXPECTED


def _long_plain(octets: int) -> bytes:
    """A notification that needs many parts: the list's meter number is as long as asked."""
    from dlms.ber import write_length

    head = PLAIN[:-14]
    return head + b"\x09" + write_length(octets) + b"7" * octets


def test_hdlc_frame_plain_and_ciphered():
    _good(decode(decoder(), hdlc(PLAIN)))
    _good(decode(decoder(), hdlc(ciphered(PLAIN))))


def test_hdlc_addresses_of_one_to_four_octets():
    for addresses in (b"\x41\x03", b"\xce\xff\x03", b"\xcf\x02\x23", b"\xcf\x00\x02\x00\x23",
                      b"\x02\x02\x02\x03\x00\x02\x00\x23"):  # fmt: skip
        _good(decode(decoder(), hdlc(PLAIN, addresses=addresses)))
    target = decoder()
    assert not decode(target, hdlc(PLAIN, addresses=b"\x02\x02\x02\x02\x03\x23"))
    assert target.dropped["noise"] == 1


def test_hdlc_flags_may_be_shared_or_doubled():
    frame = hdlc(PLAIN)
    _good(decode(decoder(), frame + frame[1:] + b"\x7e\x7e" + frame), 3)


def test_hdlc_arrives_octet_by_octet():
    target = decoder()
    telegrams = []
    for octet in hdlc(PLAIN):
        target.feed(bytes((octet,)))
        telegram = target.take()
        if telegram:
            telegrams.append(telegram)
    _good(telegrams)
    assert target.dropped == {}


def test_hdlc_segments_join():
    whole = b"\xe6\xe7\x00" + PLAIN
    frames = [
        hdlc(whole[:40], True, False),
        hdlc(whole[40:60], True, False),
        hdlc(whole[60:], False, False),
    ]
    _good(decode(decoder(), *frames))
    target = decoder()
    # The first transfer breaks off, the next one begins.
    _good(decode(target, frames[0], *frames))
    assert target.dropped == {"sequence": 1}
    target = decoder()
    assert not decode(target, frames[0])
    assert target.dropped == {"truncated": 1}


def test_hdlc_damage_is_named_and_costs_one_frame():
    frame = hdlc(PLAIN)
    for at, cause in ((4, "hcs"), (30, "fcs"), (len(frame) - 2, "fcs")):
        damaged = bytearray(frame)
        damaged[at] ^= 0x40
        target = decoder()
        _good(decode(target, damaged, frame))
        assert target.dropped == {cause: 1}, (at, target.dropped)


def test_flags_inside_a_frame_end_nothing():
    apdu = PLAIN[:-12] + b"~~~~\xa0~~\xa0~~~~"
    telegrams = decode(decoder(), hdlc(apdu))
    assert values(telegrams[0])["0-0:96.1.0"] == "7E7E7E7EA07E7EA07E7E7E7E"


def test_mbus_in_one_and_many_segments():
    _good(decode(decoder(), *segments(PLAIN)))
    _good(decode(decoder(), *segments(ciphered(PLAIN), 30)))
    plain = _long_plain(3000)
    telegrams = decode(decoder(), *segments(plain, 200))
    assert len(values(telegrams[0])["0-0:96.1.0"]) == 3000


def test_old_sagemcom_writes_the_length_modulo_256():
    plain = _long_plain(300)
    frames = segments(plain, 252)
    assert frames[0][1] == 1
    for chunk in (len(frames[0]), 7):
        target = decoder()
        stream = b"".join(frames)
        telegrams = decode(
            target, *[stream[at : at + chunk] for at in range(0, len(stream), chunk)]
        )
        assert len(telegrams) == 1 and target.dropped == {}


def test_last_segment_of_few_octets_needs_no_silence():
    for rest in (1, 2, 3, 4):
        target = decoder()
        frames = segments(PLAIN, len(PLAIN) - rest)
        assert frames[-1][1] == 5 + rest
        stream = b"".join(frames) + b"".join(segments(PLAIN))
        _good(decode(target, stream, silence=False), 2)
        assert target.dropped == {}


def test_mbus_short_frame_is_passed_over():
    target = decoder()
    _good(decode(target, b"\x10\x40\x01\x41\x16", *segments(PLAIN)))
    assert target.dropped == {}


def test_segments_of_two_messages_never_join():
    first, second = segments(ciphered(PLAIN, 1), 40), segments(ciphered(PLAIN, 2), 40)
    target = decoder()
    _good(decode(target, first[0], second[0], *second[1:]))
    assert target.dropped == {"sequence": 1}
    target = decoder()
    _good(decode(target, first[0], first[2], *second))
    assert target.dropped == {"sequence": 1}
    # Numbers that fit, but lengths that do not.
    target = decoder()
    assert not decode(target, first[0], segment(b"\x00" * 11, 1, True))
    assert target.dropped == {"length": 1}


def test_segment_without_its_beginning():
    frames = segments(PLAIN, 60)
    target = decoder()
    _good(decode(target, frames[-1], *frames))
    assert target.dropped == {"sequence": 1}


def test_mbus_damage_is_named_and_costs_one_telegram():
    frames = segments(ciphered(PLAIN, 1), 60)
    damaged = bytearray(frames[0])
    damaged[20] ^= 1
    target = decoder()
    _good(decode(target, damaged, *frames[1:], *segments(ciphered(PLAIN, 2))))
    assert target.dropped == {"checksum": 1, "sequence": 1}


def test_blocks_join_in_order_only():
    frames = [hdlc(block, llc=at == 0) for at, block in enumerate(blocks(ciphered(PLAIN), 50))]
    assert len(frames) >= 3
    _good(decode(decoder(), *frames))
    for order in ((0, 2, 1), (0, 0, 2), (1, 2), (0, 1, 1, 2)):
        target = decoder()
        assert not decode(target, *[frames[at] for at in order])
        assert target.dropped["sequence"] >= 1
    target = decoder()
    _good(decode(target, frames[0], frames[1], *frames))
    assert target.dropped == {"sequence": 1}


def test_block_must_have_its_length():
    block = bytearray(blocks(PLAIN, 200)[0])
    block[6] -= 1
    target = decoder()
    assert not decode(target, hdlc(block))
    assert target.dropped == {"length": 1}


def test_bare_apdus_back_to_back():
    first, second = ciphered(PLAIN, 1), ciphered(PLAIN, 2)
    _good(decode(decoder(), first + second), 2)


def test_bare_stream_resynchronises_by_silence_and_by_its_header():
    target = decoder()
    _good(decode(target, ciphered(PLAIN, 1)))
    # The next one lost its beginning; the one behind it stands in mid-stream.
    _good(decode(target, ciphered(PLAIN, 2)[20:] + ciphered(PLAIN, 3)))
    assert target.dropped == {"noise": 1}
    assert not decode(target, ciphered(PLAIN, 4)[:50])
    assert target.dropped == {"noise": 1, "truncated": 1}
    _good(decode(target, ciphered(PLAIN, 5)))


def test_a_broken_frame_does_not_hand_out_the_apdu_inside():
    frame = bytearray(hdlc(ciphered(PLAIN)))
    frame[-3] ^= 1
    target = decoder()
    assert not decode(target, frame)
    assert target.dropped == {"fcs": 1}


def test_noise_before_between_and_behind():
    frame = hdlc(ciphered(PLAIN, 1))
    noise = bytes([(at * 89 + 7) & 255 for at in range(300)])
    target = decoder()
    stream = noise + frame + noise + hdlc(ciphered(PLAIN, 2)) + noise
    _good(decode(target, stream), 2)
    assert target.dropped["noise"] >= 1


def test_more_than_the_buffer_is_dropped_and_counted():
    target = decoder()
    parts = [segment(b"\0" * 245, n, False) for n in range(16)]
    assert not decode(target, *parts, *parts)
    assert target.dropped.get("overflow", 0) + target.dropped.get("sequence", 0) >= 1
    _good(decode(target, *segments(PLAIN)))


def test_hostile_lengths_wait_for_no_more_than_the_limit():
    target = decoder()
    # Bare APDUs that announce 16 MB and 65 KB.
    for head in (b"\xdb\x08ABC\0\0\0\0\1\x83\xff\xff\xff\x20\0\0\0\1",
                 b"\xdb\x08ABC\0\0\0\0\1\x82\xff\xff\x20\0\0\0\1"):  # fmt: skip
        assert not decode(target, head + bytes(100))
    assert target.dropped["length"] == 2
    _good(decode(target, hdlc(PLAIN)))


def test_4_kib_telegram_passes():
    plain = _long_plain(3950)
    telegrams = decode(decoder(), ciphered(plain))
    assert len(values(telegrams[0])["0-0:96.1.0"]) == 3950
    frames = [hdlc(b, llc=n == 0) for n, b in enumerate(blocks(ciphered(plain), 500))]
    assert len(decode(decoder(), *frames)) == 1
