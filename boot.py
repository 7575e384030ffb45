"""First script on the board: choose the slot of the firmware. Kept short; see docs/recovery.md.

An update never replaces this file. a.slot and b.slot are whole firmwares in one file each; boot.json
names the good one, and one to be tried once. Without slots the flash's root is used.
"""

import json
import os
import sys

import machine
import vfs

_STARTS_MAX = 5  # starts in a row after which no firmware ran for a minute
_TRIAL_WATCHDOG_MS = 30000
_MARK = b"OBG"


def _exists(path: str) -> bool:
    try:
        os.stat(path)
        return True
    except OSError:
        return False


def _read() -> dict:
    try:
        with open("boot.json") as file:
            state = json.load(file)
        return state if isinstance(state, dict) else {}
    except (OSError, ValueError):
        return {}


def _write(state: dict):
    with open("boot.json.new", "w") as file:
        json.dump(state, file)
    os.rename("boot.json.new", "boot.json")


def _count_start() -> int:
    """Count this start in memory that outlives a reset; the firmware clears it once it runs well."""
    memory = machine.RTC().memory()
    count = memory[3] if len(memory) == 4 and memory[:3] == _MARK else 0
    if machine.reset_cause() != machine.SOFT_RESET:
        count = min(count + 1, 255)
    machine.RTC().memory(_MARK + bytes((count,)))
    return count


def choose() -> str:
    """Return the slot to start, "" for the flash's root."""
    state = _read()
    whole = [slot for slot in ("a", "b") if _exists(slot + ".slot")]
    good = state.get("good")
    if good not in whole and good != "":
        good = whole[0] if whole else ""
    trial = state.get("trial")
    try:
        if trial in whole and not state.get("tried"):
            # Noted before it starts: whatever becomes of it, the next start is back.
            state["tried"] = True
            _write(state)
            machine.WDT(timeout=_TRIAL_WATCHDOG_MS)
            return trial
        if trial:
            _write({"good": good, "back": trial, "why": state.get("why", "start")})
    except OSError:
        pass
    if _count_start() > _STARTS_MAX and _exists("recovery.slot"):
        return "recovery"
    return good


def mount(slot: str):
    """Lay a slot's files at /slot, first in the path of imports."""
    from archive import Archive

    vfs.mount(Archive(slot + ".slot"), "/" + slot)
    sys.path[:0] = ["/" + slot, "/" + slot + "/lib"]


# A slot that cannot be mounted is no reason to stop here: main.py would not be started.
for _slot in (choose(), "recovery"):
    try:
        if _slot:
            mount(_slot)
        elif ".frozen" in sys.path:
            # The page's files lie in folders that would hide the frozen packages of the same names.
            sys.path.remove(".frozen")
            sys.path.insert(0, ".frozen")
        break
    except (OSError, ValueError) as error:
        print("boot: slot %s is damaged:" % _slot, error)
