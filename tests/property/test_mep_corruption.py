"""No damage on the way from a NES meter ever makes a wrong value, and nothing that arrives raises."""

from hypothesis import given, settings
from hypothesis import strategies as st
from mep_fakes import KEY, SOURCES, Bench, Meter, Over, i32

from c1219 import request
from c1219.digest import Digest
from c1219.meter import Meter as Known
from c1219.packet import Packets
from c1219.request import Refused, Requests, check
from firmware.meter import poll
from firmware.meter.mep_decoder import MepDecoder
from keys import Keys

READ = (request.BT28, 0, 128)
TABLE = b"".join(i32(1000 + index) for index in range(len(SOURCES)))


def _decoder():
    """Return a decoder that knows its meter's layout, and a meter to answer it."""
    meter = Meter(Bench(1 << 30))
    decoder = MepDecoder(Keys(KEY))
    for table in (request.BT15, request.BT21, request.BT22, request.BT27):
        decoder.meter.absorb(table, 0, len(meter.tables[table]), meter.tables[table])
    return decoder, meter


def _answer(decoder, meter):
    frame = decoder.request(READ)
    decoder.check(frame)
    frame = bytes(frame)
    return meter.sign(frame, b"\x00\x00\x80" + TABLE[:128])


@st.composite
def damage(draw, size=139):
    """Return a function that damages octets: flips, losses, insertions, repetitions, cuts."""
    kind = draw(st.sampled_from(("flip", "lose", "insert", "repeat", "cut", "swap")))
    at = draw(st.integers(0, size - 1))
    length = draw(st.integers(1, 40))
    octets = draw(st.binary(min_size=1, max_size=20))
    mask = draw(st.integers(1, 255))

    def damaged(data):
        if kind == "flip":
            return data[:at] + bytes([data[at % len(data)] ^ mask]) + data[at + 1 :]
        if kind == "lose":
            return data[:at] + data[at + length :]
        if kind == "insert":
            return data[:at] + octets + data[at:]
        if kind == "repeat":
            return data[: at + length] + data[at:]
        if kind == "cut":
            return data[:at]
        return data[:at] + data[at : at + length][::-1] + data[at + length :]

    return damaged


@given(st.lists(damage(), min_size=1, max_size=4), st.integers(1, 139))
@settings(max_examples=400, deadline=None)
def test_a_damaged_answer_gives_its_true_values_or_none(damages, chunk):
    decoder, meter = _decoder()
    answer = _answer(decoder, meter)
    true = {code: value for code, value, _ in decoder.meter.absorb(*READ, TABLE[:128])}
    data = answer
    for spoil in damages:
        if data:
            data = spoil(data)
    telegrams = []
    for start in range(0, len(data), chunk):
        decoder.feed(data[start : start + chunk])
        telegram = decoder.take()
        if telegram:
            telegrams.append(telegram)
    decoder.idle()
    assert len(telegrams) <= 1
    for telegram in telegrams:
        assert {code: value for code, value, _ in telegram.items} == true
    # The next exchange is not harmed by what went before.
    decoder.feed(_answer(decoder, meter))
    telegram = decoder.take()
    assert {code: value for code, value, _ in telegram.items} == true


@given(st.lists(st.binary(max_size=600), max_size=20))
@settings(max_examples=200, deadline=None)
def test_no_octets_raise_or_pile_up(chunks):
    packets = Packets()
    for chunk in chunks:
        packets.feed(chunk)
        while True:
            packet = packets.take()
            if packet is None:
                break
            assert 11 <= len(packet) <= 478
        assert not packets.partial or packets._end - packets._start < 478
    packets.idle()
    assert not packets.partial


@given(
    st.sampled_from(request.TABLES),
    st.integers(0, 300),
    st.integers(1, 465),
    st.binary(max_size=465),
    st.binary(min_size=10, max_size=10),
)
@settings(max_examples=400, deadline=None)
def test_tables_of_any_content_give_integers_or_a_value_error(table, offset, count, data, sizes):
    known = Known()
    for read in (
        (request.BT15, 0, 17, bytes(17)),
        (request.BT21, 0, 10, sizes),
        (request.BT22, 0, 64, bytes(range(64))),
        (request.BT27, 0, 200, bytes(range(200))),
        (table, offset, count, data),
    ):
        try:
            items = known.absorb(*read)
        except ValueError:
            continue
        for code, value, unit in items:
            assert isinstance(code, str) and isinstance(unit, str)
            if value is not None and not isinstance(value, str):
                assert all(isinstance(number, int) for number in value)


@given(st.binary(max_size=30))
@settings(max_examples=500, deadline=None)
def test_no_octets_pass_the_guard_unsigned(frame):
    try:
        check(frame, Digest(KEY))
    except Refused:
        return
    raise AssertionError("passed")


@given(st.binary(min_size=1, max_size=13))
@settings(max_examples=500, deadline=None)
def test_of_signed_octets_only_reads_pass_the_guard(body):
    digest = Digest(KEY)
    digest.feed(body, 0, len(body))
    frame = bytes([0, len(body) + 8]) + body + bytes(digest.value())
    try:
        check(frame, Digest(KEY))
    except Refused:
        return
    assert frame[2] in (0x30, 0x3F) and frame[3] << 8 | frame[4] in request.TABLES


@given(st.integers(-10, 1 << 17), st.integers(-10, 1 << 25), st.integers(-10, 1 << 17))
@settings(max_examples=500, deadline=None)
def test_whatever_is_asked_for_is_refused_or_a_read(table, offset, count):
    try:
        frame = Requests(Digest(KEY)).read(table, offset, count, 7)
    except Refused:
        return
    check(frame, Digest(KEY))


@given(
    st.lists(st.tuples(st.integers(0, 9), damage(60)), min_size=5, max_size=25), st.integers(0, 99)
)
@settings(max_examples=60, deadline=None)
def test_no_series_of_troubles_makes_a_wrong_value(troubles, seed):
    bench = Bench(90000)
    meter = Meter(bench)
    hear, state = meter.hear, [seed]
    said = set()

    def troubled(frame):
        meter.watts += 1
        said.add(meter.watts)
        state[0] += 1
        kind, spoil = troubles[state[0] % len(troubles)]
        parts = hear(frame)
        if kind == 0:
            return []
        if kind == 1:
            return [(when + 900, part) for when, part in parts]
        if kind == 2:
            return [(when, spoil(part) if part else part) for when, part in parts]
        if kind == 3:
            return [(5, b"\0\0"), *parts, (parts[-1][0] + 3, b"\0\0")]
        if kind == 4:
            return parts + [(when + 300, part) for when, part in parts]
        if kind == 5:
            meter.sequence = (meter.sequence + 9) & 0xFFFFFFFF
        return parts

    meter.hear = troubled
    values = []

    def take(telegram, _received):
        values.extend(item[1] for item in telegram.items if item[0] == "1-0:1.7.0")

    asyncio, clock = poll.asyncio, poll.clock
    poll.asyncio = poll.clock = bench
    try:
        poll.Poll(meter, Keys(KEY), take).run().send(None)
    except Over:
        pass
    finally:
        poll.asyncio, poll.clock = asyncio, clock
    numbers = [value[0] for value in values]
    assert set(numbers) <= said
    assert numbers == sorted(set(numbers))
    for _, frame in meter.requests:
        check(frame, Digest(KEY))
    times = [when for when, _ in meter.requests]
    assert all(second - first >= 250 for first, second in zip(times, times[1:], strict=False))
