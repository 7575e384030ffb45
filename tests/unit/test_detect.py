"""Which line settings are tried next, and when they are given up."""

import line_settings
from firmware.meter.candidate import Candidate
from firmware.meter.candidates import candidates
from firmware.meter.detect import Detection
from firmware.meter.judge import Judge

PORTS = {"meter": {"interfaces": ("mbus", "ir", "p1")}}


def _tries(**changes):
    given = {"interface": "auto", "profile": None, "line": "", "remembered": None}
    given.update(changes)
    return candidates(
        PORTS, given["interface"], given["profile"], given["line"], given["remembered"]
    )


def _line(candidate):
    return line_settings.text(candidate.settings)


class _Session:
    def __init__(self, heard=0, bursts=0, whole_bursts=0):
        self.heard = heard
        self.bursts = bursts
        self.whole_bursts = whole_bursts


def test_each_interface_is_tried_once_before_the_less_likely_of_any():
    lines = [_line(candidate) for candidate in _tries()]
    assert lines[:3] == ["2400 8E1", "9600 8E1", "115200 8N1 inverted"]
    assert len(lines) == len(set(lines))


def test_nothing_that_transmits_is_tried_by_luck():
    ports = {"meter": {"interfaces": ("mep", "ir")}}
    for candidate in candidates(ports, "auto", None, "", None):
        assert candidate.session == "listen"


def test_what_worked_last_comes_first_and_a_hand_setting_alone():
    last = Candidate("meter", line_settings.parse("2400 8N1"), "listen")
    assert _tries(remembered=last)[0] == last
    assert [_line(candidate) for candidate in _tries(line="300 7E1")] == ["300 7E1"]


def test_what_was_remembered_of_a_port_that_is_gone_is_not_tried():
    last = Candidate("gone", line_settings.parse("2400 8N1"), "listen")
    assert last not in _tries(remembered=last)


def test_measured_rate_and_polarity_lead_straight_to_their_settings():
    detection = Detection(_tries(), False)
    assert detection.hear(300, False)
    assert detection.hear(2400, False)
    assert _line(detection.current) == "2400 8E1"
    assert not detection.hear(2400, False)
    detection.refuted()
    assert _line(detection.current) == "2400 8N1"
    detection.refuted()
    assert _line(detection.current) == "2400 7E1"


def test_a_rate_nobody_listed_is_tried_too():
    detection = Detection(_tries(), False)
    assert detection.hear(4800, True)
    assert _line(detection.current) == "4800 8N1 inverted"


def test_polarity_alone_leads_to_the_next_of_that_polarity():
    detection = Detection(_tries(), False)
    assert detection.hear(None, True)
    assert _line(detection.current) == "115200 8N1 inverted"
    assert not detection.hear(None, True)


def test_settings_of_the_other_polarity_are_spared():
    detection = Detection(_tries(), False)
    assert not detection.hear(None, False)
    for _ in range(len(_tries())):
        detection.refuted()
        assert not detection.current.settings.invert


def test_all_are_tried_again_and_again():
    detection = Detection(_tries(), False)
    seen = set()
    for _ in range(2 * len(_tries())):
        seen.add(_line(detection.current))
        detection.refuted()
    assert len(seen) == len(_tries())
    assert detection.current == _tries()[0]


def test_a_line_that_was_lost_is_tried_first_again():
    found = Candidate("meter", line_settings.parse("4800 8N1"), "listen")
    assert found not in _tries()
    assert Detection(_tries(remembered=found), False).current == found


def test_a_whole_burst_without_a_frame_refutes_and_a_frame_locks():
    judge = Judge(Detection(_tries(), False))
    assert judge.look(_Session(), 0) == "stay"
    assert judge.look(_Session(20, 1, 0), 0) == "stay"
    assert judge.look(_Session(20, 1, 1), 0) == "refuted"
    assert judge.look(_Session(20, 1, 1), 1) == "lock"
    assert judge.look(_Session(90, 5, 5), 1) == "stay"
    assert judge.look(_Session(99, 6, 6), 1) == "lost"


def _locked():
    judge = Judge(Detection(_tries(), False))
    assert judge.look(_Session(20, 1, 1), 1) == "lock"
    return judge


def test_bursts_between_telegrams_that_come_in_time_raise_no_doubt():
    assert _locked().look(_Session(90, 5, 5), 1, damaged=4) == "stay"


def test_noise_in_the_place_of_a_telegram_raises_doubt_and_twice_loses_the_line():
    judge = _locked()
    assert judge.look(_Session(20, 1, 1), 1, overdue=True) == "stay"
    assert judge.look(_Session(30, 2, 2), 1, overdue=True) == "doubt"
    assert judge.look(_Session(40, 3, 3), 1, overdue=True) == "lost"


def test_damaged_frames_lose_the_line_later_than_noise():
    judge = _locked()
    assert judge.look(_Session(40, 3, 3), 1, damaged=1, overdue=True) == "doubt"
    assert judge.look(_Session(50, 4, 4), 1, damaged=2, overdue=True) == "lost"


def test_fixed_settings_are_never_given_up():
    judge = Judge(Detection(_tries(line="300 7E1"), False))
    assert judge.look(_Session(999, 50, 50), 0) == "stay"


def test_at_9600_baud_only_what_speaks_once_a_minute_is_taken_for_an_amis():
    for quick, frame in ((False, "9600 8E1"), (True, "9600 8N1")):
        detection = Detection(_tries(), False)
        assert detection.hear(9600, False, quick)
        assert _line(detection.current) == frame
        detection.refuted()
        assert _line(detection.current) != frame
        assert detection.current.settings.baud == 9600
