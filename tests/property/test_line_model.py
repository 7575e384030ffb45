"""The wire of the PC as a board: a UART with the meter's settings gets what was sent, others garbage."""

from hypothesis import given, settings
from hypothesis import strategies as st

from line_settings import LineSettings, character_bits
from tools.wave import Receiver, Wave, duration

BAUDS = (300, 2400, 9600, 19200, 115200)
lines = st.builds(
    LineSettings,
    st.sampled_from(BAUDS),
    st.sampled_from((7, 8)),
    st.sampled_from("NEO"),
    st.sampled_from((1, 2)),
    st.booleans(),
)


def receive(wave, line):
    """Return everything that a receiver gets out of a wave."""
    receiver = Receiver(wave, line)
    found = []
    while (received := receiver.peek()) is not None:
        receiver.accept(received)
        found.append(received)
    return found


def sent(data, line, start=1_000_000):
    wave = Wave(0 if line.invert else 1)
    end = wave.send(data, line, start)
    return wave, end


@given(st.binary(max_size=60), lines)
def test_equal_settings_receive_what_was_sent(data, line):
    wave, end = sent(data, line)
    found = receive(wave, line)
    mask = (1 << line.bits) - 1
    assert bytes(r.byte for r in found) == bytes(octet & mask for octet in data)
    assert not any(r.parity_error or r.framing_error for r in found)
    assert all(r.time <= end for r in found)


@given(st.binary(min_size=1, max_size=60), lines)
def test_octets_arrive_at_line_speed(data, line):
    wave, end = sent(data, line)
    times = [r.time for r in receive(wave, line)]
    character = duration(1, line)
    assert end - 1_000_000 == len(data) * character_bits(line) * 10**9 // line.baud
    for early, late in zip(times, times[1:], strict=False):
        assert abs(late - early - character) <= character_bits(line)


@given(st.binary(min_size=1, max_size=60), st.integers(-20, 20))
def test_a_clock_that_is_two_per_cent_off_is_borne(data, off):
    line = LineSettings(2400, 8, "E", 1, False)
    wave, _ = sent(data, line._replace(baud=2400 + 2400 * off // 1000))
    assert bytes(r.byte for r in receive(wave, line)) == data


@given(st.binary(min_size=40, max_size=60), st.sampled_from(BAUDS), st.sampled_from(BAUDS))
def test_another_speed_gives_something_else(data, baud, other):
    line = LineSettings(baud, 8, "E", 1, False)
    wave, _ = sent(data, line)
    found = bytes(r.byte for r in receive(wave, line._replace(baud=other)))
    assert (found == data) == (baud == other)


@given(st.binary(min_size=1, max_size=60))
def test_the_other_parity_delivers_the_octets_and_marks_them(data):
    line = LineSettings(2400, 8, "E", 1, False)
    wave, _ = sent(data, line)
    found = receive(wave, line._replace(parity="O"))
    assert bytes(r.byte for r in found) == data
    assert all(r.parity_error for r in found)


@given(st.binary(min_size=20, max_size=60))
def test_an_inverted_line_is_not_read_upright(data):
    line = LineSettings(115200, 8, "N", 1, True)
    wave, _ = sent(data, line)
    assert bytes(r.byte for r in receive(wave, line._replace(invert=False))) != data


@given(st.binary(min_size=1, max_size=40), st.data())
@settings(max_examples=50)
def test_after_a_turned_bit_the_receiver_finds_back(data, draw):
    """Where the line then falls silent for one character, the next one is received."""
    line = LineSettings(2400, 8, "E", 1, False)
    wrong = draw.draw(st.integers(0, len(data) * character_bits(line) - 1))
    count = [-1]

    def damage(bit):
        count[0] += 1
        return 1 - bit if count[0] == wrong else bit

    wave = Wave(1)
    end = wave.send(data, line, 0, damage)
    start = end + 2 * duration(1, line)
    wave.send(b"\x55\xaa", line, start)
    found = [r.byte for r in receive(wave, line) if r.time > start]
    assert found == [0x55, 0xAA]
