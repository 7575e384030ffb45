"""Damaged M-Bus telegrams never make a wrong value; no octets at all make a decoder raise or grow."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.meter.oms_decoder import OmsDecoder
from firmware.meter.wmbus_decoder import WmbusDecoder
from keys import Keys
from mbus import records, values, wireless
from mbus.describe import describe, line
from mbus.kernels_plain import crc
from tools.meters import wmbus
from tools.meters.amis import Amis
from tools.meters.oms_wired import OmsWired
from tools.meters.wmbus_nes import WmbusNes

_RECORDED = Path(__file__).parents[3] / "shared/telegrams"


def _virtual() -> list:
    """Return (name, radio, frames, key): each kind of framing with a checksum or a CRC."""
    found = []
    for meter in (Amis(), OmsWired()):
        found.append((meter.NAME, False, meter.telegram().frames, meter.key))
    for form in ("T1/A", "C1/A", "C1/B", "S1/A"):
        meter = WmbusNes()
        meter.FORM = form
        found.append((form, True, meter.telegram().frames, meter.key))
    return found


def _recorded() -> list:
    """Return the recorded telegrams that carry a checksum or CRCs of their own and can be decoded."""
    found = []
    for name in ("mbus", "mbus-derived"):
        path = _RECORDED / (name + ".json")
        for entry in json.loads(path.read_text()) if path.exists() else []:
            radio = entry["interface"] == "wmbus"
            if "records" not in entry["expected"] or "error" in entry["expected"]:
                continue
            if radio and not entry.get("crc_in_frames"):
                continue
            key = bytes.fromhex(entry["key_hex"]) if entry["key_hex"] else None
            frames = [bytes.fromhex(frame) for frame in entry["frames_hex"]]
            if _values(radio, frames, key)[0]:
                found.append((entry["id"], radio, frames, key))
    return found


def _values(radio: bool, frames: list, key) -> tuple:
    """Return (items of each telegram, drops by cause)."""
    keys = Keys(key)
    decoder = WmbusDecoder(keys, everyone=True) if radio else OmsDecoder(keys, everyone=True)
    if radio:
        decoder._bare = False  # as behind a receiver: a frame without its CRCs is not believed
    found = []

    def take():
        while (telegram := decoder.take()) is not None:
            found.append((telegram.items, telegram.time))

    for frame in frames:
        decoder.feed(frame)
        take()
    decoder.idle()
    take()
    return found, decoder.dropped


_CASES = _virtual() + _recorded()


@pytest.mark.parametrize("case", _CASES, ids=[case[0] for case in _CASES])
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_octet_changes_no_value(case, data):
    _, radio, frames, key = case
    good, _ = _values(radio, frames, key)
    which = data.draw(st.integers(0, len(frames) - 1))
    at = data.draw(st.integers(0, len(frames[which]) - 1))
    change = data.draw(st.integers(1, 255))
    damaged = [bytearray(frame) for frame in frames]
    damaged[which][at] ^= change
    found, dropped = _values(radio, damaged, key)
    for telegram in found:
        assert telegram in good
    # What is lost is counted; noise behind the frame or in a receiver's pad bits costs nothing.
    assert found == good or dropped


@pytest.mark.parametrize("case", _virtual(), ids=lambda case: case[0])
@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_frame_that_breaks_off_gives_no_value(case, data):
    _, radio, frames, key = case
    length = data.draw(st.integers(0, len(frames[0]) - 1))
    found, dropped = _values(radio, [frames[0][:length]], key)
    # The last octet of mode T may hold pad bits only.
    assert not found or (radio and length == len(frames[0]) - 1)
    assert found or dropped or not length


@given(st.binary(max_size=600), st.booleans())
def test_any_octets_at_all(octets, whole):
    _values(True, [octets], bytes(range(16)))
    parts = [octets] if whole else [octets[at : at + 7] for at in range(0, len(octets), 7)]
    found, _ = _values(False, parts, bytes(range(16)))
    assert not found


@given(st.binary(max_size=200))
def test_any_octets_behind_a_valid_frame_header(octets):
    for control, address in ((0x53, 0xF0), (0x08, 1)):
        body = bytes((control, address)) + octets
        if len(body) < 3:
            continue
        frame = bytes((0x68, len(body), len(body), 0x68)) + body
        frame += bytes((sum(body) & 255, 0x16))
        _values(False, [frame], None)
        _values(False, [frame], bytes(range(16)))
    radio = wmbus.frame(b"\xb3\x38\x78\x56\x34\x12\x03\x02", octets)
    if len(radio) < 256:
        _values(True, [wireless.add_crcs_a(radio)], None)
        _values(True, [wireless.add_crcs_a(radio)], bytes(range(16)))


@given(st.binary(max_size=300))
def test_records_are_read_or_refused(body):
    try:
        found = records.parse(body)
    except ValueError:
        return
    assert len(found) <= records.MAX_RECORDS
    used = sum(len(r.dif) + len(r.vif) + len(r.data) for r in found)
    assert used <= len(body)
    for record in found:
        assert record.storage >= 0 and record.tariff >= 0 and record.subunit >= 0


_DATES = (b"\x02\x6c", b"\x03\x6d", b"\x04\x6d", b"\x06\x6d")


@given(st.sampled_from(_DATES), st.binary(min_size=6, max_size=6), st.data())
def test_any_compact_profile_is_shown_or_left_as_octets(head, moment, data):
    """Every number that is shown is a step from the base value; every time names a day that exists."""
    base = data.draw(st.integers(-(2**31) + 1, 2**31 - 1))
    profile = data.draw(st.binary(max_size=120))
    vife = data.draw(st.sampled_from((0x13, 0x1E, 0x1F)))
    body = head + moment[: head[0]]
    body += b"\x04\x13" + base.to_bytes(4, "little", signed=True)
    body += bytes((0x0D, 0x93, vife, len(profile))) + profile
    found = records.parse(body)
    shown = describe(found[-1], found)
    line(found[-1], found)
    assert shown["value"] is None and shown["raw"] == profile.hex()
    elements = shown.get("profile", [])
    for element in elements:
        if element["time"]:
            datetime.fromisoformat(element["time"])
    if elements and profile[0] >> 6 == 1 and elements[0]["value"]:
        step = Decimal(elements[0]["value"]) - Decimal(base).scaleb(-3)
        assert step <= 0 if vife == 0x13 else step >= 0


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_come_back(number):
    assert values.integer(number.to_bytes(8, "little", signed=True)) == number


@given(st.integers(-(10**11) + 1, 10**12 - 1))
def test_bcd_comes_back(number):
    assert values.bcd(wmbus.bcd(number, 6)) == number


@given(st.integers(0, 2**32 - 1))
def test_reals_are_rounded_as_their_nine_digits_say(bits):
    import struct

    raw = bits.to_bytes(4, "little")
    exact = struct.unpack("<f", raw)[0]
    found = values.real(raw)
    if found is None:
        beyond = exact != exact or exact in (float("inf"), float("-inf"))
        assert beyond or not 1e-12 < abs(exact) < 1e28
    else:
        mantissa, exponent = found
        assert Decimal(mantissa).scaleb(exponent) == Decimal("%.9g" % exact)


@given(st.binary(min_size=11, max_size=256), st.integers(0, 2**16 - 1))
def test_a_crc_fits_its_own_octets_only(octets, other):
    frame = bytes((len(octets) - 1,)) + octets[1:]
    sent = wireless.add_crcs_a(frame)
    assert sent == wmbus.format_a(frame)
    assert crc(frame, 0, 10) == int.from_bytes(wmbus.checksum(frame[:10]), "big")


@given(st.binary(min_size=11, max_size=240))
def test_line_codes_come_back(octets):
    frame = bytes((len(octets) - 1, 0x44)) + octets[2:]
    if frame[0] < wireless.SHORTEST:
        return
    unwrapper = wireless.Unwrapper()
    for form in ("T1/A", "S1/A", "C1/A", "C1/B"):
        found = unwrapper.unwrap(wmbus.packet(frame, form), bare=False)
        assert found is not None and bytes(found) == frame, form
