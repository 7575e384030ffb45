"""MicroPython itself: a new image in the partition that does not run, where there are two.

The boot loader starts it once; unless the trial confirms it (trial.py), the next start is back.
"""

from compat import const

_BLOCK = const(4096)


def open_image(size: int) -> "Image | None":
    """Return the place for an image of that size, None where there is one partition only.

    Raises OSError where it does not fit.
    """
    import esp32

    try:
        other = esp32.Partition(esp32.Partition.RUNNING).get_next_update()
    except OSError:
        return None
    if size > other.info()[3]:
        raise OSError(28)
    return Image(other)


class Image:
    """An image being written, block by block."""

    def __init__(self, partition):
        self._partition = partition
        self._block = bytearray(_BLOCK)
        self._used = 0
        self._number = 0

    def write(self, data):
        """Store octets; a block is erased and written whenever one is full."""
        data = memoryview(data)
        while data:
            count = min(len(data), _BLOCK - self._used)
            self._block[self._used : self._used + count] = data[:count]
            self._used += count
            data = data[count:]
            if self._used == _BLOCK:
                self._flush()

    def finish(self):
        """Write what is left."""
        if self._used:
            for i in range(self._used, _BLOCK):
                self._block[i] = 0xFF
            self._flush()

    def _flush(self):
        self._partition.writeblocks(self._number, self._block)
        self._number += 1
        self._used = 0

    def start_next(self):
        """Let the boot loader try it. Raises OSError where it does not hold an image."""
        self._partition.set_boot()
