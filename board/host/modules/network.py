"""`network` of the ESP32 port with a simulated radio; the addresses are those of this PC.

What the radio finds comes from the bench: `{"wifi": {"up": bool, "networks": {ssid: password}}}`;
without a list, every network exists and every password is right. Here is the station as it is used all
the time; the rest is in host_wlan.py, host_network.py and host_access_point.py, see host_bench.py.
"""

import os

import host_bench
import utime

_interfaces = {}


class WLAN:
    """One of the two interfaces; there is one object of each."""

    IF_STA = 0
    IF_AP = 1
    PM_POWERSAVE = 2

    _active = False
    _address = None  # a static one
    _wanted = None  # (ssid, password)
    _last = 1000  # STAT_IDLE

    def __new__(cls, id=IF_STA):
        if id not in _interfaces:
            if id not in (0, 1):
                raise ValueError("invalid WLAN interface identifier")
            if id:
                cls = host_bench.rare("host_access_point", "WLAN")
            _interfaces[id] = object.__new__(cls)
        return _interfaces[id]

    def active(self, value=None):
        """Return whether the interface is up, or bring it up or down."""
        if value is not None:
            self._active = bool(value)
            if not value:
                self._wanted = None
        return self._active

    def isconnected(self) -> bool:
        """Tell whether the station has an address."""
        return self.status() == 1010

    def status(self, param=None):
        """Return the station's state; it may be a stale one, as on the port."""
        radio = host_bench.poll("wifi")
        if param == "rssi" and self.isconnected():
            return radio.get(param, -58)
        if param:
            return self._measure(param, radio)
        if self._wanted:
            ssid, password = self._wanted
            networks = radio.get("networks")
            if not radio.get("up", True) or (networks is not None and ssid not in networks):
                self._since = utime.ticks_ms()
                self._last = 201  # STAT_NO_AP_FOUND
            elif utime.ticks_diff(utime.ticks_ms(), self._since) < 300:
                return 1001  # STAT_CONNECTING
            elif networks is None or networks[ssid] == password:
                self._last = 1010  # STAT_GOT_IP
            else:
                self._last = 202  # STAT_WRONG_PASSWORD
        return self._last

    def ifconfig(self, address=None):
        """Return (address, mask, gateway, name server), or set them."""
        if address is not None:
            self._address = None if address == "dhcp" else address
            return None
        if not self.isconnected():
            return ("0.0.0.0",) * 4
        # Beside the access point the station needs an address of its own.
        beside = 1 in _interfaces and _interfaces[1]._active
        name_server = os.getenv("HOST_DNS") or "127.0.0.1"
        return self._address or (
            "127.0.0.2" if beside else "127.0.0.1", "255.0.0.0", "127.0.0.1", name_server,
        )  # fmt: skip

    def __getattr__(self, name):
        return host_bench.rare("host_wlan", name, self)


def __getattr__(name):
    return host_bench.rare("host_network", name)
