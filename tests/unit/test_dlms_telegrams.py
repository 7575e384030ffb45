"""Recorded telegrams: every value exactly as it was published, and nothing from what is damaged or
locked.
"""

import quantity
import timestamp
from firmware.meter.dlms_decoder import DlmsDecoder
from firmware.meter.normalise import Normaliser
from keys import Keys
from support import telegrams, unhex

_DAMAGED = {
    "evn-sagemcom-t210d-mid-stream": {"truncated": 1},
    "evn-sagemcom-t210d-truncated": {"truncated": 1},
    "evn-sagemcom-t210d-dropped-bytes": {"checksum": 1, "truncated": 1},
    "vkw-kaifa-ma309mh4lat1-seg0": {"truncated": 1},
    "vkw-kaifa-ma309mh4lat1-seg1": {"sequence": 1},
    "ch-lg-e450-dup-block": {"sequence": 2},
    "stmk-lg-e450-apdu-part": {"truncated": 1},
    "stmk-lg-e450-1ph-em1": {"truncated": 1},
    "stmk-lg-e450-1ph-em2": {"sequence": 1},
}


def _key(text):
    return unhex(text) if text else None


def _decode(entry: dict, key="", auth_key="") -> tuple:
    decoder = DlmsDecoder(
        Keys(_key(key or entry["key_hex"]), _key(auth_key or entry["auth_key_hex"]))
    )
    found = []
    for frame in entry["frames_hex"]:
        decoder.feed(unhex(frame))
    if entry["id"] == "stmk-sagemcom-gh264-plain":
        decoder.feed(b"\r\n!\r\n")  # it was published without its end
    decoder.idle()
    telegram = decoder.take()
    while telegram is not None:
        found.append(telegram)
        telegram = decoder.take()
    return found, decoder.dropped


def _expected(entry: dict) -> dict:
    expected = entry["expected"] or {}
    if "_published_by_source" in expected:
        return {}  # printed by its owner, but its key was not
    return {
        code.replace("*255", ""): value
        for code, value in expected.items()
        if code[0] != "_" and "#" not in code
    }


def _number(code: str, got, want: dict):
    """Compare a decoded number with a published one, digit by digit where the raw value is
    known.
    """
    value, unit = got
    assert isinstance(value, tuple), code
    exponent = value[1]
    wanted_unit = want.get("unit", "").replace("deg", "°")
    assert unit == wanted_unit, (code, unit, wanted_unit)
    if "raw" in want:
        assert value == (want["raw"], want["scaler"]), (code, value, want)
    else:
        # The published number went through JSON; with the decoded exponent it is an integer again.
        scaled = want["value"] * 10**-exponent if exponent < 0 else want["value"] // 10**exponent
        assert value[0] == int(scaled + 0.5), (code, value, want)


def _compare(entry: dict, telegram, reading):
    got = {code: (value, unit) for code, value, unit in telegram.items}
    for code, want in _expected(entry).items():
        if isinstance(want, list):
            _pair(code, got, want)
        elif isinstance(want, dict):
            _number(code, got[code], want)
        elif code == "0-0:1.0.0":
            text = reading.values[code][0]
            if len(want) == 13:  # YYMMDDhhmmssX
                want = "20%s-%s-%sT%s:%s:%s" % tuple([want[at : at + 2] for at in range(0, 12, 2)])
            assert text == want, (text, want)
        else:
            _text(code, got[code], want)


def _pair(code: str, got: dict, want: list):
    """DSMR: (time)(value*unit); histories are not carried."""
    if code in ("1-0:99.97.0", "0-0:98.1.0"):
        assert code not in got
    elif code == "0-1:24.3.0":
        assert got[want[4]] == (quantity.parse(want[-1]), want[5])
    elif "*" in want[-1]:
        number, unit = want[-1].split("*")
        assert got[code] == (quantity.parse(number), unit)
    else:
        assert got[code] == (None, "")


def _text(code: str, got: tuple, want: str):
    value = got[0]
    if isinstance(value, tuple):
        assert value == quantity.parse(want), (code, value, want)
    elif value != want:
        # Hex octets of a text.
        assert value.encode() == unhex(want), (code, value, want)


def _check(entry: dict):
    found, dropped = _decode(entry)
    identity = entry["id"]
    if not _expected(entry):
        assert not found, identity
        assert dropped, identity
        if entry["class"] == "framing-only":
            count = len(entry.get("messages") or [1])
            assert dropped.get("key-required") == count, (identity, dropped)
            assert _decode(entry, "00" * 16)[1].get("key-wrong") == count, identity
        elif identity in _DAMAGED:
            assert dropped == _DAMAGED[identity], (identity, dropped)
        return
    assert len(found) == 1, (identity, dropped)
    normaliser = Normaliser(timestamp.Zone("CET-1CEST,M3.5.0,M10.5.0/3"))
    reading = normaliser.reading(found[0], 0, None)
    assert normaliser.dropped == {}, identity
    try:
        _compare(entry, found[0], reading)
    except (AssertionError, KeyError) as error:
        raise AssertionError("%s: %s" % (identity, error))
    known = _expected(entry)
    for code, _, _ in found[0].items:
        assert code in known or code == "0-1:24.2.1", (identity, code)


def test_published_telegrams():
    for entry in telegrams("dlms"):
        _check(entry)


def test_telegrams_under_the_test_key():
    for entry in telegrams("dlms_rekeyed"):
        _check(entry)


def test_wrong_keys_are_named_and_yield_nothing():
    for entry in telegrams("dlms_rekeyed"):
        found, dropped = _decode(entry, "11" * 16)
        assert not found and dropped == {"key-wrong": 1}, (entry["id"], dropped)
        if entry["auth_key_hex"]:
            found, dropped = _decode(entry, auth_key="11" * 16)
            assert not found and dropped == {"tag": 1}, (entry["id"], dropped)
            found, dropped = _decode(entry, entry["auth_key_hex"], entry["key_hex"])
            assert not found and dropped == {"key-swapped": 1}, (entry["id"], dropped)


def test_security_is_what_the_keys_can_prove():
    for entry in telegrams("dlms_rekeyed"):
        found, _ = _decode(entry)
        proven = entry["auth_key_hex"] is not None
        assert found[0].security == ("authenticated" if proven else "encrypted"), entry["id"]


def test_a_meter_s_telegrams_in_a_row():
    run = [e for e in telegrams("dlms_rekeyed") if e["id"].startswith("wn-lg-e450-run-")]
    decoder = DlmsDecoder(Keys(unhex(run[0]["key_hex"])))
    for entry in run:
        decoder.feed(b"\xa0\xa0" + unhex(entry["frames_hex"][0]))
        assert decoder.take() is not None, entry["id"]
    for entry in run:
        decoder.feed(unhex(entry["frames_hex"][0]))
        assert decoder.take() is None
    assert decoder.dropped["replay"] == len(run)
