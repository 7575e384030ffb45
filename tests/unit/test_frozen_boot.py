"""board/frozen/_boot.py on a flash that is new, whole, or destroyed."""

import os
import sys

import release_fakes

from support import ROOT, raises, skip

if not release_fakes.on_micropython():
    skip("littlefs and its flash are MicroPython's")

import vfs  # noqa: E402

sys.path.append(ROOT + "/board/host")
from flash import Flash  # noqa: E402

_SCRIPT = release_fakes.script("board/frozen/_boot.py")
_BLOCKS = 16


class _Reset(Exception):
    pass


class _Machine:
    memory = b""

    class RTC:
        def memory(self, data=None):
            if data is None:
                return _Machine.memory
            _Machine.memory = bytes(data)
            return None

    @staticmethod
    def reset():
        raise _Reset


class _Mount:
    """`vfs` whose root is elsewhere: the test's own files stay in place."""

    VfsLfs2 = vfs.VfsLfs2

    @staticmethod
    def mount(files, place):
        assert place == "/"
        vfs.mount(files, "/board")


class _Bdev:
    pass


def _start(flash):
    """Run the script on a flash, as the port does before boot.py."""
    before = {name: sys.modules.get(name) for name in ("machine", "vfs", "flashbdev")}
    bdev = _Bdev()
    bdev.bdev = flash
    sys.modules.update({"machine": _Machine, "vfs": _Mount, "flashbdev": bdev})
    try:
        exec(_SCRIPT, {"__name__": "__main__"})
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


class _Image:
    """A flash in a file of its own; what is mounted is unmounted again."""

    def __init__(self, content=None):
        self._content = content
        self._path = "/tmp/obisgate-boot-" + "".join(["%02x" % octet for octet in os.urandom(6)])

    def __enter__(self):
        _Machine.memory = b""
        if self._content is not None:
            with open(self._path, "wb") as file:
                for _ in range(_BLOCKS):
                    file.write(self._content)
        return Flash(self._path, _BLOCKS)

    def __exit__(self, *error):
        try:
            vfs.umount("/board")
        except OSError:
            pass
        os.remove(self._path)


def _writable():
    with open("/board/x", "w") as file:
        file.write("y")
    return os.listdir("/board")


def test_a_new_flash_gets_a_file_system_at_once():
    with _Image() as flash:
        _start(flash)
        assert _writable() == ["x"]


def test_a_whole_file_system_is_left_alone():
    with _Image() as flash:
        _start(flash)
        _writable()
        vfs.umount("/board")
        _start(flash)
        assert os.listdir("/board") == ["x"]


def test_a_destroyed_one_is_tried_three_times_and_made_anew():
    with _Image(bytes(range(256)) * 16) as flash:
        raises(_Reset, _start, flash)
        raises(_Reset, _start, flash)
        assert flash.writes == 0
        _start(flash)
        assert _writable() == ["x"]
        assert _Machine.memory == b""
