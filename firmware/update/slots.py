"""The two slots that hold the firmware: files a.slot and b.slot, one running, one spare.

A slot's file (see archive.py) gets its name when it is whole. Which slot runs is decided by boot.py from
boot.json; both are told apart here and there by the same keys:

    good    slot that has proved itself, "" for a firmware that lies beside the slots
    trial   slot to try once;  tried: it was started;  expect: what it must show;  seconds: until then
    back    slot that was tried in vain;  why: what it did not show
"""

import json
import os
import sys

from compat import const

FILE = "boot.json"
SLOTS = ("a", "b")
_MANIFEST = "update.new"
_ENOSPC = const(28)
# Some blocks must stay free for littlefs and for the settings.
_RESERVE_BLOCKS = const(12)


def running() -> str:
    """Return the slot this firmware was started from, "" for one that lies beside the slots."""
    for slot in SLOTS:
        if "/" + slot in sys.path:
            return slot
    return ""


def spare() -> str:
    """Return the slot that the next firmware goes to."""
    return "b" if running() == "a" else "a"


def read(root: str = "/") -> dict:
    """Return what boot.py goes by; {} where there is nothing or it is damaged."""
    try:
        with open(_path(root, FILE)) as file:
            state = json.load(file)
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write(state: dict, root: str = "/"):
    """Replace what boot.py goes by, as a whole. Raises OSError where the flash is full."""
    new = _path(root, FILE + ".new")
    with open(new, "w") as file:
        json.dump(state, file)
    os.rename(new, _path(root, FILE))


def version(slot: str, root: str = "/") -> "str | None":
    """Return the version of the firmware in a slot, None where there is no whole one."""
    from firmware.update import archive

    return archive.version(_file(slot, root))


def on_trial(root: str = "/") -> bool:
    """Tell whether the running firmware still has to prove itself."""
    state = read(root)
    return bool(state.get("trial")) and state["trial"] == running() and bool(state.get("tried"))


def start_trial(slot: str, expect: list, seconds: int, root: str = "/"):
    """Let the next start try a slot; it goes back by itself unless `confirm` is called there.

    expect: what the adapter does now and must do again: "wifi", "meter". seconds: time for that.
    """
    write({"good": running(), "trial": slot, "expect": expect, "seconds": seconds}, root)


def choose(slot: str, root: str = "/"):
    """Let the next start use a slot that holds a whole firmware, without a trial."""
    write({"good": slot}, root)


def confirm(root: str = "/"):
    """Keep the running slot: it has proved itself."""
    write({"good": running()}, root)


def give_up(why: str, root: str = "/"):
    """Note why the slot on trial is left at the next start."""
    state = read(root)
    state["why"] = why
    write(state, root)


class Spare:
    """The sink of a bundle.Receiver: the spare slot of the flash at root."""

    def __init__(self, root: str = "/", slot: "str | None" = None):
        self._root = root
        self._slot = _file(slot or spare(), root)
        self._new = self._slot + ".new"
        self._manifest = _path(root, _MANIFEST)
        self._open = None
        self.image = None

    def open_manifest(self):
        """Begin to store the manifest; the slot is still what it was."""
        self._open = open(self._manifest, "wb")

    def write(self, data):
        """Store octets of the manifest, or of the slot's files back to back."""
        self._open.write(data)

    def close(self):
        """Finish what is being stored."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def manifest_lines(self, longest: int):
        """Yield the lines of the stored manifest; one longer than that is cut, so it is malformed."""
        with open(self._manifest, "rb") as file:
            while True:
                line = file.readline(longest)
                if not line:
                    return
                yield line[:-1].decode()

    def begin(self, version: str, rows, needed: int):
        """Give up the slot's old firmware, begin the new one: rows() yields (path, size).

        Raises OSError, with the old one still there, where the new one would not fit.
        """
        stat = os.statvfs(self._root)
        free = stat[3] * stat[0] + _size(self._slot) + _size(self._new)
        if needed + _RESERVE_BLOCKS * stat[0] > free:
            raise OSError(_ENOSPC)
        from firmware.update import archive

        remove(self._slot)
        file = self._open = open(self._new, "wb")
        for piece in archive.header(version, rows):
            file.write(piece)

    def begin_image(self, size: int):
        """Begin a MicroPython image; without a second partition for it, it is dropped."""
        from firmware.update import image

        self.image = image.open_image(size)

    def write_image(self, data):
        """Store octets of the image."""
        if self.image is not None:
            self.image.write(data)

    def finish(self):
        """Make it the slot's firmware, in one step."""
        self.close()
        if self.image is not None:
            self.image.finish()
        os.rename(self._new, self._slot)
        remove(self._manifest)

    def discard(self):
        """Forget a bundle that is not taken."""
        self.close()
        self.image = None
        remove(self._manifest)
        remove(self._new)


def remove(path: str):
    """Remove a file, if there is one."""
    try:
        os.remove(path)
    except OSError:
        pass


def _size(path: str) -> int:
    try:
        return os.stat(path)[6]
    except OSError:
        return 0


def _file(slot: str, root: str) -> str:
    return _path(root, slot + ".slot")


def _path(root: str, name: str) -> str:
    return root.rstrip("/") + "/" + name
