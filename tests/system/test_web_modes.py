"""HTTP off, leading to HTTPS, beside it, or alone, as the owner chooses, without a restart."""

import asyncio
import contextlib

import httpx
from system.owner import Fresh, Owner

from tools.broker import free_port


async def ask(
    url: str, path: str, method: str = "GET", token: str = ""
) -> "httpx.Response | None":
    """Return the answer, or None where nobody listens."""
    headers = {"Authorization": "Bearer " + token} if token else {}
    async with httpx.AsyncClient(
        base_url=url, verify=False, timeout=20, headers=headers
    ) as client:
        try:
            return await client.request(method, path)
        except httpx.TransportError:
            return None


class House(Fresh):
    """An adapter in its owner's network, with a token."""

    def provisioning(self) -> dict:
        given = super().provisioning()
        given["config"].update(
            {"web.mode": "both", "wifi.ssid": "Zuhause", "wifi.password": "kennwort123"}
        )
        return dict(given, token=self.token, admin_password=self.admin_password)

    @property
    def https(self) -> str:
        return "https://127.0.0.1:%d" % self.https_port

    async def choose(self, **settings):
        """Change the settings of the page's ports by HTTPS; they are on trial then."""
        changes = {"web." + name: value for name, value in settings.items()}
        async with Owner(self, self.https) as owner:
            owner.http.headers["Authorization"] = "Bearer " + self.token
            assert (await owner.ask("PUT", "/api/v1/config", changes)).status_code == 200

    async def reached(self, url: str, status: "int | None"):
        """Wait until a request for the settings is answered so; None: nobody listens."""

        async def as_wanted():
            answer = await ask(url, "/api/v1/config", token=self.token)
            return (answer.status_code if answer is not None else None) == status

        await self.wait_until(as_wanted, 60)


async def test_each_mode_opens_what_it_says_and_nothing_else(tmp_path):
    async with House(tmp_path, broker=None, psram=True) as house:
        await house.reached(house.url, 200)
        await house.reached(house.https, 200)

        await house.choose(mode="redirect")
        await house.reached(house.url, 307)
        answer = await ask(house.url, "/api/v1/config", token=house.token)
        assert answer.headers["Location"] == house.https + "/api/v1/config"
        # What changes something is never sent on: it would have crossed the network in the clear.
        answer = await ask(house.url, "/api/v1/key", "DELETE", house.token)
        assert (answer.status_code, answer.json()["error"]) == (403, "http:encrypted-only")
        await house.reached(house.https, 200)

        await house.choose(mode="https")
        await house.reached(house.url, None)
        await house.reached(house.https, 200)

        other = free_port()
        await house.choose(mode="both", port=other)
        await house.reached("http://127.0.0.1:%d" % other, 200)
        await house.reached(house.https, 200)

        await house.choose(mode="http")
        await house.reached("http://127.0.0.1:%d" % other, 200)
        await house.reached(house.https, None)


async def hurry(house: House):
    """Let the adapter wait 8 seconds for a confirmation instead of two minutes."""
    environment = house.board._environment
    house.board._environment = lambda: dict(environment(), HOST_CONFIRM_S="8")
    await house.board.power_cycle()
    await house.reached(house.https, 200)


async def test_ports_that_nobody_confirms_go_back(tmp_path):
    async with House(tmp_path, broker=None, psram=True) as house:
        await hurry(house)
        other, secure = free_port(), free_port()
        await house.choose(mode="http", port=other)
        await house.reached("http://127.0.0.1:%d" % other, 200)
        await house.reached(house.https, None)
        await house.reached(house.https, 200)
        await house.reached(house.url, 200)
        await house.reached("http://127.0.0.1:%d" % other, None)
        await house.choose(mode="https", https_port=secure)
        await house.reached("https://127.0.0.1:%d" % secure, 200)
        await house.reached(house.url, None)
        await house.reached(house.url, 200)
        answer = await ask(house.url, "/api/v1/config", token=house.token)
        found = answer.json()
        assert (found["web.mode"], found["web.port"]) == ("both", house.web_port)


async def test_ports_that_are_confirmed_by_the_new_way_stay(tmp_path):
    confirm = "/api/v1/network/confirm"
    async with House(tmp_path, broker=None, psram=True) as house:
        await hurry(house)
        other = "http://127.0.0.1:%d" % free_port()
        await house.choose(port=int(other.rpartition(":")[2]))
        # By the old way nothing is proven.
        answer = await ask(house.url, confirm, "POST", house.token)
        assert answer is None or answer.json()["error"] == "network:not-applied"
        await house.reached(other, 200)
        answer = await ask(other, confirm, "POST", house.token)
        assert answer.status_code == 200, answer.text
        answer = await ask(other, confirm, "POST", house.token)
        assert answer.json()["error"] == "network:nothing-on-trial"
        await house.board.power_cycle()
        await house.reached(other, 200)
        await house.reached(house.url, None)


async def test_a_name_that_the_owner_comes_by_is_not_lost_either(tmp_path):
    confirm = "/api/v1/network/confirm"
    async with House(tmp_path, broker=None, psram=True) as house:
        await hurry(house)
        token = {"Authorization": "Bearer " + house.token}
        async with httpx.AsyncClient(base_url=house.url, timeout=20, headers=token) as client:

            async def by_name() -> bool:
                answer = await client.get("/api/v1/config", headers={"Host": "zaehler.lan"})
                return answer.status_code == 200

            async def stranger() -> bool:
                return not await by_name()

            assert await stranger()
            await client.put("/api/v1/config", json={"web.hosts": "zaehler.lan"})
            await house.wait_until(by_name, 10)
            assert (await client.post(confirm)).status_code == 200
            await client.put("/api/v1/config", json={"web.hosts": "anders.lan"})
            await house.wait_until(stranger, 10)
            refused = await client.post(confirm, headers={"Host": "zaehler.lan"})
            assert refused.status_code >= 400
            await house.wait_until(by_name, 30)


async def test_without_the_memory_for_tls_http_stays_and_the_status_says_so(tmp_path):
    async with House(tmp_path, broker=None) as house:
        # The heap figures of a PC's board without PSRAM are those of an ESP32 that is full.
        await house.reached(house.url, 200)
        web = (await house.status())["access"]["web"]
        assert web == {"chosen": "both", "in_force": "http", "fingerprint": None}
        await house.reached(house.https, None)


async def test_a_cookie_over_https_stays_there(tmp_path):
    async with House(tmp_path, broker=None, psram=True) as house:
        await house.reached(house.https, 200)
        for url, secure in ((house.url, False), (house.https, True)):
            async with Owner(house, url) as owner:
                login = {"password": house.admin_password}
                answer = await owner.ask("POST", "/api/v1/session", login)
                assert ("Secure" in answer.headers["Set-Cookie"]) == secure


async def test_broken_tls_costs_nothing(tmp_path):
    hello = b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + bytes(32)
    async with House(tmp_path, broker=None, psram=True) as house:
        await house.reached(house.https, 200)
        for octets in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 20, hello, hello[:3], b""):
            for _ in range(4):
                reader, writer = await asyncio.open_connection("127.0.0.1", house.https_port)
                writer.write(octets)
                # Either side may hang up first; the adapter must not keep the connection.
                with contextlib.suppress(OSError, asyncio.TimeoutError):
                    await asyncio.wait_for(reader.read(), 0.3)
                writer.close()
        await house.reached(house.https, 200)

        async def alone() -> bool:
            return (await house.status())["web"]["open"] == 1

        await house.wait_until(alone, 30)
        assert house.board.resets == []
