"""What the adapter keeps secret, on a real littlefs: never in the clear, and after a factory reset not at all."""

import asyncio
import base64
import json
import re

from system.harness import Adapter
from system.owner import Fresh, Owner, everything

BUTTON = 0
KEY = bytes.fromhex("c0ffee5ec2e7c0ffee5ec2e7c0ffee5e")
CANARIES = {
    "key": KEY.hex(),
    "auth_key": "decafbad5ec2e7decafbad5ec2e70123",
    "wifi.password": "kanarie-im-wlan",
    "mqtt.password": "kanarie-am-broker",
    "mqtt.psk": "feedface5ec2e7feedface5ec2e70123",
    "token": "kanarie-als-token-1234",
    "admin_password": "Kanarie-im-Keller-9",
    "ap_password": "kanariezugang",
    "passphrase": "Kanarie-am-Berg-77",
}


def forms(secret: str) -> list:
    """Return the forms in which a secret might lie about."""
    raw = [secret.encode(), secret.upper().encode(), base64.b64encode(secret.encode())]
    try:
        octets = bytes.fromhex(secret)
    except ValueError:
        return [*raw, secret.encode().hex().encode()]
    return [*raw, octets, base64.b64encode(octets)]


def found(where: bytes) -> list:
    """Return the names of the canaries that are to be found somewhere."""
    return [
        name for name, secret in CANARIES.items() if any(form in where for form in forms(secret))
    ]


class Provisioned(Adapter):
    """An adapter that was given secrets over USB; its flash is littlefs."""

    def __init__(self, folder, **more):
        super().__init__(folder, image=True, token=CANARIES["token"], **more)
        self.admin_password = CANARIES["admin_password"]

    def provisioning(self) -> dict:
        given = super().provisioning()
        given["device"] = {"ap_password": CANARIES["ap_password"]}
        given["key"], given["auth_key"] = CANARIES["key"], CANARIES["auth_key"]
        for name in ("wifi.password", "mqtt.password", "mqtt.psk"):
            given["config"][name] = CANARIES[name]
        return given


async def test_no_secret_leaves_the_adapter_or_lies_in_the_clear(tmp_path):
    async with Provisioned(tmp_path) as adapter:
        everything_said = await adapter.subscribe("#")
        await adapter.wait_web(60)
        said = b""
        async with Owner(adapter) as owner:
            await owner.log_in(CANARIES["admin_password"])
            for path in (
                "config",
                "config?schema=1",
                "status",
                "network",
                "key",
                "tokens",
                "log",
                "session",
                "format",
            ):
                answer = await owner.ask("GET", "/api/v1/" + path)
                assert answer.status_code == 200, path
                said += answer.content
            for path in ("/metrics", "/openapi.json", "/"):
                said += (await owner.ask("GET", path)).content
            backup = await owner.ask(
                "POST", "/api/v1/backup", {"passphrase": CANARIES["passphrase"]}
            )
            assert backup.status_code == 200
            said += backup.content
            # Errors must not repeat what they were given.
            for method, path, body in (
                ("PUT", "/api/v1/key", {"key": CANARIES["key"] + "00"}),
                ("PUT", "/api/v1/key", {"key": CANARIES["key"]}),
                ("PUT", "/api/v1/config", {"mqtt.psk": CANARIES["mqtt.psk"] + "x"}),
                ("PUT", "/api/v1/config", {CANARIES["mqtt.password"]: True}),
                ("PUT", "/api/v1/config", {"mqtt.password": [CANARIES["mqtt.password"]]}),
                ("POST", "/api/v1/session", {"password": CANARIES["admin_password"] + "x"}),
                ("POST", "/api/v1/tokens", {"name": "x", "scope": CANARIES["token"]}),
                ("PUT", "/api/v1/backup", {"passphrase": CANARIES["passphrase"], "backup": {}}),
            ):
                answer = await owner.ask(method, path, body)
                assert answer.status_code >= 400, (method, path)
                said += answer.content + json.dumps(dict(answer.headers)).encode()
            async with Owner(adapter) as stranger:
                headers = {"Authorization": "Bearer " + CANARIES["token"] + "x"}
                said += (await stranger.ask("GET", "/api/v1/config", headers=headers)).content
            said += (await owner.ask("GET", "/api/v1/log")).content
        await adapter.wait_until(lambda: _has(everything_said, 3))
        said += b"".join(topic.encode() + payload for topic, payload, *_ in everything_said.seen)
        assert found(said) == []
        assert found(everything(adapter)) == []


async def _has(subscription, count: int) -> bool:
    subscription.seen = getattr(subscription, "seen", []) + subscription.waiting()
    return len(subscription.seen) >= count


def flash_image(adapter) -> bytes:
    return (adapter.folder / "flash.img").read_bytes()


async def test_a_factory_reset_by_the_page_leaves_no_trace(tmp_path):
    async with Provisioned(tmp_path, broker=None) as adapter:
        await adapter.wait_web(60)
        sealed = sealed_texts(flash_image(adapter))
        assert len(sealed) >= 4
        async with Owner(adapter) as owner:
            await owner.log_in(CANARIES["admin_password"])
            wrong = await owner.ask("POST", "/api/v1/factory-reset", {})
            assert wrong.status_code == 422
            answer = await owner.ask("POST", "/api/v1/factory-reset", {"confirm": "erase"})
            assert answer.status_code == 202
        await _nothing_is_left(adapter, sealed)


async def test_a_factory_reset_by_the_button_leaves_no_trace(tmp_path):
    async with Provisioned(tmp_path, broker=None) as adapter:
        await adapter.wait_web(60)
        sealed = sealed_texts(flash_image(adapter))
        adapter.board.set_pin(BUTTON, 0)
        await adapter.board.wait_start(2)
        adapter.board.set_pin(BUTTON, None)
        await _nothing_is_left(adapter, sealed)


def sealed_texts(image: bytes) -> set:
    """Return the long hexadecimal texts on the flash: what is sealed or hashed there."""
    return set(re.findall(rb'"([0-9a-f]{48,})"', image))


async def _nothing_is_left(adapter, sealed: set):
    await asyncio.wait_for(adapter.board.wait_start(2), 60)

    async def fresh():
        return any("join Wi-Fi" in line for line in list(adapter.board.output)[-20:])

    await adapter.wait_until(fresh, 60)
    image = flash_image(adapter)
    assert found(image) == []
    assert [text for text in sealed if text in image] == []


async def test_a_short_press_opens_the_access_point(tmp_path):
    async with Fresh(tmp_path, broker=None) as adapter, Owner(adapter) as owner:
        await owner.wait()
        await owner.set_password()
        await owner.join()
        await owner.ask("POST", "/api/v1/setup/finish")
        # A restart stands for the minute until the access point closes by itself.
        await adapter.board.power_cycle()
        await adapter.wait_web()
        await owner.log_in()

        async def portal() -> bool:
            return (await owner.ask("GET", "/api/v1/status")).json()["access"]["portal"]

        assert not await portal()
        adapter.board.set_pin(BUTTON, 0)
        await asyncio.sleep(0.3)
        adapter.board.set_pin(BUTTON, None)
        await adapter.wait_until(portal)
