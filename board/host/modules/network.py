"""`network` of the ESP32 port with a simulated radio; the addresses are those of this PC.

What the radio finds comes from the bench: `{"wifi": {"up": bool, "networks": {ssid: password}}}`;
without a list, every network exists and every password is right.
"""

import os

import host_bench
import machine
import utime

STA_IF, AP_IF = 0, 1

STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_BEACON_TIMEOUT = 200
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
STAT_ASSOC_FAIL = 203
STAT_CONNECT_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204

AUTH_OPEN = 0
AUTH_WEP = 1
AUTH_WPA_PSK = 2
AUTH_WPA2_PSK = 3
AUTH_WPA_WPA2_PSK = 4
AUTH_WPA3_PSK = 6
AUTH_WPA2_WPA3_PSK = 7

_JOIN_MS = 300
_SCAN_MS = 2000
_NOWHERE = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")

_hostname = "mpy-esp32"
_country = "XX"


def hostname(name=None):
    """Return the host name, or set it: at most 32 characters."""
    global _hostname
    if name is None:
        return _hostname
    if len(name) > 32:
        raise ValueError
    _hostname = name
    return None


def country(code=None):
    """Return the country code, or set it; the port ignores it."""
    global _country
    if code is None:
        return _country
    if len(code) != 2:
        raise ValueError
    _country = code
    return None


class WLAN:
    """One of the two interfaces; there is one object of each."""

    IF_STA = 0
    IF_AP = 1
    SEC_OPEN = 0
    SEC_WEP = 1
    SEC_WPA = 2
    SEC_WPA2 = 3
    SEC_WPA_WPA2 = 4
    SEC_WPA3 = 6
    SEC_WPA2_WPA3 = 7
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2

    _interfaces = {}

    def __new__(cls, interface_id=IF_STA):
        if interface_id not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        if interface_id not in cls._interfaces:
            cls._interfaces[interface_id] = super().__new__(cls)
        return cls._interfaces[interface_id]

    def __init__(self, interface_id=IF_STA):
        if hasattr(self, "_ap"):
            return
        self._ap = interface_id == self.IF_AP
        self._active = False
        self._wanted = None
        self._since = 0
        self._disconnected = utime.ticks_ms()
        self._last = STAT_IDLE
        mac = machine.unique_id()
        if self._ap:
            mac = mac[:5] + bytes((mac[5] + 1 & 0xFF,))
        self._config = {
            "mac": mac, "ssid": "ESP_" + mac.hex()[-6:].upper() if self._ap else "", "channel": 1,
            "hidden": False, "security": 0, "reconnects": -1, "txpower": 20.0, "pm": 1,
            "max_clients": 4,
        }  # fmt: skip
        self._address = None

    def active(self, is_active=None):
        """Return whether the interface is up, or bring it up or down."""
        if is_active is None:
            return self._active
        self._active = bool(is_active)
        if not self._active:
            self._wanted = None
        return self._active

    def connect(self, ssid=None, password=None, *, bssid=None):
        """Start joining a network; the port then keeps trying by itself."""
        if self._ap:
            raise OSError("STA required")
        if not self._active:
            raise OSError("Wifi Not Started")
        if self._wanted and self.status() != STAT_GOT_IP:
            raise OSError("Wifi Internal Error")
        if ssid is not None:
            self._config["ssid"] = ssid
            self._password = password or ""
        self._wanted = (self._config["ssid"], self._password)
        self._since = utime.ticks_ms()

    def disconnect(self):
        """Leave the network and stop trying."""
        if self._ap:
            raise OSError("STA required")
        if not self._active:
            raise OSError("Wifi Not Started")
        self._wanted = None

    def isconnected(self) -> bool:
        """Tell whether the station has an address, or the access point a client."""
        if self._ap:
            return bool(host_bench.poll()["wifi"].get("stations"))
        return self.status() == STAT_GOT_IP

    def status(self, param=None):
        """Return the station's state; it may be a stale one, as on the port."""
        if param == "rssi":
            if not self.isconnected():
                raise OSError("Wifi Not Connected")
            return host_bench.poll()["wifi"].get("rssi", -58)
        if param == "stations":
            return [(bytes.fromhex(s),) for s in host_bench.poll()["wifi"].get("stations", [])]
        if param is not None:
            raise ValueError("unknown status param")
        if self._ap:
            return None
        if not self._wanted:
            return self._last
        radio = host_bench.poll()["wifi"]
        ssid, password = self._wanted
        networks = radio.get("networks")
        if not radio.get("up", True) or (networks is not None and ssid not in networks):
            self._since = utime.ticks_ms()
            self._last = STAT_NO_AP_FOUND
        elif utime.ticks_diff(utime.ticks_ms(), self._since) < _JOIN_MS:
            return STAT_CONNECTING
        elif networks is not None and networks[ssid] != password:
            self._last = STAT_WRONG_PASSWORD
        else:
            self._last = STAT_GOT_IP
        return self._last

    def scan(self) -> list:
        """Return (ssid, bssid, channel, RSSI, security, hidden) of each network; blocks for 2 s."""
        if self._ap:
            raise OSError("STA required")
        if not self._active:
            raise OSError("Wifi Not Started")
        utime.sleep_ms(_SCAN_MS)
        radio = host_bench.poll()["wifi"]
        if not radio.get("up", True):
            return []
        return [
            (ssid.encode(), b"\x02\x00\x00\x00\x00" + bytes((i,)), 1 + i % 13, -50 - i, 3, False)
            for i, ssid in enumerate(radio.get("networks") or {"host": ""})
        ]

    def ifconfig(self, ip_mask_gateway_dns=None):
        """Return (address, mask, gateway, name server), or set them."""
        if ip_mask_gateway_dns is not None:
            self._address = None if ip_mask_gateway_dns == "dhcp" else ip_mask_gateway_dns
            return None
        if self._ap:
            # Whoever joins the access point is on this PC too.
            return self._address or ("127.0.0.1", "255.255.255.255", "127.0.0.1", "0.0.0.0")
        if not self.isconnected():
            return _NOWHERE
        name_server = os.getenv("HOST_DNS") or "127.0.0.1"
        # Beside the access point the station needs an address of its own.
        access_point = self._interfaces.get(self.IF_AP)
        own = "127.0.0.2" if access_point is not None and access_point.active() else "127.0.0.1"
        return self._address or (own, "255.0.0.0", "127.0.0.1", name_server)

    def config(self, param=None, **kwargs):
        """Return one setting, or set several."""
        if param is not None:
            if param == "hostname":
                return _hostname
            if param == "essid":
                param = "ssid"
            if param not in self._config:
                raise ValueError("unknown config param")
            return self._config[param]
        for name, value in kwargs.items():
            if name == "essid":
                name = "ssid"
            if name in ("key", "password"):
                if self._ap and 0 < len(value) < 8:
                    raise OSError("Wifi Invalid Argument")
            elif name == "hostname":
                hostname(value)
            elif name in ("authmode", "security"):
                self._config["security"] = value
            elif name in self._config:
                self._config[name] = value
            else:
                raise ValueError("unknown config param")
        return None
