"""What of `network.WLAN` is used rarely; see host_bench.py. The access point shares `config`."""

import host_bench
import machine
import network
import utime
from micropython import const

_SCAN_MS = const(2000)


class WLAN(network.WLAN):
    """Methods for network.WLAN, the station."""

    def connect(self, ssid=None, password=None, *, bssid=None):
        """Start joining a network; the port then keeps trying by itself."""
        _started(self)
        if self._wanted and self.status() != network.STAT_GOT_IP:
            raise OSError("Wifi Internal Error")
        if ssid is not None:
            host_bench.kept["joined"] = (ssid, password or "")
            self.config(ssid=ssid)
        self._wanted = host_bench.kept["joined"]
        self._since = utime.ticks_ms()

    def disconnect(self):
        """Leave the network and stop trying."""
        _started(self)
        self._wanted = None

    def scan(self) -> list:
        """Return (ssid, bssid, channel, RSSI, security, hidden) of each network; blocks for 2 s."""
        _started(self)
        utime.sleep_ms(_SCAN_MS)
        radio = host_bench.poll("wifi")
        if not radio.get("up", True):
            return []
        return [
            (ssid.encode(), b"\x02\x00\x00\x00\x00" + bytes((i,)), 1 + i % 13, -50 - i, 3, False)
            for i, ssid in enumerate(radio.get("networks") or {"host": ""})
        ]

    def config(self, param=None, **kwargs):
        """Return one setting, or set several."""
        access_point = network._interfaces.get(self.IF_AP) is self
        changed = host_bench.kept.setdefault("access point" if access_point else "station", {})
        settings = _defaults(access_point)
        settings.update(changed)
        if param is not None:
            if param == "hostname":
                return network.hostname()
            if param == "essid":
                param = "ssid"
            if param not in settings:
                raise ValueError("unknown config param")
            return settings[param]
        for name, value in kwargs.items():
            name = {"essid": "ssid", "authmode": "security"}.get(name, name)
            if name in ("key", "password"):
                if access_point and 0 < len(value) < 8:
                    raise OSError("Wifi Invalid Argument")
            elif name == "hostname":
                network.hostname(value)
            elif name in settings:
                changed[name] = value
            else:
                raise ValueError("unknown config param")
        return None

    def _measure(self, param, radio):
        """Return a figure that `status` is asked for by name."""
        if param == "rssi":
            raise OSError("Wifi Not Connected")
        if param == "stations":
            return [(bytes.fromhex(station),) for station in radio.get("stations", ())]
        raise ValueError("unknown status param")


def _started(station):
    if not station._active:
        raise OSError("Wifi Not Started")


def _defaults(access_point) -> dict:
    mac = machine.unique_id()
    if access_point:
        mac = mac[:5] + bytes((mac[5] + 1 & 0xFF,))
    return {
        "mac": mac, "ssid": "ESP_" + mac.hex()[-6:].upper() if access_point else "", "channel": 1,
        "hidden": False, "security": 0, "reconnects": -1, "txpower": 20.0, "pm": 1,
        "max_clients": 4,
    }  # fmt: skip
