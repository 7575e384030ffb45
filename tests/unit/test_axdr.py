"""A-XDR: every type of the Blue Book, limits on what a stranger can announce, and floats to
decimals.
"""

import struct

from dlms import axdr, axdr_text
from dlms.ber import read_length, write_length
from support import raises, unhex


def _value(hex_text: str):
    return axdr.parse(unhex(hex_text))[1]


def test_numbers_with_their_signs():
    assert _value("05 ffffffff") == -1
    assert _value("05 7fffffff") == 2147483647
    assert _value("06 ffffffff") == 4294967295
    assert _value("0d 99") == -103
    assert _value("0f 80") == -128
    assert _value("10 8000") == -32768
    assert _value("11 ff") == 255
    assert _value("12 fffe") == 65534
    assert _value("14 ffffffffffffff38") == -200
    assert _value("15 ffffffffffffffff") == 18446744073709551615
    assert _value("16 1e") == 30
    assert _value("03 01") == 1
    assert _value("00") is None and _value("ff") is None
    # Delta types.
    assert _value("1c ff") == -1 and _value("1d ff00") == -256 and _value("1e ffffff00") == -256
    assert (
        _value("1f ff") == 255
        and _value("20 ff00") == 65280
        and _value("21 ffffff00") == 4294967040
    )


def test_strings():
    assert bytes(_value("09 03 010203")) == unhex("010203")
    assert bytes(_value("0a 02 4142")) == b"AB"
    assert bytes(_value("0c 02 c3a4")) == b"\xc3\xa4"
    assert bytes(_value("09 81 03 010203")) == unhex("010203")
    assert bytes(_value("19 07e5091b01092f0f00ff8880")) == unhex("07e5091b01092f0f00ff8880")
    assert bytes(_value("1a 07e5091b01")) == unhex("07e5091b01")
    assert bytes(_value("1b 092f0f00")) == unhex("092f0f00")
    bits, octets = _value("04 0a ff c0")
    assert (bits, bytes(octets)) == (10, unhex("ffc0"))


def test_nesting():
    tag, nodes = axdr.parse(unhex("02 02 01 02 11 01 11 02 02 00"))
    assert tag == axdr.STRUCTURE
    assert nodes == [
        (axdr.ARRAY, [(axdr.UINT8, 1), (axdr.UINT8, 2)]),
        (axdr.STRUCTURE, []),
    ]


def test_compact_array_of_structures():
    nodes = _value("13 02 02 12 0f 06 0001 ff 0002 01")
    assert nodes == [
        (axdr.STRUCTURE, [(axdr.UINT16, 1), (axdr.INT8, -1)]),
        (axdr.STRUCTURE, [(axdr.UINT16, 2), (axdr.INT8, 1)]),
    ]
    # An array of two in each element.
    assert _value("13 01 0002 11 04 01020304") == [
        (axdr.ARRAY, [(axdr.UINT8, 1), (axdr.UINT8, 2)]),
        (axdr.ARRAY, [(axdr.UINT8, 3), (axdr.UINT8, 4)]),
    ]


def test_what_is_announced_must_be_there():
    for text in (
        "", "06 0000", "09 05 01", "02 03 11 01", "01 ff 11", "02 82 ffff 00", "04 ff 00", "17 0000",
        "13 12 03 000102", "13 12", "13 02 84", "09 84 00000001 00", "09 80", "07", "0b", "1b 00",
        "13 00 01 00", "13 02 00 01 00",
    ):  # fmt: skip
        raises(ValueError, axdr.parse, unhex(text))


def test_nothing_may_follow():
    raises(ValueError, axdr.parse, unhex("11 01 00"))


def test_depth_is_limited():
    assert axdr.parse(unhex("0201" * 8 + "00"))[0] == axdr.STRUCTURE
    raises(ValueError, axdr.parse, unhex("0201" * 9 + "00"))
    raises(ValueError, axdr.parse, b"\x02\x01" * 4000)
    raises(ValueError, axdr.parse, b"\x13" + b"\x02\x01" * 4000)


def test_number_of_values_is_limited():
    assert len(axdr.parse(b"\x01\x82\x03\xf0" + bytes(1008))[1]) == 1008
    raises(ValueError, axdr.parse, b"\x01\x82\x08\x00" + bytes(2048))
    # 65535 empty structures, or nulls, for one octet of content.
    raises(ValueError, axdr.parse, unhex("13 01 ffff 02 00 01 00"))
    raises(ValueError, axdr.parse, unhex("13 01 ffff 00 01 00"))


def _float32(value) -> tuple:
    return axdr.parse(b"\x17" + struct.pack(">f", value))[1]


def _float64(value) -> tuple:
    return axdr.parse(b"\x18" + struct.pack(">d", value))[1]


def test_floats_become_the_decimals_that_were_meant():
    assert _float32(0) == (0, 0)
    assert _float32(230.5) == (2305, -1)
    assert _float32(0.1) == (1, -1)
    assert _float32(-49.98) == (-4998, -2)
    assert _float32(16777216) == (16777216, 0)
    assert _float32(0.00123) == (123, -5)
    assert _float32(1e9) == (1, 9)
    assert _float64(0.1) == (1, -1)
    assert _float64(12345678.901) == (12345678901, -3)
    assert _float64(123456789012345) == (123456789012345, 0)
    for nothing in (
        "17 7f800000",
        "17 7fc00000",
        "17 ff800000",
        "18 7ff0000000000000",
        "17 7f7fffff",
    ):
        assert _value(nothing) is None


def test_shape_tells_types_and_lengths_only():
    node = axdr.parse(unhex("02 05 09 03 515253 06 00000001 06 00000002 02 02 0f ff 16 1e 00"))
    assert axdr_text.shape(node) == "structure(octets:3 u32*2 structure(i8 enum) null)"


def test_lengths_in_ber():
    for length in (0, 127, 128, 255, 256, 65535):
        octets = write_length(length)
        assert read_length(octets, 0) == (length, len(octets))
    assert read_length(b"\x83\x01\x00\x00", 0) == (65536, 4)
    for text in ("", "81", "82 01", "80", "84 00000001", "ff"):
        raises(ValueError, read_length, unhex(text), 0)
