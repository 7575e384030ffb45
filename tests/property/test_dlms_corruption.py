"""One damaged octet never makes a wrong value; no octets at all make a decoder raise or grow."""

import json
from pathlib import Path

import pytest
from dlms_meter import AUTH_KEY, KEY, PLAIN, blocks, ciphered, hdlc, segments
from hypothesis import given, settings
from hypothesis import strategies as st

from dsmr.crc import checksum
from firmware.meter.dlms_decoder import DlmsDecoder
from keys import Keys

_RECORDED = Path(__file__).parents[3] / "shared/telegrams"


def _p1() -> bytes:
    text = (
        b"/ABC5\\METER\r\n\r\n0-0:1.0.0(230817152425S)\r\n1-0:1.8.0(007112.944*kWh)\r\n"
        b"1-0:1.7.0(01.068*kW)\r\n0-0:96.13.0()\r\n!"
    )
    return text + b"%04X\r\n" % checksum(text, 0, len(text))


def _whole(cipher: bytes) -> list:
    return [hdlc(b, llc=n == 0) for n, b in enumerate(blocks(cipher, 50))]


# Framings that protect all they carry: (name, frames, keys).
_OWN = [
    ("hdlc", [hdlc(ciphered(PLAIN))], (KEY, None)),
    ("hdlc-plain", [hdlc(PLAIN)], (None, None)),
    ("segments", segments(ciphered(PLAIN), 40), (KEY, None)),
    ("segments-tag", segments(ciphered(PLAIN, control=0x30), 40), (KEY, AUTH_KEY)),
    ("blocks", _whole(ciphered(PLAIN, control=0x30)), (KEY, AUTH_KEY)),
    ("bare-tag", [ciphered(PLAIN, control=0x30)], (KEY, AUTH_KEY)),
    ("p1", [_p1()], (None, None)),
    ("p1-ciphered", [ciphered(_p1(), control=0x30)], (KEY, AUTH_KEY)),
]


def _recorded() -> list:
    """Return the recorded telegrams whose framing protects them."""
    found = []
    for name in ("dlms", "dlms_rekeyed"):
        path = _RECORDED / (name + ".json")
        for entry in json.loads(path.read_text()) if path.exists() else []:
            frames = [bytes.fromhex(frame) for frame in entry["frames_hex"]]
            protected = (
                frames[0][0] in b"\x68\x7e" or entry.get("dsmr_crc") or entry["auth_key_hex"]
            )
            keys = [
                bytes.fromhex(entry[key]) if entry[key] else None
                for key in ("key_hex", "auth_key_hex")
            ]
            case = (entry["id"], frames, tuple(keys))
            if protected and _telegrams(case[1], keys)[0]:
                found.append(case)
    return found


def _telegrams(frames: list, keys: tuple) -> tuple:
    """Return (contents of the telegrams that frames give, drops by cause)."""
    decoder = DlmsDecoder(Keys(*keys))
    found = []
    for frame in frames:
        decoder.feed(frame)
    decoder.idle()
    while (telegram := decoder.take()) is not None:
        found.append((telegram.items, telegram.time))
    return found, decoder.dropped


def _damage(frames: list, at: int, mask: int) -> list:
    damaged = []
    for frame in frames:
        if 0 <= at < len(frame):
            frame = frame[:at] + bytes((frame[at] ^ mask,)) + frame[at + 1 :]
            at = -1
        elif at >= 0:
            at -= len(frame)
        damaged.append(frame)
    return damaged


def _hold(frames: list, keys: tuple, at: int, mask: int):
    whole, _ = _telegrams(frames, keys)
    found, dropped = _telegrams(_damage(frames, at, mask), keys)
    if found:
        assert found == whole
    else:
        assert dropped


@pytest.mark.parametrize("name, frames, keys", _OWN, ids=[case[0] for case in _OWN])
def test_every_single_bit(name, frames, keys):
    """Every bit of every framing, one at a time."""
    for at in range(sum(map(len, frames))):
        for bit in range(8):
            _hold(frames, keys, at, 1 << bit)


@pytest.mark.parametrize("name, frames, keys", _OWN, ids=[case[0] for case in _OWN])
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_single_octet(name, frames, keys, data):
    at = data.draw(st.integers(0, sum(map(len, frames)) - 1))
    _hold(frames, keys, at, data.draw(st.integers(1, 255)))


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_any_single_octet_of_recorded_telegrams(data):
    cases = _cases()
    if not cases:
        pytest.skip("no recorded telegrams beside the checkout")
    _, frames, keys = data.draw(st.sampled_from(cases))
    at = data.draw(st.integers(0, sum(map(len, frames)) - 1))
    _hold(frames, keys, at, data.draw(st.integers(1, 255)))


_kept = []


def _cases() -> list:
    if not _kept:
        _kept.extend(_recorded())
    return _kept


@settings(max_examples=200, deadline=None)
@given(case=st.sampled_from(_OWN), data=st.data())
def test_cut_anywhere_gives_nothing(case, data):
    _, frames, keys = case
    stream = b"".join(frames)
    cut = data.draw(st.integers(1, len(stream) - 8))
    found, dropped = _telegrams([stream[:cut]], keys)
    assert not found


@settings(max_examples=200, deadline=None)
@given(case=st.sampled_from(_OWN), noise=st.binary(max_size=300))
def test_noise_before_costs_nothing_or_one_telegram(case, noise):
    _, frames, keys = case
    whole, _ = _telegrams(frames, keys)
    decoder = DlmsDecoder(Keys(*keys))
    decoder.feed(noise)
    decoder.idle()
    while decoder.take() is not None:
        raise AssertionError("noise made a telegram")
    for frame in frames:
        decoder.feed(frame)
    decoder.idle()
    telegram = decoder.take()
    assert (telegram.items, telegram.time) == whole[0]


_LIKELY = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([case[1][0][:20] for case in _OWN]),
    st.sampled_from([b"\x68\xfa\xfa\x68", b"\x7e\xa7\xff", b"\xdb\x08ABC\0\0\0\0\0\x82\x10\x00",
                     b"/ABC5\r\n\r\n", b"\xe0\x40\0\1\0\0", b"\x0f\0\0\0\0\0\x01\x82\xff\xff"]),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_LIKELY, max_size=80))
def test_nothing_raises_or_grows(chunks):
    decoder = DlmsDecoder(Keys(KEY, AUTH_KEY))
    for chunk in chunks:
        decoder.feed(chunk)
    decoder.idle()
    assert len(decoder.dropped) <= 20
    assert len(decoder._telegrams) <= 8
    assert len(decoder._stream._buffer) <= 4416


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_content_behind_a_good_tag_is_refused_or_read(content):
    """What a meter's own key protects is still not trusted to be well formed."""
    decoder = DlmsDecoder(Keys(KEY, AUTH_KEY))
    for counter, plain in enumerate((content, PLAIN[:18] + content, b"\x0f\0\0\0\0\0" + content)):
        decoder.feed(hdlc(ciphered(plain, counter + 1, 0x30)))
    decoder.idle()
    assert sum(decoder.dropped.values()) + len(decoder._telegrams) == 3
