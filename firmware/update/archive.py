"""A slot's file system: all files of a firmware in one file, mounted as a folder that can be read.

Two firmwares as single files would fill a flash of 4 MiB with the unused halves of its blocks. boot.py
mounts the file; this module lies beside it on the flash's root and is not replaced by an update.

    octets   what
    8        "OBISSLOT"
    2        number of entries n, big endian
    2        length of the version's text
    …        version
    16 n     entries: first 8 octets of the SHA-256 of the path, offset of the content, its size
             (4 octets each, big endian; offsets count from the end of the entries; a folder has
             the size 0xFFFFFFFF)
    …        contents
"""

import hashlib
import io
import struct

MAGIC = b"OBISSLOT"
_ENTRY = 16
_FOLDER = 0xFFFFFFFF
_ENOENT = 2
_EROFS = 30


def key(path: str) -> bytes:
    """Return what stands for a path in the entries."""
    return hashlib.sha256(path.encode()).digest()[:8]


def entries(rows):
    """Yield the entries of rows (path, size): one at a time, for RAM may be in small pieces."""
    folders = set()
    offset = 0
    for path, size in rows:
        end = path.find("/")
        while end > 0:
            folder = key(path[:end])
            if folder not in folders:
                folders.add(folder)
                yield folder + struct.pack(">II", 0, _FOLDER)
            end = path.find("/", end + 1)
        yield key(path) + struct.pack(">II", offset, size)
        offset += size


def header(version: str, rows):
    """Yield in pieces what comes before the contents; rows() returns an iterator of (path, size)."""
    text = version.encode()
    count = sum(1 for _ in entries(rows()))
    yield MAGIC + struct.pack(">HH", count, len(text)) + text
    yield from entries(rows())


def version(path: str) -> "str | None":
    """Return the version of the firmware in a slot's file, None where there is no such file."""
    try:
        with open(path, "rb") as file:
            return _head(file)[1]
    except (OSError, ValueError):
        return None


def _head(file) -> tuple:
    """Return (number of entries, version). Raises ValueError for another kind of file."""
    start = file.read(12)
    if len(start) != 12 or start[:8] != MAGIC:
        raise ValueError("not a slot")
    count, length = struct.unpack(">HH", start[8:])
    return count, file.read(length).decode()


class Archive:
    """The file system of a slot, to be read only. Raises OSError or ValueError for no such file."""

    def __init__(self, path: str):
        self._path = path
        with open(path, "rb") as file:
            count, self.version = _head(file)
            self._entries = file.read(count * _ENTRY)
            self._start = file.tell()
        if len(self._entries) != count * _ENTRY:
            raise ValueError("not a slot")

    def mount(self, readonly, mkfs):
        """Serve vfs.mount."""

    def umount(self):
        """Serve vfs.umount."""

    def chdir(self, path):
        """Serve os.chdir."""

    def getcwd(self):
        """Serve os.getcwd."""
        return "/"

    def _find(self, path: str) -> tuple:
        """Return (offset, size) of a path."""
        wanted = key(path.strip("/"))
        at = self._entries.find(wanted)
        while at >= 0:
            if at % _ENTRY == 0:
                return struct.unpack_from(">II", self._entries, at + 8)
            at = self._entries.find(wanted, at + 1)
        raise OSError(_ENOENT)

    def stat(self, path: str) -> tuple:
        """Serve os.stat."""
        if path in ("", "/"):
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        _, size = self._find(path)
        if size == _FOLDER:
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        return (0x8000, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def statvfs(self, path: str) -> tuple:
        """Serve os.statvfs: nothing is free."""
        return (1, 1, 0, 0, 0, 0, 0, 0, 1, 255)

    def open(self, path: str, mode: str):
        """Serve open(), for reading."""
        if "w" in mode or "a" in mode or "+" in mode:
            raise OSError(_EROFS)
        offset, size = self._find(path)
        if size == _FOLDER:
            raise OSError(_ENOENT)
        return _File(open(self._path, "rb"), self._start + offset, size)


class _File(io.IOBase):
    def __init__(self, file, start: int, size: int):
        self._file = file
        self._left = size
        file.seek(start)

    def readinto(self, buf) -> int:
        if len(buf) > self._left:
            buf = memoryview(buf)[: self._left]
        count = self._file.readinto(buf) if self._left else 0
        self._left -= count
        return count

    def read(self, n: int = -1) -> bytes:
        data = self._file.read(self._left if n < 0 else min(n, self._left))
        self._left -= len(data)
        return data

    def close(self):
        self._file.close()

    def ioctl(self, request, argument):
        # 4: close (py/stream.h). A stream that is read through C code asks for nothing else.
        if request == 4:
            self._file.close()
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
