"""The LED's language: each state's rhythm tells it alone, and of two troubles both can be read."""

from firmware import led_language
from firmware.indicator import states
from firmware.led_texts import TEXTS
from support import raises

TROUBLES = [row.state for row in led_language.SIGNALS if row.flashes]
STATES = [row.state for row in led_language.SIGNALS]


def plain(active):
    """Return the timeline on a plain LED: runs of (lit, milliseconds) over one cycle."""
    runs = []
    for _state, colour, milliseconds in led_language.cycle(active):
        lit = any(colour)
        if runs and runs[-1][0] == lit:
            runs[-1] = (lit, runs[-1][1] + milliseconds)
        else:
            runs.append((lit, milliseconds))
    return runs


def groups(active):
    """Return how many short flashes stand between long pauses, as one counts them."""
    counts = [0]
    for lit, milliseconds in plain(active):
        if lit and milliseconds < 500:
            counts[-1] += 1
        elif not lit and milliseconds > 1000:
            counts.append(0)
    return [count for count in counts if count]


def test_every_state_has_its_own_timeline_without_colour():
    timelines = [tuple(plain((state,))) for state in STATES]
    for i, timeline in enumerate(timelines):
        assert timeline not in timelines[:i], STATES[i]


def test_every_state_has_a_text():
    assert sorted(TEXTS) == sorted(STATES)


def test_a_trouble_is_counted():
    for state in TROUBLES:
        assert groups((state,)) == [led_language.signal(state).flashes]


def test_of_two_troubles_both_can_be_read():
    for one in TROUBLES:
        for other in TROUBLES:
            if one != other:
                expected = {led_language.signal(one).flashes, led_language.signal(other).flashes}
                assert set(groups((one, other))) == expected


def test_readings_that_flow_beside_a_trouble_show_as_steady_light():
    for state in TROUBLES:
        runs = plain((state, "ok"))
        assert max(milliseconds for lit, milliseconds in runs if lit) >= 1500
        assert groups((state, "ok")) == [led_language.signal(state).flashes]


def test_a_cycle_is_short_enough_to_wait_for():
    for one in TROUBLES:
        for other in TROUBLES:
            assert sum(ms for _lit, ms in plain((one, other, "ok"))) <= 12000


def test_update_and_portal_speak_alone():
    assert plain(("updating", "fault", "line")) == plain(("updating",))
    assert plain(("portal", "searching")) == plain(("portal",))


def test_never_more_than_three_flashes_a_second():
    # What photosensitive people bear (WCAG 2.3.1).
    for state in STATES:
        runs = plain((state,)) * 2
        for i in range(len(runs) - 1):
            assert runs[i][1] + runs[i + 1][1] >= 334, state


def test_unknown_state():
    raises(KeyError, led_language.signal, "nonsense")


def test_states_of_the_adapter():
    up = ("connected", "online")
    assert states("ok", "", *up) == ("ok",)
    assert states("searching", "line:no-signal", *up) == ("searching",)
    assert states("no-data", "line:no-signal", *up) == ("line",)
    assert states("searching", "frame:damaged", "connected", "off") == ("line",)
    assert states("key-wrong", "key:swapped", *up) == ("key",)
    assert states("key-required", "key:missing", "waiting", "waiting") == ("key", "wifi")
    assert states("ok", "", "connected", "waiting") == ("ok", "broker")
    assert states("ok", "", "connected", "connecting", settling=True) == ("ok",)
    assert states("ok", "", "off", "off", True, 5) == ("portal", "fault", "ok")
    assert states("ok", "", *up, updating=True) == ("updating", "ok")
