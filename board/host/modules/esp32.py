"""`esp32` of the ESP32 port: NVS, the two firmware partitions with their boot choice, heap figures."""

import gc
import os

import host_bench

HEAP_EXEC, HEAP_DATA = 1, 4

_BLOCK = 4096
_IMAGE_MAGIC = 0xE9
_SLOTS = ("ota_0", "ota_1")
_SLOT_SIZE = 0x180000
# label: type, subtype, address, size
_TABLE = {
    "nvs": (1, 0x02, 0x9000, 0x4000),
    "otadata": (1, 0x00, 0xD000, 0x2000),
    "ota_0": (0, 0x10, 0x10000, _SLOT_SIZE),
    "ota_1": (0, 0x11, 0x190000, _SLOT_SIZE),
    "vfs": (1, 0x81, 0x310000, 0xF0000),
}
_DATA_HEAP = 254 * 1024  # what an ESP32 without PSRAM has, with Wi-Fi up
_RADIO_AND_SYSTEM = 120 * 1024


def idf_heap_info(capabilities: int) -> list:
    """Return [(total, free, largest free block, lowest free ever)] in octets."""
    # An object of the 64-bit runtime takes 1.6 times what it takes on the chip.
    free = max(_DATA_HEAP - _RADIO_AND_SYSTEM - gc.mem_alloc() * 10 // 16, 0)
    return [(_DATA_HEAP, free, free // 2, free // 2)]


class NVS:
    """A name space of the non-volatile storage; what is not committed is lost at a reset."""

    _NOT_FOUND = (-4354, "ESP_ERR_NVS_NOT_FOUND")
    _KEY_TOO_LONG = (-4361, "ESP_ERR_NVS_KEY_TOO_LONG")
    _INVALID_LENGTH = (-4364, "ESP_ERR_NVS_INVALID_LENGTH")

    def __init__(self, namespace):
        self._check(namespace)
        self._name = namespace
        self._values = host_bench.load("nvs", {}).get(namespace, {})

    def set_i32(self, key, value):
        """Store a signed 32-bit number."""
        self._check(key)
        self._values[key] = ((value + 0x80000000) & 0xFFFFFFFF) - 0x80000000

    def get_i32(self, key) -> int:
        """Return a number; raises OSError where there is none."""
        return self._get(key, int)

    def set_blob(self, key, value):
        """Store octets."""
        self._check(key)
        self._values[key] = bytes(value).hex()

    def get_blob(self, key, buffer) -> int:
        """Read octets into buffer and return how many; raises OSError where there are none."""
        value = bytes.fromhex(self._get(key, str))
        if len(value) > len(buffer):
            raise OSError(*self._INVALID_LENGTH)
        buffer[: len(value)] = value
        return len(value)

    def erase_key(self, key):
        """Remove a key; raises OSError where there is none."""
        if key not in self._values:
            raise OSError(*self._NOT_FOUND)
        del self._values[key]

    def commit(self):
        """Write to flash."""
        everything = host_bench.load("nvs", {})
        everything[self._name] = self._values
        host_bench.store("nvs", everything)

    def _get(self, key, kind):
        value = self._values.get(key)
        if not isinstance(value, kind):
            raise OSError(*self._NOT_FOUND)
        return value

    def _check(self, key):
        if len(key) > 15:
            raise OSError(*self._KEY_TOO_LONG)


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
        path = host_bench.STATE + self._label + ".bin"
        try:
            os.stat(path)
        except OSError:
            image = bytes((_IMAGE_MAGIC,)) if self._label == _SLOTS[0] else b""
            with open(path, "wb") as file:
                file.write(image)
        return open(path, "r+b")


def _otadata() -> dict:
    return host_bench.load("otadata", {"boot": _SLOTS[0], _SLOTS[0]: "valid"})


def _choose() -> str:
    """Return the slot to run, as the bootloader does: an image that was not confirmed goes back."""
    data = _otadata()
    slot = data["boot"]
    if data.get(slot) == "pending":
        data[slot] = "aborted"
        slot = data["boot"] = _SLOTS[1 - _SLOTS.index(slot)]
        host_bench.store("otadata", data)
    elif data.get(slot) == "new":
        data[slot] = "pending"
        host_bench.store("otadata", data)
    return slot


_running = _choose()
