"""P1 text: frames with and without CRC, values, times, texts in hex, and the old and odd kinds."""

from dlms_meter import ciphered, decode, decoder, hdlc, values

from dlms.dropped import Dropped
from dsmr.crc import checksum
from dsmr.telegram import decoded, local_time, parse
from support import raises

_LINES = (
    "1-3:0.2.8(50)",
    "0-0:1.0.0(230817152425S)",
    "1-0:1.8.0(007112.944*kWh)",
    "1-0:1.8.1(004675651*Wh)",
    "1-0:1.7.0(01.068*kW)",
    "1-0:32.7.0(229.0*V)",
)


def _p1(lines=_LINES, crc=True, ident="/ABC5\\METER", newline="\r\n") -> bytes:
    text = (ident + newline + newline + newline.join(lines) + newline + "!").encode()
    if crc:
        text += b"%04X" % checksum(text, 0, len(text))
    return text + newline.encode()


_VALUES = {
    "1-3:0.2.8": "50",
    "0-0:1.0.0": "2023-08-17T15:24:25",
    "1-0:1.8.0": (7112944, -3),
    "1-0:1.8.1": (4675651, 0),
    "1-0:1.7.0": (1068, -3),
    "1-0:32.7.0": (2290, -1),
}


def _one(*frames, layout="dsmr"):
    target = decoder()
    telegrams = decode(target, *frames)
    assert len(telegrams) == 1, target.dropped
    assert telegrams[0].layout == layout
    return telegrams[0]


def test_telegram_with_crc():
    telegram = _one(_p1())
    assert values(telegram) == _VALUES
    assert [unit for _, _, unit in telegram.items] == ["", "", "kWh", "Wh", "kW", "V"]
    assert telegram.time == (2023, 8, 17, 15, 24, 25, None, True)
    assert telegram.security == "plain"


def test_telegram_without_crc_is_marked():
    assert values(_one(_p1(crc=False), layout="dsmr-no-crc")) == _VALUES
    # ESY meters send a line of their own behind the end.
    target = decoder()
    assert len(decode(target, _p1(crc=False) + b"  25803103\r\n\xff\xff\xff")) == 1


def test_lines_may_end_without_carriage_return():
    assert values(_one(_p1(newline="\n"))) == _VALUES


def test_crc_of_three_digits():
    number = 0
    while True:
        lines = _LINES + ("0-0:96.7.21(%05d)" % number,)
        telegram = _p1(lines)
        if telegram[-6:-5] == b"0":
            break
        number += 1
    assert len(decode(decoder(), telegram[:-6] + telegram[-5:])) == 1


def test_octet_by_octet():
    target = decoder()
    count = 0
    for octet in _p1() + _p1():
        target.feed(bytes((octet,)))
        count += target.take() is not None
    assert count == 2 and target.dropped == {}


def test_wrong_crc_costs_one_telegram():
    damaged = bytearray(_p1())
    damaged[40] ^= 1
    target = decoder()
    assert len(decode(target, damaged + _p1())) == 1
    assert target.dropped == {"crc": 1}


def test_once_checked_nothing_unchecked_is_believed():
    target = decoder()
    assert len(decode(target, _p1())) == 1
    assert not decode(target, _p1(crc=False))
    assert target.dropped == {"crc": 1}


def test_cut_off_telegram_is_dropped():
    whole = _p1()
    target = decoder()
    assert len(decode(target, whole[:70] + whole)) == 1
    assert target.dropped == {"crc": 1}
    target = decoder()
    assert len(decode(target, whole[: whole.find(b"1-0:1.8.1")] + whole)) == 1
    assert target.dropped == {"truncated": 1}
    for cut in (20, 50, 70, len(whole) - 30):
        target = decoder()
        assert not decode(target, whole[:cut]), cut


def test_malformed_line_counts_only_without_crc():
    lines = _LINES + (
        "1-0:4:24.7.0(1*kW)",
        "nonsense",
        "1-0:2.7.0(x*kW)",
        "1-0:2.8.0(%s*Wh)" % ("9" * 21),
    )
    assert values(_one(_p1(lines))) == _VALUES
    target = decoder()
    assert not decode(target, _p1(lines, crc=False))
    assert target.dropped == {"malformed": 1}


def test_inside_general_glo_ciphering():
    for frame in (ciphered(_p1(), control=0x20), hdlc(ciphered(_p1(), control=0x20))):
        telegram = _one(frame)
        assert values(telegram) == _VALUES
        assert telegram.security == "encrypted"
        assert telegram.meter == "4142430001020304"
    damaged = bytearray(_p1())
    damaged[40] ^= 1
    target = decoder()
    assert not decode(target, ciphered(damaged))
    assert target.dropped == {"crc": 1}


def test_identification_line_before_a_ciphered_apdu():
    head = b"/KFM5KAIFA-METER\r\n\r\n"
    target = decoder()
    telegrams = decode(target, head + ciphered(_p1(), 1) + head + ciphered(_p1(), 2))
    assert len(telegrams) == 2 and target.dropped == {}


def test_time_then_value():
    lines = _LINES + ("1-0:1.6.0(200509134558S)(02.589*kW)", "0-1:24.2.1(161129200000W)(00981.443*m3)",
                      "0-2:24.2.1(700101010000W)(00000000)")  # fmt: skip
    found = values(_one(_p1(lines)))
    assert found["1-0:1.6.0"] == (2589, -3)
    assert found["0-1:24.2.1"] == (981443, -3)
    assert found["0-2:24.2.1"] is None


def test_gas_meter_of_dsmr_2_and_3():
    lines = ("1-0:1.8.1(00001.001*kWh)", "0-1:24.3.0(161107190000)(00)(60)(1)(0-1:24.2.1)(m3)", "(00001.001)",
             "0-1:24.4.0(1)")  # fmt: skip
    telegram = _one(_p1(lines, crc=False), layout="dsmr-no-crc")
    assert telegram.items == [
        ("1-0:1.8.1", (1001, -3), "kWh"),
        ("0-1:24.2.1", (1001, -3), "m3"),
        ("0-1:24.4.0", "1", ""),
    ]


def test_history_is_left_out():
    lines = _LINES + ("1-0:99.97.0(1)(0-0:96.7.19)(190326095015W)(0000002014*s)",
                      "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(200501000000S)(200423192538S)(03.695*kW)")  # fmt: skip
    assert values(_one(_p1(lines))) == _VALUES


def test_codes_with_a_sixth_group():
    lines = ("1-0:1.8.0*255(00052185.7825309*kWh)", "1-0:1.8.0*1(1*kWh)")
    assert values(_one(_p1(lines))) == {"1-0:1.8.0": (521857825309, -7), "1-0:1.8.0.1": (1, 0)}


def test_units_left_out_are_those_of_the_neighbours():
    lines = ("1-0:1.7.0(00.100*kW)", "1-0:3.7.0(00.007)", "1-0:13.7.0(0.956)", "1-0:31.7.0(003)",
             "1-0:32.32.0(00044)")  # fmt: skip
    telegram = _one(_p1(lines))
    assert telegram.items == [
        ("1-0:1.7.0", (100, -3), "kW"),
        ("1-0:3.7.0", (7, -3), "kvar"),
        ("1-0:13.7.0", (956, -3), ""),
        ("1-0:31.7.0", (3, 0), "A"),
        ("1-0:32.32.0", "00044", ""),
    ]


def test_hex_octets_become_text_only_where_they_are_text():
    assert decoded("4B384547303034303436333935353037") == "K8EG004046395507"
    assert decoded("3960221976967177082151037881335713") == "3960221976967177082151037881335713"
    assert decoded("00000000000000") == "00000000000000"
    assert decoded("1ESY1313002565") == "1ESY1313002565"
    assert decoded("09610") == "09610"
    assert decoded("") == ""
    telegram = _one(_p1(("0-0:96.1.1(4B3845)", "1-3:0.2.8(50)", "0-0:96.13.0(4869)")))
    assert values(telegram) == {"0-0:96.1.1": "K8E", "1-3:0.2.8": "50", "0-0:96.13.0": "Hi"}
    assert telegram.meter == "K8E"


def test_local_times():
    assert local_time("230817152425S") == (2023, 8, 17, 15, 24, 25, None, True)
    assert local_time("230817152425W")[7] is False
    assert local_time("230817152425")[7] is None
    for text in ("632525252525W", "230817152425X", "23081715242S", "", "2308171524255S"):
        assert local_time(text) is None


def test_content_alone():
    assert parse(b"/ABC5X\r\n\r\n1-0:1.8.0(1*Wh)\r\n").checked is False
    assert raises(Dropped, parse, b"/ABC5X\r\n\r\n").cause == "malformed"
    assert raises(Dropped, parse, b"/ABC5X\r\n\r\n1-0:1.8.0(1*Wh)\r\n!0000\r\n").cause == "crc"
    assert raises(Dropped, parse, b"/A\n" + b"1-0:1.8.0(1*Wh)\n" * 300).cause == "malformed"
    assert (
        raises(Dropped, parse, b"/ABC5X\n\n1-0:1.8.0(1*Wh)\n1-0:2.8.0(1*Wh\n").cause == "malformed"
    )
