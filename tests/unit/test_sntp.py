"""The clock by SNTP: requests and answers (RFC 4330), and what is refused."""

import struct

from firmware.meter.reading import Reading
from firmware.net import sntp, sntp_query
from support import raises

COOKIE = b"\x01\x02\x03\x04\x05\x06\x07\x08"


def packet(seconds=3841717635, fraction=0x80000000, first=0x24, stratum=2, cookie=COOKIE):
    head = bytes((first, stratum, 6, 0xEC)) + bytes(12)
    return head + bytes(8) + cookie + bytes(8) + struct.pack("!II", seconds, fraction)


def test_a_request_is_a_client_of_version_4_with_the_cookie():
    made = sntp_query.request(COOKIE)
    assert len(made) == 48
    assert made[0] == 0x23
    assert made[40:] == COOKIE
    assert made[1:40] == bytes(39)


def test_an_answer_is_unix_time():
    # 3841717635 s since 1900 is 2021-09-27T07:47:15Z, too early for this firmware; five years on it is not.
    assert raises(ValueError, sntp_query.answer, packet(), COOKIE)
    assert sntp_query.answer(packet(3841717635 + 5 * 31557600), COOKIE) == (
        1632728835 + 5 * 31557600,
        500,
    )


def test_the_era_after_2036():
    assert sntp_query.answer(packet(10, 0), COOKIE) == (4294967296 - 2208988800 + 10, 0)


def test_what_is_no_answer_is_refused():
    good = 3841717635 + 5 * 31557600
    for bad in (
        b"",
        packet(good)[:47],
        packet(good, first=0x23),
        packet(good, first=0xE4),
        packet(good, stratum=0),
        packet(good, stratum=16),
        packet(good, cookie=bytes(8)),
    ):
        raises(ValueError, sntp_query.answer, bad, COOKIE)


def test_the_meters_clock_stands_beside_ours():
    assert sntp.meter_clock(None) == {"meter": None, "meter_ahead_s": None}
    now = sntp.clock.unix()
    values = {"0-0:1.0.0": ("2021-09-27T09:47:15+02:00", now + 30)}
    reading = Reading(values, sntp.clock.uptime_ms(), now + 30, "m", "l", "plain")
    found = sntp.meter_clock(reading)
    assert found["meter"] == "2021-09-27T09:47:15+02:00"
    assert 29 <= found["meter_ahead_s"] <= 30
