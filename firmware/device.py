"""Who this adapter is: its id, names, version and addresses."""

import machine
import network

VERSION = "0.1.0"


class Device:
    """Identity of the board. `id` is the last six hex digits of the station's MAC."""

    def __init__(self, config):
        self._config = config
        self._station = network.WLAN(network.WLAN.IF_STA)
        self.mac = self._station.config("mac")
        self.id = self.mac.hex()[-6:]

    @property
    def name(self) -> str:
        """The owner's name for the adapter, or `obisgate-<id>`."""
        return self._config["device.name"] or "obisgate-" + self.id

    @property
    def host_name(self) -> str:
        """The mDNS host name, without `.local`."""
        return "obisgate-" + self.id

    def dns_server(self) -> "str | None":
        """Return the name server that DHCP gave, or None."""
        server = self._station.ifconfig()[3]
        return server if server and server != "0.0.0.0" else None

    def address(self) -> "str | None":
        """Return the station's address, or None while it has none."""
        address = self._station.ifconfig()[0]
        return address if address and address != "0.0.0.0" else None

    def unique_id(self) -> str:
        """Return the chip's id in hex."""
        return machine.unique_id().hex()
