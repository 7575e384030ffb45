"""What of the ESP32 port's `network` is used rarely; see host_bench.py."""

import host_bench

# One text, because each name would stay in the heap for ever.
_CONSTANTS = """
STA_IF 0 AP_IF 1
STAT_IDLE 1000 STAT_CONNECTING 1001 STAT_GOT_IP 1010 STAT_BEACON_TIMEOUT 200 STAT_NO_AP_FOUND 201
STAT_WRONG_PASSWORD 202 STAT_ASSOC_FAIL 203 STAT_CONNECT_FAIL 203 STAT_HANDSHAKE_TIMEOUT 204
AUTH_OPEN 0 AUTH_WEP 1 AUTH_WPA_PSK 2 AUTH_WPA2_PSK 3 AUTH_WPA_WPA2_PSK 4 AUTH_WPA3_PSK 6
AUTH_WPA2_WPA3_PSK 7
"""


def hostname(name=None):
    """Return the host name, or set it: at most 32 characters."""
    if name is None:
        return host_bench.kept.get("hostname", "mpy-esp32")
    if len(name) > 32:
        raise ValueError
    host_bench.kept["hostname"] = name
    return None


def country(code=None):
    """Return the country code, or set it; the port ignores it."""
    if code is None:
        return host_bench.kept.get("country", "XX")
    if len(code) != 2:
        raise ValueError
    host_bench.kept["country"] = code
    return None


def __getattr__(name):
    words = _CONSTANTS.split()
    if name not in words[::2]:
        raise AttributeError(name)
    return int(words[words.index(name) + 1])
