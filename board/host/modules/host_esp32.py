"""NVS and heap figures of the ESP32 port's `esp32`, loaded while they are used; see host_bench.py."""

import gc

import host_bench
from micropython import const

HEAP_EXEC, HEAP_DATA = 1, 4

_DATA_HEAP = const(254 * 1024)  # what an ESP32 without PSRAM has, with Wi-Fi up
_RADIO_AND_SYSTEM = const(120 * 1024)


def idf_heap_info(kind: int) -> list:
    """Return [(total, free, largest free block, lowest free ever)] in octets."""
    # An object of the 64-bit runtime takes 1.6 times what it takes on the chip.
    free = max(_DATA_HEAP - _RADIO_AND_SYSTEM - gc.mem_alloc() * 10 // 16, 0)
    return [(_DATA_HEAP, free, free // 2, free // 2)]


_load = host_bench.rare("host_state", "load")


class NVS:
    """A name space of the non-volatile storage; what is not committed is lost at a reset."""

    def __init__(self, name):
        self._check(name)
        self._name = name
        self._values = _load("nvs", {}).get(name, {})

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
            raise OSError(-4364, "ESP_ERR_NVS_INVALID_LENGTH")
        buffer[: len(value)] = value
        return len(value)

    def erase_key(self, key):
        """Remove a key; raises OSError where there is none."""
        if key not in self._values:
            raise OSError(-4354, "ESP_ERR_NVS_NOT_FOUND")
        del self._values[key]

    def commit(self):
        """Write to flash."""
        everything = _load("nvs", {})
        everything[self._name] = self._values
        host_bench.store("nvs", everything)

    def _get(self, key, kind):
        value = self._values.get(key)
        if not isinstance(value, kind):
            raise OSError(-4354, "ESP_ERR_NVS_NOT_FOUND")
        return value

    def _check(self, key):
        if len(key) > 15:
            raise OSError(-4361, "ESP_ERR_NVS_KEY_TOO_LONG")
