"""boot.py, as it is on the board, with whatever a power cut, a bad update or a bad flash left behind."""

import json
import os
import sys

import release_fakes

from firmware.update import archive, slots
from support import raises, temporary_folder

_BOOT = release_fakes.script("boot.py")


class Rtc:
    kept = b""

    def memory(self, data=None):
        if data is None:
            return Rtc.kept
        Rtc.kept = bytes(data)
        return None


class Machine:
    """What boot.py uses of `machine`."""

    PWRON_RESET, HARD_RESET, WDT_RESET, SOFT_RESET = 1, 2, 3, 5
    RTC = Rtc

    def __init__(self):
        self.cause = self.HARD_RESET
        self.watchdogs = []

    def reset_cause(self):
        return self.cause

    def WDT(self, timeout):
        self.watchdogs.append(timeout)


class Board:
    """A flash in a folder; `start` runs boot.py on it and tells what it chose."""

    def __enter__(self):
        self._temporary = temporary_folder()
        self.root = self._temporary.__enter__()
        self._before = os.getcwd()
        self._path = list(sys.path)
        self._machine = sys.modules.get("machine")
        self.machine = sys.modules["machine"] = Machine()
        self._vfs = sys.modules.get("vfs")
        sys.modules["vfs"] = self
        sys.modules["archive"] = archive
        self.mounted = []
        Rtc.kept = b""
        os.chdir(self.root)
        return self

    def __exit__(self, *error):
        os.chdir(self._before)
        sys.path[:] = self._path
        del sys.modules["machine"]
        if self._machine is not None:
            sys.modules["machine"] = self._machine
        del sys.modules["vfs"]
        if self._vfs is not None:
            sys.modules["vfs"] = self._vfs
        del sys.modules["archive"]
        self._temporary.__exit__()

    def fill(self, slot, version="1.0.0"):
        with open(self.root + "/" + slot + ".slot", "wb") as file:
            file.write(b"".join(archive.header(version, lambda: [("board.mpy", 1)])) + b"x")

    def mount(self, files, place):
        assert files.stat("board.mpy")[6] == 1
        self.mounted.append(place)

    def write(self, text):
        with open(self.root + "/boot.json", "w") as file:
            file.write(text)

    def start(self) -> str:
        sys.path[:] = self._path
        exec(_BOOT, {"__name__": "__main__"})
        if len(sys.path) == len(self._path):
            assert ".frozen" not in sys.path or sys.path[0] == ".frozen"
            return ""
        assert sys.path[1] == sys.path[0] + "/lib"
        assert self.mounted[-1] == sys.path[0]
        return sys.path[0][1:]

    def state(self) -> dict:
        return slots.read(self.root)


def test_without_slots_the_root_is_used():
    with Board() as board:
        assert board.start() == ""


def test_the_good_slot_is_started_again_and_again():
    with Board() as board:
        board.fill("a")
        board.fill("b")
        for slot in ("a", "b"):
            slots.choose(slot, board.root)
            assert board.start() == slot
            assert board.start() == slot
            assert not board.machine.watchdogs


def test_a_trial_is_started_once_under_the_watchdog_and_then_left():
    with Board() as board:
        board.fill("a")
        board.fill("b", "1.1.0")
        board.write('{"good": "a", "trial": "b", "expect": ["wifi"], "seconds": 240}')
        assert board.start() == "b"
        assert board.machine.watchdogs == [30000]
        assert slots.on_trial(board.root)
        assert board.start() == "a"
        assert not slots.on_trial(board.root)
        assert board.state() == {"good": "a", "back": "b", "why": "start"}
        assert board.start() == "a"


def test_a_trial_that_proved_itself_stays():
    with Board() as board:
        board.fill("a")
        board.fill("b", "1.1.0")
        board.write('{"good": "a", "trial": "b"}')
        assert board.start() == "b"
        slots.confirm(board.root)
        assert board.start() == "b"
        assert board.state() == {"good": "b"}


def test_why_a_trial_failed_is_kept():
    with Board() as board:
        board.fill("a")
        board.fill("b")
        board.write('{"good": "a", "trial": "b"}')
        board.start()
        slots.give_up("meter", board.root)
        assert board.start() == "a"
        assert board.state()["why"] == "meter"


def test_a_firmware_beside_the_slots_is_gone_back_to():
    with Board() as board:
        board.fill("a")
        board.write('{"good": "", "trial": "a"}')
        assert board.start() == "a"
        assert board.start() == ""


def test_a_slot_that_is_not_whole_is_never_started():
    with Board() as board:
        board.fill("a")
        with open(board.root + "/b.slot.new", "wb") as file:
            file.write(b"".join(archive.header("2.0.0", list)))
        for text in (
            '{"good": "a", "trial": "b"}',
            '{"good": "b"}',
            '{"good": "c"}',
            '{"trial": "b"}',
            '{"good": "b", "trial": "recovery"}',
        ):
            board.write(text)
            assert board.start() == "a"


def test_a_damaged_choice_still_starts_something():
    with Board() as board:
        board.fill("b")
        for text in ("", "{", "[]", "7", '"a"', "\x00" * 100, '{"good": 7, "trial": []}', "null"):
            board.write(text)
            assert board.start() == "b"


def test_a_trial_that_cannot_be_noted_is_not_started():
    with Board() as board:
        board.fill("a")
        board.fill("b")
        board.write('{"good": "a", "trial": "b"}')
        # The new file's place is taken by a folder: writing it fails, as on a full flash.
        os.mkdir(board.root + "/boot.json.new")
        try:
            assert board.start() == "a"
            assert board.start() == "a"
        finally:
            os.rmdir(board.root + "/boot.json.new")


def test_starts_in_vain_end_in_the_recovery():
    with Board() as board:
        board.fill("a")
        board.fill("recovery")
        for _ in range(5):
            assert board.start() == "a"
        assert board.start() == "recovery"
        # The power was away, or the firmware ran a minute: a fresh start.
        Rtc.kept = b""
        assert board.start() == "a"


def test_starts_from_the_prompt_do_not_count():
    with Board() as board:
        board.fill("a")
        board.fill("recovery")
        board.machine.cause = Machine.SOFT_RESET
        for _ in range(20):
            assert board.start() == "a"


def test_a_damaged_slot_starts_the_recovery_at_once():
    with Board() as board:
        board.fill("recovery")
        for content in (b"", b"OBISSLOT", b"OBISSLOT\x00\x09\x00\x02ab", b"anything else"):
            with open(board.root + "/a.slot", "wb") as file:
                file.write(content)
            Rtc.kept = b""
            assert board.start() == "recovery"


def test_without_a_recovery_it_keeps_trying():
    with Board() as board:
        board.fill("a")
        for _ in range(300):
            assert board.start() == "a"


def test_foreign_memory_of_the_clock_is_no_count():
    with Board() as board:
        board.fill("a")
        board.fill("recovery")
        for kept in (b"OBG", b"XYZ\xff", b"OBG\xff!", b"\xff" * 2048):
            Rtc.kept = kept
            assert board.start() == "a"


def test_versions_of_slots():
    with Board() as board:
        assert slots.version("a", board.root) is None
        board.fill("a", "3.4.5")
        assert slots.version("a", board.root) == "3.4.5"
        with open(board.root + "/a.slot", "w") as file:
            file.write("nothing of the kind\n")
        assert slots.version("a", board.root) is None


def test_the_running_slot_is_known_from_the_path():
    with Board() as board:
        assert slots.running() == "" and slots.spare() == "a"
        board.fill("a")
        board.start()
        assert slots.running() == "a" and slots.spare() == "b"


def test_the_choice_is_json_that_other_tools_read():
    with Board() as board:
        slots.start_trial("b", ["wifi", "meter"], 300, board.root)
        with open(board.root + "/boot.json") as file:
            assert json.load(file) == {
                "good": "",
                "trial": "b",
                "expect": ["wifi", "meter"],
                "seconds": 300,
            }


def test_a_slot_with_too_little_room_is_refused():
    with Board() as board:
        board.fill("a")
        spare = slots.Spare(board.root, "a")
        raises(OSError, spare.begin, "1.0.0", list, 1 << 60)
        assert slots.version("a", board.root) == "1.0.0"
