"""What of the ESP32 port's `network` is used rarely; see host_bench.py."""

import host_bench


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
    constants = host_bench.rare("host_constants")
    return constants.look_up(constants.NETWORK, name)
