"""Lists: known by position, by their object list, by codes at their values; and what fits none."""

from dlms_meter import decode, decoder, hdlc, notification, values

from dlms import axdr, lists
from dlms.dropped import Dropped
from support import raises, unhex

_CLOCK = "090C 07E8060106103109FF800080"
_AT = "2024-06-01T16:49:09"


def _read(text: str, maker: str = "") -> lists.Readings:
    return lists.read(axdr.parse(unhex(text)), maker)


def _values(text: str, maker: str = "") -> dict:
    return {code: value for code, value, _ in _read(text, maker).items}


def _u32(*numbers) -> str:
    return " ".join(["06 %08x" % number for number in numbers])


def _u16(*numbers) -> str:
    return " ".join(["12 %04x" % number for number in numbers])


def _text(text: str, tag: str = "09") -> str:
    return "%s %02x %s" % (tag, len(text), "".join(["%02x" % ord(c) for c in text]))


def test_wiener_netze():
    found = _read("0209" + _CLOCK + _u32(1, 2, 3, 4, 5, 6, 7, 8))
    assert found.layout == "wienernetze"
    assert found.time == (2024, 6, 1, 16, 49, 9, None, True)
    assert found.items == [
        ("0-0:1.0.0", _AT, ""), ("1-0:1.8.0", (1, 0), "Wh"), ("1-0:2.8.0", (2, 0), "Wh"),
        ("1-0:3.8.0", (3, 0), "varh"), ("1-0:4.8.0", (4, 0), "varh"), ("1-0:1.7.0", (5, 0), "W"),
        ("1-0:2.7.0", (6, 0), "W"), ("1-0:3.7.0", (7, 0), "var"), ("1-0:4.7.0", (8, 0), "var"),
    ]  # fmt: skip
    siemens = _values("020A" + _text("SMS1030788000020") + _CLOCK + _u32(1, 2, 3, 4, 5, 6, 7, 8))
    assert siemens["0-0:42.0.0"] == "SMS1030788000020" and siemens["1-0:4.7.0"] == (8, 0)


def test_kaernten_and_wels():
    head = "0906 0006190900FF" + _text("1121378381199") + "0904 150B1700 0905 07E8050702"
    found = _values("020C" + head + _u32(1, 2, 3, 4, 5, 6) + "0900 0900")
    assert found["0-0:1.0.0"] == "2024-05-07T21:11:23"
    assert found["0-0:96.1.0"] == "1121378381199"
    assert found["1-0:2.7.0"] == (6, 0)
    assert found["0-0:96.13.0"] == found["0-0:96.13.1"] == ""
    assert "0-6:25.9.0" not in found
    short = _values("020A" + head + _u32(1, 2, 3, 4, 5, 6))
    assert short["1-0:1.7.0"] == (5, 0) and "0-0:96.13.0" not in short


def test_burgenland_long_and_short():
    values_ = _u16(236, 237, 236, 0, 4, 26) + _u32(29, 0, 31358606, 7619)
    found = _values("020E" + values_ + _u16(400, 53, 295) + _text("30137181"))
    assert found["1-0:32.7.0"] == (236, 0) and found["1-0:71.7.0"] == (26, -2)
    assert found["1-0:1.8.0"] == (31358606, 0) and found["1-0:81.7.62"] == (295, 0)
    assert found["0-0:96.1.0"] == "30137181"
    assert _read("020B" + values_ + _text("30137181")).layout == "burgenland-11"


def test_kaifa_in_norway():
    three = "0212" + _text("KFM_001") + _text("6970631401234567") + _text("MA304H3E")
    three += _u32(1500, 0, 0, 100, 6230, 1000, 999, 2300, 2310, 2320) + _CLOCK + _u32(1, 2, 3, 4)
    found = _values(three)
    assert found["1-0:31.7.0"] == (6230, -3) and found["1-0:52.7.0"] == (2310, -1)
    assert found["0-0:96.1.0"] == "6970631401234567" and found["1-0:4.8.0"] == (4, 0)
    one = "0209" + _text("KFM_001") + _text("69706314") + _text("MA105H2E")
    found = _values(one + _u32(1500, 0, 0, 100, 6230, 2300))
    assert found["1-0:31.7.0"] == (6230, -3) and found["1-0:32.7.0"] == (2300, -1)
    assert _values("0201" + _u32(742)) == {"1-0:1.7.0": (742, 0)}
    # The same shape from somebody else is nobody's list.
    other = one.replace(_text("KFM_001"), _text("XYZ_001"))
    assert raises(Dropped, _read, other + _u32(1, 2, 3, 4, 5, 6)).cause == "not-recognised"


def test_aidon_structures_in_an_array():
    found = _read(
        "0104 0202 0906 0101000281FF " + _text("AIDON_V0001", "0A")
        + "0203 0906 0100010700FF 06 00000EAB 0202 0F00 161B"
        + "0203 0906 01001F0700FF 10 FFE3 0202 0FFF 1621"
        + "0202 0906 0000010000FF 090C 07E8060106103100FF800000"
    )  # fmt: skip
    assert found.items == [
        ("1-1:0.2.129", "AIDON_V0001", ""),
        ("1-0:1.7.0", (3755, 0), "W"),
        ("1-0:31.7.0", (-29, -1), "A"),
        ("0-0:1.0.0", "2024-06-01T16:49:00", ""),
    ]
    assert found.moment(None) == (2024, 6, 1, 16, 49, 0, None, False)  # standard time all year


def _kamstrup(*registers) -> str:
    count = 1 + 2 * len(registers)
    return "02%02x" % count + _text("Kamstrup_V0001", "0A") + " ".join(registers)


def test_kamstrup_norway_counts_tens():
    gs1 = "0906 0101000005FF" + _text("5706567202753025", "0A")
    energy = "0906 0101010800FF 06 0082F4B8"
    found = _values(
        _kamstrup(gs1, energy, "0906 01011F0700FF 06 000000BD", "0906 0101200700FF 12 00EC")
    )
    assert found["1-1:1.8.0"] == (8582328, 1)
    assert found["1-1:31.7.0"] == (189, -2) and found["1-1:32.7.0"] == (236, 0)
    transformer = "0906 0101600101FF" + _text("6851131BN2431010", "0A")
    found = _values(_kamstrup(gs1, transformer, energy, "0906 01011F0700FF 06 000000BD"))
    assert found["1-1:31.7.0"] == (189, -3)
    # Elsewhere, where the list has more than Norway's, energies count single Wh.
    found = _values(_kamstrup(gs1, energy, "0906 01010D0700FF 12 03AD"))
    assert found["1-1:1.8.0"] == (8582328, 0) and found["1-1:13.7.0"] == (941, -3)


def test_kaifa_in_sweden_has_codes_but_no_scalers():
    found = _values(
        "0208 0906 0101000281FF" + _text("KFM_001") + "0906 0100010700FF 06 0000061D"
        "0906 01001F0700FF 06 00001856 0906 0100200700FF 06 000008FC"
    )  # fmt: skip
    assert found == {
        "1-1:0.2.129": "KFM_001", "1-0:1.7.0": (1565, 0), "1-0:31.7.0": (6230, -3),
        "1-0:32.7.0": (2300, -1),
    }  # fmt: skip


def test_iskra_at_elektro_ljubljana():
    text = "0212" + _text("ISK1030792283067") + _text("16820005") + _u32(246, 0, 0, 286)
    text += _u16(2325, 2321, 2320, 118, 3, 17) + _u32(201, 5, 40, 0, 0, 0)
    found = _read(text)
    assert found.layout == "iskra-ljubljana-18"
    values_ = {code: value for code, value, _ in found.items}
    assert values_["0-0:42.0.0"] == "ISK1030792283067" and values_["0-0:96.1.0"] == "16820005"
    assert values_["1-0:4.7.0"] == (286, 0) and values_["1-0:72.7.0"] == (2320, -1)
    assert values_["1-0:31.7.0"] == (118, -2) and values_["1-0:21.7.0"] == (201, 0)


def test_nested_codes_with_scaler_behind_and_before():
    found = _values(
        "0204 0202 0906 0000600100FF" + _text("78447008")
        + "0203 0906 0101020700FF 06 00000146 0202 0F00 161B"
        + "0203 0906 0100200700FF 0202 0FFF 1623 12 0988"
        + "0906 0101010801FF 06 000A6A59"
    .replace("0906 0101010801FF 06 000A6A59", "0202 0906 0101010801FF 06 000A6A59")
    )  # fmt: skip
    assert found == {
        "0-0:96.1.0": "78447008", "1-1:2.7.0": (326, 0), "1-0:32.7.0": (2440, -1),
        "1-1:1.8.1": (682585, 0),
    }  # fmt: skip


def test_codes_once_at_the_head():
    head = "0102 0906 0100010800FF 0906 0100010700FF"
    assert _values("0203" + head + _u32(7, 8)) == {"1-0:1.8.0": (7, 0), "1-0:1.7.0": (8, 0)}
    assert _values("0202" + head + "0202" + _u32(7, 8)) == {
        "1-0:1.8.0": (7, 0),
        "1-0:1.7.0": (8, 0),
    }
    assert raises(Dropped, _read, "0202" + head + _u32(7)).cause == "not-recognised"


def _object(kind: int, code: str, attribute: int = 2) -> str:
    return "0204 12 %04x 0906 %s 0F %02x 12 0000" % (kind, code, attribute)


def _objects(push: str, *entries) -> str:
    """A list that begins with its objects, the first being the list itself; entries: (kind, code,
    value).
    """
    objects = [_object(40, push)] + [_object(kind, code) for kind, code, _ in entries]
    text = "02%02x 01%02x " % (len(objects), len(objects)) + " ".join(objects)
    return text + " " + " ".join([value for _, _, value in entries])


_NUMBER = (1, "0000600100FF", _text("44337811"))
_U1 = (3, "0100200700FF", _u16(2357))
_I1 = (3, "01001F0700FF", _u16(6))


def test_object_lists_and_their_scales():
    found = _read(_objects("0008190900FF", _NUMBER, (3, "0101010800FF", _u32(9)), _U1, _I1))
    assert found.layout == "objects-e450"
    assert found.items == [
        ("0-0:96.1.0", "44337811", ""), ("1-1:1.8.0", (9, 0), "Wh"), ("1-0:32.7.0", (2357, 0), "V"),
        ("1-0:31.7.0", (6, -2), "A"),
    ]  # fmt: skip
    transformer = _values(_objects("0008190900FF", _U1, _I1))
    assert transformer["1-0:31.7.0"] == (6, 0)
    iskra = _values(_objects("0006190900FF", _NUMBER, _U1, _I1))
    assert iskra["1-0:32.7.0"] == (2357, -1) and iskra["1-0:31.7.0"] == (6, -2)
    # Whose voltage scale is not known is not guessed.
    assert raises(Dropped, _read, _objects("0009190900FF", _U1)).cause == "not-recognised"
    # A value that brings its scaler with it needs no table.
    own = "0204 0104 %s %s %s %s 12 0938 0202 0FFF 1623 0906 0100200700FF" % (
        _object(40, "0009190900FF"), _object(3, "0100200700FF", 2), _object(3, "0100200700FF", 3),
        _object(3, "0100200700FF", 1),
    )  # fmt: skip
    assert _values(own) == {"1-0:32.7.0": (2360, -1)}


def test_object_list_clock_and_empty_text():
    found = _read(
        _objects("0008190900FF", (8, "0000010000FF", _CLOCK), (1, "0001600100FF", "0901 00"))
    )
    assert found.items == [("0-0:1.0.0", _AT, ""), ("0-1:96.1.0", "", "")]
    assert found.time[:6] == (2024, 6, 1, 16, 49, 9)


def test_profile_buffer_gives_its_newest_row():
    objects = "0102 %s %s" % (_object(8, "0000010000FF"), _object(3, "0100010800FF"))
    rows = "0102 0202 %s %s 0202 %s %s" % (_CLOCK, _u32(5), _CLOCK, _u32(6))
    assert _values("0202" + objects + rows) == {"0-0:1.0.0": _AT, "1-0:1.8.0": (6, 0)}
    # The same rows as a compact array.
    row = "07E8060106103109FF800080"
    compact = "13 0202 19 06 20 %s 00000005 %s 00000006" % (row, row)
    assert _values("0202" + objects + compact) == {"0-0:1.0.0": _AT, "1-0:1.8.0": (6, 0)}


def test_not_available_is_none_not_zero():
    found = _values(
        "0206 0906 0100010700FF 06 FFFFFFFF 0906 0100020700FF 00 0906 0100010800FF 06 00000000"
    )
    assert found == {"1-0:1.7.0": None, "1-0:2.7.0": None, "1-0:1.8.0": (0, 0)}
    found = _values("0209" + _CLOCK + _u32(1, 2, 3, 4, 5, 6) + "00 00")
    assert found["1-0:3.7.0"] is None and found["1-0:4.7.0"] is None


def test_unknown_unit_and_absurd_scaler():
    assert _values("0203 0906 0100010700FF 12 0001 0202 0F00 1663") == {"1-0:1.7.0": None}
    assert (
        raises(Dropped, _read, "0203 0906 0100010700FF 12 0001 0202 0F64 161B").cause
        == "malformed"
    )


def test_six_octets_as_a_value_are_a_value():
    found = _values("0204 0906 0000600100FF 0906 313630343536 0906 0100010800FF 06 00000001")
    assert found == {"0-0:96.1.0": "160456", "1-0:1.8.0": (1, 0)}


def test_text_is_text_and_the_rest_is_hex():
    assert lists.text(b"KFM\x65\x01") == "4B464D6501"
    assert lists.text(b"1KFM0200\0\0") == "1KFM0200"
    assert lists.text("ä€".encode()) == "ä€"
    assert lists.text(b"\xff\xfe") == "FFFE"


def test_what_fits_no_table_is_named_by_its_shape():
    for text in (
        "0202" + _u32(1, 2),
        "0209" + _u32(1, 2, 3, 4, 5, 6, 7, 8, 9),
        "0209" + _text("ISK1020784605887") + _CLOCK + _u32(1, 2, 3, 4, 5, 6, 7),
        "0202 0906 0100010800FF 0201 00",
        "0200",
        "06 00000001",
        "0202 0906 0100200700FF 12 0938",  # a voltage without scaler from nobody known
    ):
        error = raises(Dropped, _read, text)
        assert error.cause == "not-recognised" and error.detail.split("(")[0] in (
            "structure",
            "u32",
        )
    target = decoder()
    assert not decode(target, hdlc(notification(unhex("0202" + _u32(1, 2)))))
    assert target.dropped == {"not-recognised": 1}
    assert target.unrecognised == "structure(u32*2)"


def test_header_time_with_its_type_tag_and_without_time():
    body = unhex("0201" + _u32(742))
    norway = b"\x0f\x40\0\0\0\x09\x0c" + unhex("07E8060106103100FF800000") + body
    telegram = decode(decoder(), hdlc(norway))[0]
    assert telegram.time[:6] == (2024, 6, 1, 16, 49, 0)
    assert values(telegram) == {"1-0:1.7.0": (742, 0)}
    assert decode(decoder(), hdlc(notification(body, b"")))[0].time is None


def test_octets_behind_the_list_are_malformed():
    target = decoder()
    assert not decode(target, hdlc(notification(unhex("0201" + _u32(742) + "00"))))
    assert not decode(target, hdlc(notification(b"")))
    assert not decode(target, hdlc(b"\x0f\0\0\0\0\x05\0\0\0\0\0\0"))
    assert target.dropped == {"malformed": 3}


def test_other_apdus_are_named():
    target = decoder()
    assert not decode(target, hdlc(b"\xc4\x01\x81\x00\x06\0\0\0\1"))
    assert target.dropped == {"unsupported": 1}
