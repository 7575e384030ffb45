"""Power fails at every single write of an update: the board always starts, into old or new."""

import asyncio
import os
import sys

import release_fakes
from release_fakes import made

from firmware.update import archive, bundle, slots
from support import ROOT, skip

if not release_fakes.on_micropython():
    skip("littlefs and its flash are MicroPython's")

import vfs  # noqa: E402

sys.path.append(ROOT + "/board/host")
from flash import Flash, PowerCut  # noqa: E402

_BOOT = release_fakes.script("boot.py")
_IMAGE = "/tmp/obisgate-power-cut-" + "".join(["%02x" % octet for octet in os.urandom(6)])
_BLOCKS = 48
_PLACE = "/board"
_OLD = made()
_ROWS = [
    ("board.mpy", "board:one", b"board one, new"),
    ("firmware/app.mpy", "any", b"the new application"),
    ("lib/crypto/bigger.mpy", "any", bytes(12000)),
]
_NEW = made(_ROWS, {"version": "1.3.0"})


class _Machine:
    """`machine` for boot.py: nothing is remembered over a power cut."""

    PWRON_RESET = 1
    SOFT_RESET = 5
    WDT = staticmethod(lambda timeout: None)

    class RTC:
        def memory(self, data=None):
            return b"" if data is None else None

    @staticmethod
    def reset_cause():
        return 1


def _mount(cut_at=0):
    flash = Flash(_IMAGE, _BLOCKS, cut_at)
    try:
        files = vfs.VfsLfs2(flash)
    except OSError:
        vfs.VfsLfs2.mkfs(flash)
        files = vfs.VfsLfs2(flash)
    vfs.mount(files, _PLACE)
    return flash


def _unmount():
    vfs.umount(_PLACE)


def _start() -> str:
    """Run boot.py on the flash and return the slot that it chose."""
    path, before, machine = list(sys.path), os.getcwd(), sys.modules.get("machine")
    sys.modules["machine"] = _Machine
    sys.modules["archive"] = archive
    os.chdir(_PLACE)
    try:
        exec(_BOOT, {"__name__": "__main__"})
        if len(sys.path) == len(path):
            return ""
        vfs.umount(sys.path[0])
        return sys.path[0][1:]
    finally:
        os.chdir(before)
        sys.path[:] = path
        if machine is None:
            del sys.modules["machine"]
        else:
            sys.modules["machine"] = machine


async def _update(octets, slot, good):
    receiver = bundle.Receiver(
        slots.Spare(_PLACE, slot), len(octets), release_fakes.KEYS, "one", "xtensawin", "1.2.0"
    )
    for start in range(0, len(octets), 512):
        await receiver.feed(octets[start : start + 512])
    assert receiver.done
    slots.write({"good": good, "trial": slot, "expect": [], "seconds": 1}, _PLACE)


def _check_whole(slot) -> str:
    """Check every file of a slot against the bundle of its version, and return that."""
    files = archive.Archive(_PLACE + "/" + slot + ".slot")
    rows = {"1.2.3": release_fakes.ROWS, "1.3.0": _ROWS}[files.version]
    for path, target, content in rows:
        if target in ("any", "xtensawin", "board:one"):
            with files.open(path, "rb") as file:
                assert file.read() == content
    return files.version


def _copy(octets):
    with open(_IMAGE, "wb") as file:
        file.write(octets)


def _running_image() -> bytes:
    """Return a flash on which the old firmware runs from slot a, and slot b holds another."""
    _mount()
    try:
        asyncio.run(_update(_OLD, "a", ""))
        slots.write({"good": "a"}, _PLACE)
        asyncio.run(_update(_OLD, "b", "a"))
        slots.write({"good": "a"}, _PLACE)
        assert _start() == "a"
    finally:
        _unmount()
    with open(_IMAGE, "rb") as file:
        return file.read()


def _whole_update(cut_at) -> tuple:
    """Update, start the trial and confirm it; return (writes, whether the power failed)."""
    flash = _mount(cut_at)
    try:
        asyncio.run(_update(_NEW, "b", "a"))
        assert _start() == "b"
        slots.write({"good": "b"}, _PLACE)
    except PowerCut:
        pass
    except (OSError, bundle.Refused):
        assert flash.cut
    finally:
        try:
            _unmount()
        except PowerCut:
            pass
    return flash.writes, flash.cut


def test_an_update_cut_at_every_write_starts_and_can_be_repeated():
    try:
        image = _running_image()
        writes, cut = _whole_update(0)
        assert not cut and writes > 40
        versions = {"1.2.3": 0, "1.3.0": 0}
        for cut_at in range(1, writes + 1):
            _copy(image)
            assert _whole_update(cut_at)[1]
            _mount()
            try:
                slot = _start()
                assert slot in ("a", "b")
                version = _check_whole(slot)
                assert version == ("1.2.3" if slot == "a" else "1.3.0")
                versions[version] += 1
                # A trial that the cut hit goes back; what was confirmed stays.
                slot = _start()
                _check_whole(slot)
                other = "a" if slot == "b" else "b"
                asyncio.run(_update(_NEW, other, slot))
                assert _start() == other
                assert _check_whole(other) == "1.3.0"
            finally:
                _unmount()
        print("cut at each of %d writes: %s" % (writes, versions))
        assert versions["1.2.3"] and versions["1.3.0"]
    finally:
        os.remove(_IMAGE)
