"""The wireless link: line codes, frame formats, layers and the choice of the one meter."""

from firmware.meter.wmbus_decoder import WmbusDecoder
from keys import Keys
from mbus import im871a, kernels, kernels_plain, wireless
from mbus.compact import Formats
from support import raises, skip, unhex

KEY = unhex("000102030405060708090a0b0c0d0e0f")
OTHER = unhex("0f0e0d0c0b0a09080706050403020100")
CODES = b"\x16\x0d\x0e\x0b\x1c\x19\x1a\x13\x2c\x25\x26\x23\x34\x31\x32\x29"


def frame(number: bytes, data: bytes, control: int = 0x44) -> bytes:
    """Return a frame, L first, of an electricity meter of maker NES with four octets of number."""
    body = bytes((control,)) + b"\xb3\x38" + number + b"\x03\x02" + data
    return bytes((len(body),)) + body


def three_of_six(data: bytes) -> bytes:
    bits = count = 0
    for octet in data:
        bits = bits << 12 | CODES[octet >> 4] << 6 | CODES[octet & 15]
        count += 12
    pad = -count % 8
    return (bits << pad).to_bytes((count + pad) // 8, "big")


def manchester(data: bytes) -> bytes:
    out = bytearray()
    for octet in data:
        chips = 0
        for bit in range(7, -1, -1):
            chips = chips << 2 | (1 if octet >> bit & 1 else 2)
        out += bytes((chips >> 8, chips & 255))
    return bytes(out)


def format_b(data: bytes) -> bytes:
    """Return a frame in format B."""
    body = bytearray(data)
    first = body[:126] if len(body) > 126 else body
    rest = body[len(first) :]
    body[0] = len(body) - 1 + (4 if rest else 2)
    first = bytes(body[: len(first)])
    sent = first + _crc(first)
    return sent + (bytes(rest) + _crc(bytes(rest)) if rest else b"")


def _crc(data: bytes) -> bytes:
    value = kernels_plain.crc(data, 0, len(data))
    return bytes((value >> 8, value & 255))


def mode_5(number: bytes, plain: bytes, access: int, key: bytes = KEY) -> bytes:
    """Return the data of a telegram with short header in mode 5."""
    from crypto.aes import cbc_encrypt

    plain = b"\x2f\x2f" + plain
    plain += b"\x2f" * (-len(plain) % 16)
    cipher = bytearray(len(plain))
    iv = b"\xb3\x38" + number + b"\x03\x02" + bytes((access,)) * 8
    cbc_encrypt(key, iv, plain, cipher)
    return bytes((0x7A, access, 0, len(plain) // 16 << 4, 5)) + bytes(cipher)


NUMBER = unhex("78563412")
PLAIN = unhex("0e03 563412000000 0b2b 341200")
FRAME = frame(NUMBER, mode_5(NUMBER, PLAIN, 7))
CODED = (
    ("T1/A", three_of_six(wireless.add_crcs_a(FRAME))),
    ("C1/A", b"\x54\xcd" + wireless.add_crcs_a(FRAME)),
    ("C1/B", b"\x54\x3d" + format_b(FRAME)),
    ("S1/A", manchester(wireless.add_crcs_a(FRAME))),
    ("A", wireless.add_crcs_a(FRAME)),
    ("B", format_b(FRAME)),
    ("bare", FRAME),
)


def test_crc_of_the_standard():
    assert kernels_plain.crc(b"123456789", 0, 9) == 0xC2B7
    assert kernels.crc(b"..123456789", 2, 9) == 0xC2B7


def test_kernels_do_what_their_plain_twins_do():
    try:
        from mbus import kernels_viper
    except (ImportError, SyntaxError, AttributeError):
        skip("no code emitter here")
    data = bytes([(37 * at + 11) & 255 for at in range(255)])
    for start, count in ((0, 0), (0, 1), (3, 16), (0, 255)):
        assert kernels_viper.crc(data, start, count) == kernels_plain.crc(data, start, count)
    coded = three_of_six(data)
    damaged = bytearray(coded)
    damaged[40] ^= 4
    for source in (coded, damaged, data * 2):
        one, two = bytearray(255), bytearray(255)
        valid = kernels_viper.three_of_six(source, 0, one, 255, wireless.CODES)
        assert valid == kernels_plain.three_of_six(source, 0, two, 255, wireless.CODES)
        assert one[:valid] == two[:valid]
    coded = manchester(data)
    damaged = bytearray(coded)
    damaged[77] ^= 1
    for source in (coded, damaged):
        one, two = bytearray(255), bytearray(255)
        valid = kernels_viper.manchester(source, 0, one, 255)
        assert valid == kernels_plain.manchester(source, 0, two, 255)
        assert one[:valid] == two[:valid]


def test_every_form_of_a_frame_is_unwrapped():
    unwrapper = wireless.Unwrapper()
    for form, packet in CODED:
        for tail in (b"",) if form == "bare" else (b"", b"\x55\xaa\x00" * 20):
            found = unwrapper.unwrap(packet + tail)
            assert unwrapper.form == form, (form, unwrapper.form, unwrapper.cause)
            assert bytes(found) == FRAME


def test_long_frames_in_both_formats():
    unwrapper = wireless.Unwrapper()
    for size in (115, 116, 117, 118, 150, 200, 240):
        long = frame(NUMBER, b"\x78" + bytes([at & 0x7F for at in range(size)]))
        for packet in (b"\x54\xcd" + wireless.add_crcs_a(long), b"\x54\x3d" + format_b(long)):
            assert bytes(unwrapper.unwrap(packet)) == long, size
        assert bytes(unwrapper.unwrap(three_of_six(wireless.add_crcs_a(long)))) == long


def test_receiver_knows_the_length_from_the_first_octets():
    for form, packet in CODED[:3]:
        assert wireless.raw_length(packet, 2) == 0
        assert wireless.raw_length(packet, 3) == len(packet), form
    assert wireless.raw_length(b"\xff\xff\xff", 3) == -1
    assert wireless.raw_length(b"\x54\x00\x20", 3) == -1


def test_any_damaged_octet_of_a_coded_frame_is_noticed():
    unwrapper = wireless.Unwrapper()
    for form, packet in CODED[:3]:
        for at in range(len(packet)):
            damaged = bytearray(packet)
            damaged[at] ^= 0x10
            found = unwrapper.unwrap(damaged, False)
            assert found is None or bytes(found) == FRAME, (form, at)


def test_a_cut_off_frame_is_truncated():
    unwrapper = wireless.Unwrapper()
    for form, packet in CODED[:3]:
        assert unwrapper.unwrap(packet[:-6], False) is None
        assert unwrapper.cause == "truncated", form


def decoder(key=KEY, **more) -> WmbusDecoder:
    return WmbusDecoder(Keys(key), checked=True, **more)


def take(unit: WmbusDecoder, packet: bytes):
    unit.feed(packet)
    return unit.take()


def test_a_telegram_in_mode_5():
    for form, packet in CODED:
        telegram = take(decoder(), packet)
        assert telegram.items == [("1-0:1.8.0", (123456, 0), "Wh"), ("1-0:1.7.0", (1234, 0), "W")]
        assert telegram.meter == "NES-12345678"
        assert telegram.security == "encrypted"


def test_without_crcs_only_a_radio_module_is_believed():
    unit = WmbusDecoder(Keys(KEY))
    assert take(unit, FRAME) is None
    assert unit.dropped == {"noise": 1}


def test_only_the_chosen_meter_passes():
    number = unhex("11223344")
    foreign = frame(number, mode_5(number, PLAIN, 1, OTHER))
    unit = decoder(address="12345678")
    assert take(unit, foreign) is None
    assert take(unit, FRAME) is not None
    assert unit.dropped == {"foreign": 1}


def test_the_meter_is_learned_by_the_key_that_opens_it():
    number = unhex("11223344")
    foreign = frame(number, mode_5(number, PLAIN, 1, OTHER))
    unit = decoder()
    assert take(unit, foreign) is None
    assert unit.dropped == {"key-wrong": 1}
    assert take(unit, FRAME) is not None
    assert take(unit, foreign) is None
    assert unit.dropped == {"key-wrong": 1, "foreign": 1}
    # Another meter under the same key is not ours either.
    assert take(unit, frame(number, mode_5(number, PLAIN, 2))) is None
    assert unit.dropped["foreign"] == 2


def test_unprotected_telegrams_do_not_pass_where_there_is_a_key():
    open_frame = frame(NUMBER, b"\x7a\x01\x00\x00\x00" + PLAIN)
    unit = decoder(address="12345678")
    assert take(unit, open_frame) is None
    assert unit.dropped == {"foreign": 1}
    unit = decoder(None, address="12345678")
    assert take(unit, open_frame).security == "plain"
    # With neither key nor number nothing tells whose it is.
    unit = decoder(None)
    assert take(unit, open_frame) is None
    assert unit.dropped == {"foreign": 1}


def test_a_repeated_telegram_is_a_duplicate():
    unit = decoder()
    assert take(unit, FRAME) is not None
    assert take(unit, FRAME) is None
    assert unit.dropped == {"duplicate": 1}
    assert take(unit, frame(NUMBER, mode_5(NUMBER, PLAIN, 8))) is not None


def test_wrong_key_and_missing_key_are_told_apart():
    unit = decoder(OTHER, address="12345678")
    assert take(unit, FRAME) is None
    assert unit.dropped == {"key-wrong": 1}
    unit = decoder(None, address="12345678")
    assert take(unit, FRAME) is None
    assert unit.dropped == {"key-required": 1}


def test_mode_13_is_named_and_refused():
    told = []
    unit = decoder(trace=lambda layer, text: told.append(text), address="12345678")
    tls = frame(NUMBER, unhex("7a 01 00 000d 10") + bytes(32))
    assert take(unit, tls) is None
    assert unit.dropped == {"unsupported": 1}
    assert any("mode 13 (TLS)" in text for text in told)


def mode_7(counter: bytes, key: bytes = KEY, damage: int = -1) -> bytes:
    from crypto.aes import cbc_encrypt
    from mbus import security

    plain = b"\x2f\x2f" + PLAIN
    plain += b"\x2f" * (-len(plain) % 16)
    cipher = bytearray(len(plain))
    cbc_encrypt(
        security.derive(key, security.ENCRYPTION, counter, NUMBER), bytes(16), plain, cipher
    )
    body = bytes((0x7A, 9, 0, len(plain) // 16 << 4, 7, 0x10)) + bytes(cipher)
    authentication = security.derive(key, security.AUTHENTICATION, counter, NUMBER)
    mac = security.mac(authentication, b"\x25", counter, body)[:8]
    body = bytearray(body)
    if damage >= 0:
        body[damage] ^= 1
    return b"\x90\x0f\x00\x2c\x25" + counter + bytes(mac) + bytes(body)


def test_mode_7_is_authenticated_and_counts():
    unit = decoder(address="12345678")
    telegram = take(unit, frame(NUMBER, mode_7(b"\x05\x00\x00\x00")))
    assert telegram.security == "authenticated"
    assert telegram.items[0] == ("1-0:1.8.0", (123456, 0), "Wh")
    assert take(unit, frame(NUMBER, mode_7(b"\x04\x00\x00\x00"))) is None
    assert unit.dropped == {"replay": 1}
    assert take(unit, frame(NUMBER, mode_7(b"\x06\x00\x00\x00", damage=2))) is None
    assert unit.dropped.get("tag") == 1
    assert take(unit, frame(NUMBER, mode_7(b"\x06\x00\x00\x00", OTHER))) is None
    assert unit.dropped.get("key-wrong") == 1
    assert take(unit, frame(NUMBER, mode_7(b"\x06\x00\x00\x00"))) is not None


def fragments(counter: bytes) -> list:
    """Return the message of mode_7 in two fragments, the MAC in the last."""
    whole = mode_7(counter)
    mac, body = whole[9:17], whole[17:]
    first = b"\x90\x07\x01\x68\x25" + counter + body[:11]
    last = b"\x90\x0a\x02\x04" + mac + body[11:]
    return [frame(NUMBER, first), frame(NUMBER, last)]


def test_a_message_in_fragments():
    unit = decoder(address="12345678")
    one, two = fragments(b"\x05\x00\x00\x00")
    assert take(unit, one) is None
    assert take(unit, two) is not None
    assert unit.dropped == {}
    assert take(unit, two) is None
    assert unit.dropped == {"sequence": 1}


def link_encrypted(counter: bytes, payload: bytes, key: bytes = KEY, control: int = 0x20) -> bytes:
    from mbus import security
    from mbus.transport import Ell

    session = counter + b"\x20"
    head = bytes((control, 9)) + session
    part = bytearray(2) + payload
    value = kernels_plain.crc(part, 2, len(payload))
    part[0], part[1] = value & 255, value >> 8
    security.decrypt_link(key, Ell(0x8D, head).counter(b"\xb3\x38" + NUMBER + b"\x03\x02"), part)
    return b"\x8d" + head + bytes(part)


def test_extended_link_layer_in_counter_mode():
    unit = decoder(address="12345678")
    payload = b"\x78" + unhex("0404 ce000000 042b 03000000")
    for control in (0x20, 0x30, 0x22):
        # A repeater changes two bits of the communication control field.
        packet = bytearray(frame(NUMBER, link_encrypted(b"\x01\x02\x03", payload)))
        packet[11] = control
        unit = decoder(address="12345678")
        telegram = take(unit, bytes(packet))
        assert telegram.items == [("1-0:1.8.0", (206, 1), "Wh"), ("1-0:1.7.0", (3, 0), "W")]
        assert telegram.security == "encrypted"
    unit = decoder(OTHER, address="12345678")
    assert take(unit, frame(NUMBER, link_encrypted(b"\x01\x02\x03", payload))) is None
    assert unit.dropped == {"key-wrong": 1}


def test_compact_frames_need_the_format_of_a_full_one():
    full = unhex("04fd17 01000000 042b 03000000")
    headers = unhex("04fd17042b")
    signature = kernels_plain.crc(headers, 0, len(headers))
    whole = kernels_plain.crc(full, 0, len(full))
    compact = bytes((signature & 255, signature >> 8, whole & 255, whole >> 8)) + unhex(
        "01000000 03000000"
    )
    formats = Formats()
    assert formats.expand(compact) is None
    formats.learn(full)
    assert formats.expand(compact) == full
    damaged = bytearray(compact)
    damaged[5] ^= 1
    raises(ValueError, formats.expand, bytes(damaged))
    raises(ValueError, formats.expand, compact[:9])


def test_serial_module_frames():
    payload = FRAME[1:]
    hci = im871a.command(2, 3, payload)
    telegram = take(decoder(), hci)
    assert telegram.meter == "NES-12345678"
    damaged = bytearray(hci)
    damaged[20] ^= 1
    assert take(decoder(), bytes(damaged)) is None
    assert im871a.set_mode("T")[:8] == unhex("a5 81 03 05 00 02 03 10")
    raises(ValueError, im871a.set_mode, "X")


def test_arbitrary_packets_never_raise():
    unit = decoder(None, everyone=True)
    state = 1
    for _ in range(300):
        packet = bytearray()
        for _ in range(state & 127):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            packet.append(state >> 16 & 255)
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        unit.feed(bytes(packet))
        unit.take()
    for at in range(1, len(FRAME)):
        unit.feed(FRAME[:at])
        unit.take()
