"""Lay the board's files in place of the PC's when this is imported: the flash at `/`, the ESP32's modules.

See launch.py for the environment that says where they are.
"""

import os
import sys

import vfs


class Folder:
    """A folder of the PC as a file system."""

    def __init__(self, root: str):
        self._root = root
        self._files = vfs.VfsPosix(root)

    def __getattr__(self, name):
        return getattr(self._files, name)

    def rename(self, old: str, new: str):
        """Rename a file; the runtime's own rename mixes up two paths under a root."""
        vfs.VfsPosix().rename(self._path(old), self._path(new))

    def _path(self, path: str) -> str:
        return self._root + path if path.startswith("/") else path


# In no function, so that what runs once leaves nothing in the heap.
vfs.umount("/")
vfs.mount(vfs.VfsPosix(os.getenv("HOST_MODULES")), "/.host")
vfs.mount(vfs.VfsPosix(os.getenv("HOST_STATE")), "/.state")
if os.getenv("HOST_IMAGE"):
    sys.path[:] = ["/.host"]
    vfs.mount(__import__("flash").littlefs(), "/")
else:
    vfs.mount(Folder(os.getenv("HOST_FLASH")), "/")
os.chdir("/")
sys.path[:] = ["/.host", "", ".frozen", "/lib"]
if os.getenv("HOST_ROM"):
    import uctypes

    sys.path.append("/.state")
    _ROM = __import__(os.getenv("HOST_ROM")).address()
    _SIZE = int.from_bytes(uctypes.bytes_at(_ROM, 4), "little")
    vfs.mount(vfs.VfsRom(uctypes.bytearray_at(_ROM + 4, _SIZE)), "/.rom")
    sys.path.pop()
    sys.path[1:1] = ["/.rom", "/.rom/lib"]
