"""The access point of the ESP32 port's `network`, loaded with the first `WLAN(WLAN.IF_AP)`."""

import host_bench
import network


class WLAN(network.WLAN):
    """The interface that others join; whoever does is on this PC too."""

    def isconnected(self) -> bool:
        """Tell whether the access point has a client."""
        return bool(host_bench.poll("wifi").get("stations"))

    def status(self, param=None):
        """Return a figure; the access point has no state."""
        return self._measure(param, host_bench.poll("wifi")) if param else None

    def ifconfig(self, address=None):
        """Return (address, mask, gateway, name server), or set them."""
        if address is not None:
            self._address = None if address == "dhcp" else address
            return None
        return self._address or ("127.0.0.1", "255.255.255.255", "127.0.0.1", "0.0.0.0")

    def connect(self, ssid=None, password=None, *, bssid=None):
        """Refuse, as do `disconnect` and `scan`: an access point joins nothing."""
        raise OSError("STA required")

    def disconnect(self):
        """Refuse."""
        self.connect()

    def scan(self) -> list:
        """Refuse."""
        self.connect()
