"""The adapter's own access point, on which it is set up.

WPA2 with a password of this device alone. It opens while no Wi-Fi is known, or on a press of the
button; every name leads to the adapter, and the systems' captive-portal probes are sent to the page.
"""

import asyncio
import os

import network

from compat import const
from firmware import clock
from firmware.net.dns import NameServer

PASSWORD = "device.ap_password"

# 32 characters that look like no other, so five bits each: 60 bits.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789A"
_PASSWORD_LENGTH = const(12)
_CLIENTS = const(4)
_WPA2 = const(3)
# After the set-up its last page must still load.
_FAREWELL_MS = const(60000)
_REST_MS = const(10 * 60 * 1000)
_BUTTON_MS = const(15 * 60 * 1000)
_POLL_MS = const(1000)


def password(keystore) -> tuple:
    """Return (the access point's password, whether it was made just now)."""
    kept = keystore.unseal(PASSWORD)
    if kept is not None:
        return kept.decode(), False
    made = "".join(_ALPHABET[octet & 31] for octet in os.urandom(_PASSWORD_LENGTH))
    keystore.seal(PASSWORD, made.encode())
    return made, True


class Portal:
    """Opens and closes the access point. `active` tells whether it is open."""

    def __init__(self, keystore, device, wifi, auth, log, dns_port: int = 53):
        """keystore: keys.KeyStore; wifi: net.wifi.Wifi; auth: web.auth.Auth; log: SecurityLog."""
        self.active = False
        self._keystore = keystore
        self._device = device
        self._wifi = wifi
        self._auth = auth
        self._log = log
        self._dns_port = dns_port
        self._access_point = network.WLAN(network.WLAN.IF_AP)
        self._wanted = asyncio.Event()
        self._ends = None
        self._address = ""
        self._mask = ""

    @property
    def ssid(self) -> str:
        """The access point's name."""
        return "Obisgate-" + self._device.id

    @property
    def address(self) -> str:
        """The adapter's address at the access point, "" while it is closed."""
        return self._address if self.active else ""

    def open(self):
        """Open the access point for a while, as the button does."""
        self._ends = clock.uptime_ms() + _BUTTON_MS
        self._wanted.set()

    def finish(self):
        """The set-up is done: close the access point a minute from now."""
        self._ends = clock.uptime_ms() + _FAREWELL_MS

    def guest(self, address: str) -> bool:
        """Tell whether an address is that of a client of the access point.

        False while the home network uses the same addresses, since they tell nothing then.
        """
        if not self.active or not _same_network(address, self._address, self._mask):
            return False
        home = self._device.address()
        return home is None or not _same_network(home, self._address, self._mask)

    def redirection(self, host: "str | None", address: str, port: int) -> "str | None":
        """Return where a guest's request for a foreign host is sent, or None for any other request."""
        name = (host or "").partition(":")[0].lower()
        if not self.guest(address) or name == self._address or name == "localhost":
            return None
        return "http://%s%s/" % (self._address, "" if port == 80 else ":%d" % port)

    async def run(self):
        """Open the access point whenever it is needed; returns never."""
        while True:
            if self._wifi.known and self._auth.password_set:
                await self._wanted.wait()
            self._wanted.clear()
            await self._serve()

    def _needed(self) -> bool:
        if self._ends is None and self._wifi.connected and self._auth.password_set:
            # Set up but for what may be left out: time to see it to its end.
            self._ends = clock.uptime_ms() + _REST_MS
        return self._ends is None or clock.uptime_ms() < self._ends

    async def _serve(self):
        self._raise()
        name_server = NameServer(self._address, self._dns_port)
        answering = asyncio.create_task(name_server.run())
        self.active = True
        self._log.add("portal-opened")
        try:
            while self._needed():
                await asyncio.sleep_ms(_POLL_MS)
        finally:
            self.active = False
            self._ends = None
            answering.cancel()
            name_server.close()
            self._access_point.active(False)
            self._log.add("portal-closed")

    def _raise(self):
        secret, made = password(self._keystore)
        access_point = self._access_point
        access_point.active(True)
        access_point.config(ssid=self.ssid, security=_WPA2, key=secret, max_clients=_CLIENTS)
        self._address, self._mask = access_point.ifconfig()[:2]
        if made and not self._auth.password_set:
            # Nobody else could know it yet, and whoever holds the USB cable holds the adapter.
            print("set up: join Wi-Fi %s with password %s" % (self.ssid, secret))


def _same_network(left: str, right: str, mask: str) -> bool:
    try:
        fields = [[int(field) for field in text.split(".")] for text in (left, right, mask)]
        return len(fields[0]) == 4 and all(
            fields[0][i] & fields[2][i] == fields[1][i] & fields[2][i] for i in range(4)
        )
    except (ValueError, IndexError):
        return False
