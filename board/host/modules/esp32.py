"""`esp32` of the ESP32 port: heap figures and NVS are in host_esp32.py, partitions in host_partition.py."""

import host_bench


def __getattr__(name):
    return host_bench.rare("host_partition" if name == "Partition" else "host_esp32", name)
