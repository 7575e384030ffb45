"""A flash chip in a file, with littlefs on it, whose power can be cut at any write.

Like NOR flash it can only clear bits until a block is erased. A write or erase that the power cut
hits is left half done.
"""

import os

# In pieces: the chip erases a block without taking a block's room in the heap.
_ERASED = b"\xff" * 256


class PowerCut(Exception):
    """The power failed in the middle of a write."""


class Flash:
    """An extended block device (`vfs.AbstractBlockDev`) in a file.

    cut_at: number of the write or erase, counted from 1, that the power cut hits; 0 for none.
    on_cut: called then; by default PowerCut is raised, and again at every later access.
    """

    BLOCK = 4096

    def __init__(self, path: str, blocks: int = 240, cut_at: int = 0, on_cut=None):
        self._blocks = blocks
        self._cut_at = cut_at
        self._on_cut = on_cut
        self.writes = 0
        self.cut = False
        try:
            os.stat(path)
        except OSError:
            with open(path, "wb") as file:
                for _ in range(blocks * self.BLOCK // len(_ERASED)):
                    file.write(_ERASED)
        self._file = open(path, "r+b")

    def readblocks(self, block: int, buffer, offset: int = 0):
        """Read into buffer."""
        self._powered()
        self._file.seek(block * self.BLOCK + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block: int, buffer, offset=None):
        """Write buffer; without an offset the blocks are erased first."""
        if offset is None:
            for i in range(len(buffer) // self.BLOCK):
                self._erase(block + i)
            offset = 0
        start = block * self.BLOCK + offset
        self._file.seek(start)
        old = bytearray(len(buffer))
        self._file.readinto(old)
        new = bytes(a & b for a, b in zip(old, buffer))
        self._write(start, new)

    def ioctl(self, op: int, arg):
        """Serve littlefs: 3 sync, 4 number of blocks, 5 their size, 6 erase."""
        if op == 4:
            return self._blocks
        if op == 5:
            return self.BLOCK
        if op == 6:
            self._erase(arg)
        return 0

    def _erase(self, block: int):
        self._write(block * self.BLOCK, _ERASED, self.BLOCK // len(_ERASED))

    def _write(self, start: int, data: bytes, times: int = 1):
        self._powered()
        self.writes += 1
        self._file.seek(start)
        if self.writes == self._cut_at:
            for _ in range(times // 2):
                self._file.write(data)
            if times == 1:
                self._file.write(data[: len(data) // 2])
            self._file.flush()
            self.cut = True
            if self._on_cut:
                self._on_cut()
            raise PowerCut
        for _ in range(times):
            self._file.write(data)
        self._file.flush()

    def _powered(self):
        if self.cut:
            raise PowerCut


def mount(flash: Flash, tree: "str | None" = None):
    """Return littlefs on a flash; an empty one is formatted and filled with the folder tree."""
    import vfs

    try:
        return vfs.VfsLfs2(flash)
    except OSError:
        vfs.VfsLfs2.mkfs(flash)
        files = vfs.VfsLfs2(flash)
        if tree:
            _copy(tree, files, "")
        return files


def littlefs():
    """Return the file system of the flash that the environment describes, see launch.py."""
    import vfs

    flash, tree = os.getenv("HOST_FLASH"), os.getenv("HOST_TREE")
    folder, name = flash.rsplit("/", 1)
    vfs.mount(vfs.VfsPosix(folder), "/.image")
    if tree:
        vfs.mount(vfs.VfsPosix(tree), "/.tree")
    cut_at = int(os.getenv("HOST_CUT") or 0)
    chip = Flash("/.image/" + name, cut_at=cut_at, on_cut=lambda: os.system("kill -9 $PPID"))
    return mount(chip, "/.tree" if tree else None)


def _copy(source: str, files, folder: str):
    for entry in os.ilistdir(source + folder):
        path = folder + "/" + entry[0]
        if entry[1] == 0x4000:
            files.mkdir(path)
            _copy(source, files, path)
            continue
        with open(source + path, "rb") as old, files.open(path, "wb") as new:
            while True:
                chunk = old.read(1024)
                if not chunk:
                    break
                new.write(chunk)
