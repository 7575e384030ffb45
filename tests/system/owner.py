"""An adapter as it comes out of its box, and its owner's session at it."""

import json

import httpx
from system.harness import Adapter

from tools.broker import free_port

PASSWORD = "Zaehler-im-Keller"
NETWORKS = {"Zuhause": "kennwort123", "Nachbar": "geheim-geheim"}


class Fresh(Adapter):
    """An adapter that nobody has set up; only its ports are chosen, since a PC's own are taken.

    more_config: further settings laid down in the factory.
    """

    def __init__(self, folder, more_config=None, **more):
        self.https_port = free_port()
        self._more_config = more_config or {}
        super().__init__(folder, **more)

    def provisioning(self) -> dict:
        config = {"web.port": self.web_port, "web.https_port": self.https_port}
        return {"config": dict(config, **self._more_config)}

    async def start(self):
        await super().start()
        self.board.set_wifi(networks=NETWORKS)


class Owner:
    """A browser's session: cookie, and the header against CSRF."""

    def __init__(self, adapter, base_url: str = ""):
        self.http = httpx.AsyncClient(
            base_url=base_url or adapter.url,
            timeout=90,
            verify=False,
            headers={"Connection": "close"},
        )
        self._adapter = adapter

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await self.http.aclose()

    async def ask(self, method: str, path: str, body=None, **more) -> httpx.Response:
        """Return the answer to a request."""
        return await self.http.request(method, path, json=body, **more)

    async def wait(self):
        """Wait until the adapter answers and its access point is open."""

        async def ready():
            return (await self.ask("GET", "/api/v1/session")).json()["first_set_up"]

        await self._adapter.wait_until(ready)

    async def set_password(self, password: str = PASSWORD):
        """Do the first step of the set-up."""
        answer = await self.ask("PUT", "/api/v1/password", {"password": password})
        assert answer.status_code == 200, answer.text
        self.http.headers["X-CSRF-Token"] = answer.json()["csrf"]

    async def log_in(self, password: str = PASSWORD):
        """Start a session."""
        answer = await self.ask("POST", "/api/v1/session", {"password": password})
        assert answer.status_code == 200, answer.text
        self.http.headers["X-CSRF-Token"] = answer.json()["csrf"]

    async def join(self, ssid: str = "Zuhause"):
        """Put the adapter into a network and confirm it."""
        changes = {"wifi.ssid": ssid, "wifi.password": NETWORKS[ssid]}
        assert (await self.ask("PUT", "/api/v1/config", changes)).status_code == 200

        async def connected():
            return (await self.ask("GET", "/api/v1/network")).json()["state"] == "connected"

        await self._adapter.wait_until(connected)
        assert (await self.ask("POST", "/api/v1/network/confirm")).status_code == 200


def flash_files(adapter) -> dict:
    """Return {name: octets} of the files at the flash's root (a folder, not an image)."""
    flash = adapter.folder / "flash"
    return {path.name: path.read_bytes() for path in flash.iterdir() if path.is_file()}


def everything(adapter) -> bytes:
    """Return what lies on the flash, raw, and what the board has printed."""
    flash = adapter.folder / "flash.img"
    raw = flash.read_bytes() if flash.exists() else b"".join(flash_files(adapter).values())
    return (
        raw + "\n".join(adapter.board.output).encode() + json.dumps(adapter.board.resets).encode()
    )
