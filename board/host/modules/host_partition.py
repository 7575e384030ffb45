"""`esp32.Partition` for the PC: the partitions of a 4 MB flash with two firmware slots, as files.

The bootloader's part, choosing the slot when the board starts, is in tools/host_board.py.
"""

import os

import host_bench
from micropython import const

_BLOCK = const(4096)
_IMAGE_MAGIC = const(0xE9)
_SLOTS = ("ota_0", "ota_1")
_SLOT_SIZE = const(0x180000)
# label: type, subtype, address, size
_TABLE = {
    "nvs": (1, 0x02, 0x9000, 0x4000),
    "otadata": (1, 0x00, 0xD000, 0x2000),
    "ota_0": (0, 0x10, 0x10000, _SLOT_SIZE),
    "ota_1": (0, 0x11, 0x190000, _SLOT_SIZE),
    "vfs": (1, 0x81, 0x310000, 0xF0000),
}
_running = os.getenv("HOST_SLOT") or _SLOTS[0]


class Partition:
    """A partition of the flash, as a file beside it."""

    BOOT = 0
    RUNNING = 1
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, id, block_size=_BLOCK):
        if id == self.BOOT:
            id = _otadata()["boot"]
        elif id == self.RUNNING:
            id = _running
        if id not in _TABLE:
            raise OSError(2, "ENOENT")
        self._label = id
        self._size = _TABLE[id][3]
        self._block_size = block_size

    @staticmethod
    def find(type=TYPE_APP, subtype=0xFF, label=None) -> list:
        """Return the partitions of a type and subtype (0xFF: any)."""
        return [
            Partition(name)
            for name, row in sorted(_TABLE.items())
            if row[0] == type and subtype in (0xFF, row[1]) and label in (None, name)
        ]

    def info(self) -> tuple:
        """Return (type, subtype, address, size, label, encrypted)."""
        return _TABLE[self._label] + (self._label, False)

    def readblocks(self, block_num, buf, offset=0):
        """Read into buf from a block on."""
        with self._file() as file:
            file.seek(block_num * self._block_size + offset)
            count = file.readinto(buf)
        # Erased flash reads as ones.
        for i in range(count, len(buf)):
            buf[i] = 0xFF

    def writeblocks(self, block_num, buf, offset=None):
        """Write from a block on; without an offset the blocks are erased first."""
        start = block_num * self._block_size + (offset or 0)
        if start + len(buf) > self._size:
            raise OSError(-258, "ESP_ERR_INVALID_ARG")
        with self._file() as file:
            file.seek(start)
            file.write(buf)

    def ioctl(self, op, arg=None):
        """Serve a block device's requests: 4 number of blocks, 5 their size, 6 erase."""
        if op == 4:
            return self._size // self._block_size
        if op == 5:
            return self._block_size
        if op == 6:
            self.writeblocks(arg, b"\xff" * self._block_size)
            return 0
        return 0

    def set_boot(self):
        """Start from here next time; raises OSError unless it holds an image."""
        first = bytearray(1)
        self.readblocks(0, first)
        if self._label not in _SLOTS or first[0] != _IMAGE_MAGIC:
            raise OSError(-5379, "ESP_ERR_OTA_VALIDATE_FAILED")
        data = _otadata()
        data["boot"] = self._label
        data[self._label] = "new"
        host_bench.store("otadata", data)

    def get_next_update(self):
        """Return the slot that is not running."""
        return Partition(_SLOTS[1 - _SLOTS.index(_running)])

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        """Keep the running image."""
        data = _otadata()
        data[_running] = "valid"
        host_bench.store("otadata", data)

    def _file(self):
        path = "/.state/" + self._label + ".bin"
        try:
            os.stat(path)
        except OSError:
            image = bytes((_IMAGE_MAGIC,)) if self._label == _SLOTS[0] else b""
            with open(path, "wb") as file:
                file.write(image)
        return open(path, "r+b")


def _otadata() -> dict:
    return host_bench.rare("host_state", "load")(
        "otadata", {"boot": _SLOTS[0], _SLOTS[0]: "valid"}
    )
