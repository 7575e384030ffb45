"""Wired M-Bus: the link's recovery, AMIS lists, duplicates, what is refused, and what is answered."""

import asyncio

from crypto.aes import cbc_encrypt
from firmware.meter.oms_decoder import OmsDecoder
from keys import Keys
from support import skip, unhex

KEY = unhex("0123456789abcdeffedcba9876543210")
OTHER = unhex("11111111111111111111111111111111")
SEARCH = unhex("1040f03016")
LIST = (
    "2f2f 066d 470685643309 0403 40e20100 04833c 87d61200 8410fb8273 39300000 8410fb82f33c b1680000"
    "042b d2020000 04ab3c 15030000 04fb14 2a000000 04fb943c 07000000 0483ff04 ecffffff 2f2f"
)


def long_frame(data: bytes, control: int = 0x53, address: int = 0xF0) -> bytes:
    body = bytes((control, address)) + data
    return bytes((0x68, len(body), len(body), 0x68)) + body + bytes((sum(body) & 255, 0x16))


def amis(access: int = 1, plain: str = LIST, key: bytes = KEY, wrong_iv: int = 0, **more) -> bytes:
    """Return an AMIS data telegram; wrong_iv spoils the access number that it was encrypted with."""
    octets = unhex(plain)
    cipher = bytearray(len(octets))
    address = unhex("2d4c00000000010e")
    cbc_encrypt(key, address + bytes((access ^ wrong_iv,)) * 8, octets, cipher)
    header = unhex("5b000000002d4c010e") + bytes((access, 0, len(octets) // 16 << 4, 5))
    return long_frame(header + bytes(cipher), 0x53 if access & 1 else 0x73, **more)


def decoded(*parts, key=KEY, everyone=False) -> tuple:
    """Return (telegrams, dropped) of parts fed one after the other, with silence at the end."""
    decoder = OmsDecoder(Keys(key), everyone=everyone)
    found = []
    for part in parts:
        decoder.feed(part)
        while True:
            telegram = decoder.take()
            if telegram is None:
                break
            found.append(telegram)
    decoder.idle()
    telegram = decoder.take()
    while telegram is not None:
        found.append(telegram)
        telegram = decoder.take()
    return found, decoder.dropped


def test_the_list_of_amis():
    found, dropped = decoded(SEARCH, amis())
    assert not dropped
    telegram = found[0]
    assert telegram.layout == "amis" and telegram.security == "encrypted"
    assert telegram.time == (2027, 3, 4, 5, 6, 7, None, True)
    values = {code: value for code, value, _ in telegram.items}
    assert values["0-0:0.9.1"] == "05:06:07" and values["0-0:0.9.2"] == "2027-03-04"
    assert values["1-1:1.8.0"] == (123456, 0)
    assert values["1-1:3.8.1"] == (12345, 0)
    assert values["1-1:2.7.0"] == (789, 0)
    assert values["1-1:1.128.0"] == (-20, 0)


def test_energies_of_amis_are_unsigned():
    high = LIST.replace("0403 40e20100", "0403 ffffffff")
    values = {code: value for code, value, _ in decoded(amis(plain=high))[0][0].items}
    assert values["1-1:1.8.0"] == (4294967295, 0)


def test_octet_by_octet_and_all_at_once():
    stream = b"\xe5" + SEARCH + b"\xe5" + amis(0) + b"\xe5" + amis(1) + amis(2)
    assert len(decoded(stream)[0]) == 3
    assert len(decoded(*[stream[at : at + 1] for at in range(len(stream))])[0]) == 3


def test_the_decoder_finds_its_way_after_damage():
    whole = amis()
    for junk in (
        b"\x68",
        b"\x68\x5f\x5f\x68",
        b"\x10\x40",
        b"\x10\x40\xf0\x30",
        b"\x00\xff\x68\x03\x68",
    ):
        found, dropped = decoded(junk + whole)
        assert len(found) == 1, junk
        assert dropped, junk
    # A frame that breaks off costs itself only.
    found, dropped = decoded(amis(1)[:60], amis(2), amis(3))
    assert len(found) == 2 and sum(dropped.values()) >= 1


def test_every_damaged_octet_is_noticed():
    whole = amis()
    good = decoded(whole)[0][0].items
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x21
        found, dropped = decoded(bytes(damaged))
        # The address is covered by the sum but not by the cipher; no damaged frame gives a value.
        assert not found or found[0].items == good, at
        assert found or dropped, at


def test_duplicates_go_by_control_field_and_access_number():
    found, dropped = decoded(amis(1), amis(1), amis(2), amis(3), amis(3))
    assert len(found) == 3 and dropped == {"duplicate": 2}
    # After a search telegram the meter counts anew.
    found, dropped = decoded(amis(0), SEARCH, amis(0))
    assert len(found) == 2 and not dropped


def test_what_is_refused_and_why():
    cases = (
        (amis(), OTHER, "key-wrong"),
        (amis(), None, "key-required"),
        (amis(address=1), KEY, "foreign"),
        (amis(wrong_iv=3), KEY, "not-recognised"),
        (amis(plain=LIST.replace("042b", "042c")), KEY, "not-recognised"),
        (
            long_frame(unhex("5b000000002d4c010e 0100 0000") + unhex("0403 00000000")),
            KEY,
            "foreign",
        ),
        (long_frame(unhex("5b000000002d4c010e 0100 100d10") + bytes(16)), KEY, "unsupported"),
        (long_frame(unhex("5b00000000")), KEY, "malformed"),
        (long_frame(unhex("5b000000002d4c010e 0100 5005") + bytes(64)), KEY, "malformed"),
    )
    for frame, key, cause in cases:
        found, dropped = decoded(frame, key=key)
        assert not found and dropped == {cause: 1}, (cause, dropped)


def test_a_wired_meter_without_encryption():
    data = unhex("72 78563412 a815 1b02 55 00 0000 0e03 563412000000 042b d2040000")
    found, dropped = decoded(long_frame(data, 0x08, 1), key=None)
    assert not dropped
    assert found[0].meter == "EMH-12345678"
    assert found[0].items == [("1-0:1.8.0", (123456, 0), "Wh"), ("1-0:1.7.0", (1234, 0), "W")]
    assert found[0].security == "plain"
    # Where there is a key, nothing without it is believed.
    assert decoded(long_frame(data, 0x08, 1)) == ([], {"foreign": 1})


def test_phases_tariffs_and_what_stays_out():
    data = unhex(
        "72 78563412 a815 1b02 55 00 0000"
        "8410 03 01000000 8420 03 02000000 44 03 09000000 84 40 03 08000000"
        "02fdc9fc01 e600 02fdc9fc02 e700 02fdc9fc03 e800 02fdd9fc01 e803"
        "1b2b 341200 0babc8fc10 005000 04a9ff01 01000000 02fb2e f401"
    )
    found = decoded(long_frame(data, 0x08, 1), key=None)[0][0]
    values = {code: value for code, value, _ in found.items}
    assert values == {
        "1-0:1.8.1": (1, 0),
        "1-0:1.8.2": (2, 0),
        "1-0:32.7.0": (230, 0),
        "1-0:52.7.0": (231, 0),
        "1-0:72.7.0": (232, 0),
        "1-0:31.7.0": (1000, -3),
        "1-0:1.6.0": (1234, 0),
        "1-0:15.35.0": (5000, 0),
        "1-0:14.7.0": (500, -1),
    }


def test_heat_and_water_have_codes_of_their_own():
    data = "72 78563412 a815 1b%s 55 00 0000 0c13 78563412 0c06 11000000 0a5a 5901"
    heat = decoded(long_frame(unhex(data % "04"), 8, 1), key=None)[0][0].items
    assert heat == [
        ("6-0:2.0.0", (12345678, -3), "m³"),
        ("6-0:1.0.0", (11, 3), "Wh"),
        ("6-0:10.0.0", (159, -1), "°C"),
    ]
    water = decoded(long_frame(unhex(data % "07"), 8, 1), key=None)[0][0].items
    assert water == [("8-0:1.0.0", (12345678, -3), "m³")]


def test_values_marked_as_not_available():
    data = unhex("72 78563412 a815 1b02 55 00 0000 0e03 ffffffffffff 042b 00000080")
    found = decoded(long_frame(data, 0x08, 1), key=None)[0][0]
    assert found.items == [("1-0:1.8.0", None, "Wh"), ("1-0:1.7.0", None, "W")]


def test_fixed_data_structure():
    frame = long_frame(unhex("73 44332211 07 00 e97e 56340000 12000000"), 0x08, 9)
    found, dropped = decoded(frame, key=None)
    assert not dropped
    assert found[0].items == [("8-0:1.0.0", (3456, -3), "m³")]
    assert found[0].meter == "11223344"
    decoder = OmsDecoder(Keys(None), everyone=True)
    decoder.feed(frame)
    decoder.take()
    assert [(r.quantity, r.value, r.storage) for r in decoder.records] == [
        ("volume", (3456, -3), 0),
        ("volume", (12, -3), 1),
    ]


def test_arbitrary_octets_never_raise():
    decoder = OmsDecoder(Keys(KEY))
    state = 7
    for _ in range(400):
        chunk = bytearray()
        for _ in range(state & 63):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            octet = state >> 16 & 255
            chunk.append((0x68, 0x10, 0x16, octet)[octet & 3])
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        decoder.feed(chunk)
        assert decoder.take() is None
    decoder.idle()
    assert decoder.take() is None


class FakeLine:
    """A line that keeps what is written to it."""

    def __init__(self):
        self.written = []

    def writer(self):
        return self

    async def write(self, data):
        self.written.append(bytes(data))


def session():
    try:
        from firmware.meter.acknowledge import Acknowledge
    except ImportError:
        skip("the session needs the firmware's clock")
    line = FakeLine()
    return line, Acknowledge(line, OmsDecoder(Keys(KEY)), lambda telegram, received: None)


def test_only_frames_to_the_adapter_are_answered_and_only_with_e5():
    line, unit = session()
    asked = (SEARCH, amis(0), amis(1), amis(2, key=OTHER))
    ignored = (
        amis(3, address=1),
        unhex("1040014116"),
        unhex("105bf04b16"),
        unhex("1040f03116"),
        b"\xe5",
        amis(4)[:-1] + b"\x17",
        long_frame(unhex("7278563412a8151b0255000000"), 0x08, 0xF0),
    )
    for frame in asked:
        count = len(line.written)
        asyncio.run(unit._accept(memoryview(frame)))
        assert len(line.written) == count + 1
    for frame in ignored:
        count = len(line.written)
        asyncio.run(unit._accept(memoryview(frame)))
        assert len(line.written) == count, frame
        unit._silence(True)
    assert set(line.written) == {b"\xe5"}
    assert unit.acknowledged == 4 and unit.searches == 1


def test_no_noise_makes_the_session_speak():
    line, unit = session()
    state = 3
    for _ in range(300):
        chunk = bytearray()
        for _ in range(state & 63):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            octet = state >> 16 & 255
            chunk.append((0x68, 0x10, 0xF0, octet)[octet & 3])
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        asyncio.run(unit._accept(memoryview(chunk)))
    assert line.written == []


def test_an_answer_goes_out_before_the_telegram_is_decoded():
    line, unit = session()
    order = []

    class Slow(OmsDecoder):
        def feed(self, data):
            order.append(len(line.written))
            super().feed(data)

    unit.decoder = Slow(Keys(KEY))
    asyncio.run(unit._accept(memoryview(amis(0))))
    assert order == [1]
