"""Removing secrets from flash for good.

littlefs never writes in place: what a file held stays in blocks that are merely free, and small files lie
in their directory's metadata log. So the free blocks are filled once, and the directory is written
until its log has been compacted into both of its blocks.
"""

import os

from compat import const

_BLOCK = const(4096)
# A file system larger than any adapter's flash belongs to a PC: only the file itself is overwritten.
_LARGEST_FLASH = const(64 << 20)
_FILLER = "wipe.fill"


def remove(path: str):
    """Overwrite a file with zeros and remove it; nothing happens where there is none."""
    try:
        length = os.stat(path)[6]
        with open(path, "rb+") as file:
            zeros = bytes(min(length, _BLOCK))
            while length > 0:
                file.write(zeros if length >= len(zeros) else zeros[:length])
                length -= len(zeros)
        os.remove(path)
    except OSError:
        pass


def free_space(root: str, feed=None) -> int:
    """Overwrite the free blocks and the metadata log of the flash mounted at root; return the octets.

    Takes seconds, so feed() is called after every block: the watchdog's.
    """
    root = root.rstrip("/") + "/"
    size = os.statvfs(root)
    if size[1] * size[2] > _LARGEST_FLASH:
        return 0
    written = _fill(root + _FILLER, feed)
    _churn(root, size[0], feed)
    # Compaction freed blocks of the log that hold what it no longer does.
    written += _fill(root + _FILLER, feed)
    return written


def _fill(path: str, feed) -> int:
    zeros = bytes(_BLOCK)
    written = 0
    try:
        with open(path, "wb") as file:
            while True:
                file.write(zeros)
                written += _BLOCK
                if feed is not None:
                    feed()
    except OSError:
        pass
    try:
        os.remove(path)
    except OSError:
        pass
    return written


def _churn(root: str, block: int, feed):
    """Write the root directory's log over: each small file is inlined in it."""
    inline = bytes(64)
    # Two blocks' worth, for the log alternates between two, and as much again for what else it holds.
    for _ in range(4 * block // len(inline)):
        with open(root + _FILLER, "wb") as file:
            file.write(inline)
        if feed is not None:
            feed()
    os.remove(root + _FILLER)
