"""What was removed is gone from the flash itself, not only from the directory (littlefs, MicroPython only)."""

from support import MICROPYTHON, skip

if not MICROPYTHON:
    skip("littlefs is MicroPython's")

import os

import vfs

from firmware.config import wipe

BLOCK = 4096
BLOCKS = 64


class Flash:
    """NOR flash in RAM."""

    def __init__(self):
        self.data = bytearray(b"\xff" * (BLOCK * BLOCKS))

    def readblocks(self, block, buffer, offset=0):
        start = block * BLOCK + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        start = block * BLOCK + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, op, arg):
        if op == 4:
            return BLOCKS
        if op == 5:
            return BLOCK
        if op == 6:
            self.data[arg * BLOCK : (arg + 1) * BLOCK] = b"\xff" * BLOCK
        return 0


class Mounted:
    """A formatted flash at /wipe inside a `with`."""

    def __enter__(self) -> Flash:
        self.flash = Flash()
        vfs.VfsLfs2.mkfs(self.flash)
        vfs.mount(self.flash, "/wipe")
        return self.flash

    def __exit__(self, *error):
        vfs.umount("/wipe")


def write(name: str, content: bytes):
    with open("/wipe/" + name, "wb") as file:
        file.write(content)


def test_removing_alone_leaves_the_content_on_the_flash():
    with Mounted() as flash:
        write("secret", b"canary" * 2)
        os.remove("/wipe/secret")
        # The reason for the module: if this ever fails, it is not needed any more.
        assert b"canary" in flash.data


def test_small_and_large_files_are_gone_from_every_block():
    with Mounted() as flash:
        write("code", b"stays" * 3000)
        for round_ in range(5):
            write("small", b"canary-small-%d" % round_)
            write("large", b"canary-large-%d" % round_ * 1000)
        for name in ("small", "large", "not-there"):
            wipe.remove("/wipe/" + name)
        fed = []
        assert wipe.free_space("/wipe", lambda: fed.append(1)) > BLOCK * BLOCKS // 2
        assert b"canary" not in flash.data and fed
        assert os.listdir("/wipe") == ["code"]
        with open("/wipe/code", "rb") as file:
            assert file.read() == b"stays" * 3000


def test_a_file_overwritten_before_is_gone_too():
    with Mounted() as flash:
        write("state", b"canary-old")
        write("state", b"new content")
        wipe.free_space("/wipe")
        assert b"canary" not in flash.data
        with open("/wipe/state", "rb") as file:
            assert file.read() == b"new content"
