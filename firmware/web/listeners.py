"""The ports the page and the REST resource are served on: HTTP, HTTPS, or one leading to the other.

What is in force is in `mode`, and may be less than what the owner chose, where the board's memory cannot
carry TLS; the status says so.
"""

import asyncio
import gc

from compat import const

# A TLS session of the ESP32 port takes 16 + 4 KB of buffers and some 15 KB for its handshake, besides
# what a connection to the broker may need at the same time.
_SESSION_OCTETS = const(40 * 1024)
_LOOK_MS = const(1000)


class Listeners:
    """Opens and closes the server's ports. `fingerprint` is the certificate's, None without HTTPS."""

    def __init__(self, context, server):
        """server: web.server.Server."""
        self.mode = "http"
        self.fingerprint = None
        self._context = context
        self._server = server
        self._plain = None
        self._secure = None
        self._opened = None

    @property
    def settled(self) -> bool:
        """Whether the ports now open are those of the settings in force."""
        return self._opened == self._chosen()

    @property
    def plain_allowed(self) -> bool:
        """Whether requests from the home network may come unencrypted."""
        return self.mode in ("http", "both")

    def url(self, name: str) -> str:
        """Return the page's address under a name, as it should be used now."""
        encrypted = self.mode != "http"
        port = self.setting("web.https_port" if encrypted else "web.port")
        usual = 443 if encrypted else 80
        scheme = "https" if encrypted else "http"
        return "%s://%s%s/" % (scheme, name, "" if port == usual else ":%d" % port)

    async def run(self):
        """Serve until cancelled, by the settings in force."""
        try:
            while True:
                chosen = self._chosen()
                await self._open(chosen[0])
                while chosen == self._chosen():
                    if self.mode == "https" and not self._context.portal_active:
                        await self._close_plain()
                    else:
                        await self._open_plain()
                    self._opened = chosen
                    await asyncio.sleep_ms(_LOOK_MS)
                await self._close()
        finally:
            await self._close()

    def setting(self, key: str):
        """Return the value in force of a setting; one on trial counts."""
        return self._context.wifi.setting(key)

    def _chosen(self) -> tuple:
        return self.setting("web.mode"), self.setting("web.port"), self.setting("web.https_port")

    async def _open(self, mode: str):
        if mode != "http" and _carries_tls(self._context.config):
            # At once, so that nothing goes unencrypted while the certificate is made.
            self.mode = mode
        # The set-up must be reachable meanwhile.
        await self._open_plain()
        if self.mode != "http":
            try:
                await self._open_secure()
            except (OSError, ValueError, MemoryError):
                # Better reached without TLS than not at all; the status says what is in force.
                self.mode = "http"

    async def _close(self):
        await self._close_plain()
        if self._secure is not None:
            self._secure.close()
            await self._secure.wait_closed()
            self._secure = None
        self.mode = "http"
        self.fingerprint = None
        self._opened = None

    async def _open_plain(self):
        if self._plain is None:
            port = self.setting("web.port")
            self._plain = await asyncio.start_server(self._server.serve, "0.0.0.0", port)

    async def _close_plain(self):
        if self._plain is not None:
            self._plain.close()
            await self._plain.wait_closed()
            self._plain = None

    async def _open_secure(self):
        from firmware.config import certificate
        from firmware.net import tls

        context = self._context
        device = context.device
        identity = await certificate.load_or_make(
            context.keystore, (device.host_name + ".local", device.host_name), ("192.168.4.1",)
        )
        self._secure = await asyncio.start_server(
            self._serve_secure,
            "0.0.0.0",
            self.setting("web.https_port"),
            ssl=tls.server(identity),
        )
        self.fingerprint = identity.fingerprint

    async def _serve_secure(self, reader, writer):
        await self._server.serve(reader, writer, secure=True)

    def snapshot(self) -> dict:
        """Return what the status says of the channels: what is in force, and what was chosen."""
        return {
            "chosen": self.setting("web.mode"),
            "in_force": self.mode,
            "fingerprint": self.fingerprint,
        }


def _carries_tls(config) -> bool:
    import board

    if "psram" in board.CAPS:
        return True
    import esp32

    gc.collect()
    largest = max((area[2] for area in esp32.idf_heap_info(esp32.HEAP_DATA)), default=0)
    broker = config["mqtt.host"] and config["mqtt.tls"] != "off"
    return largest >= _SESSION_OCTETS * (2 if broker else 1)
