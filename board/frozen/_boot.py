"""Mounts the flash before boot.py, in a MicroPython that has the firmware frozen in.

The port's own `_boot.py` waits at the prompt for ever where the file system is damaged. This one tries once more
after a reset, then makes a new one: settings are lost, but the frozen firmware starts, with its portal.
"""

import gc

import machine
import vfs
from flashbdev import bdev

_TRIES = 3
_MARK = b"FS?"


def _failed_before() -> int:
    memory = machine.RTC().memory()
    return memory[3] if len(memory) == 4 and memory[:3] == _MARK else 0


def mount():
    """Mount the flash at /; make a file system where there is none that can be mounted."""
    try:
        vfs.mount(vfs.VfsLfs2(bdev), "/")
        return
    except OSError:
        blank = bytearray(64)
        bdev.readblocks(0, blank)
        count = _failed_before() + 1
        # A new chip is erased; anything else may have been a bad moment of the supply.
        if count < _TRIES and any(octet != 0xFF for octet in blank):
            machine.RTC().memory(_MARK + bytes((count,)))
            machine.reset()
    vfs.VfsLfs2.mkfs(bdev)
    vfs.mount(vfs.VfsLfs2(bdev), "/")
    machine.RTC().memory(b"")


if bdev:
    mount()
gc.collect()
