"""Updates on the whole firmware: taken while readings flow, proved on trial, gone back from."""

import asyncio
import json
import re

import pytest
from system.harness import Adapter
from system.updates import Maker

from tools import build
from tools.meters.kaifa import KaifaNetzNoe

INTERVAL = 1
NEW = "0.9.0"


@pytest.fixture(scope="module")
def maker(tmp_path_factory):
    """Keys and bundles for all tests here."""
    build.build("host")
    return Maker(tmp_path_factory.mktemp("release"))


class House(Adapter):
    """An adapter whose firmware runs from slot a."""

    def __init__(self, folder, maker, **more):
        super().__init__(folder, tree=maker.tree_once(), **more)

    async def update(self) -> dict:
        """Return the state of the update."""
        response = await self.get("/api/v1/update")
        response.raise_for_status()
        return response.json()

    async def send(self, octets, query="", **headers):
        """Upload a bundle or a piece of one."""
        return await self.http.post(
            "/api/v1/update" + query,
            content=octets,
            headers={"Content-Type": "application/octet-stream", **headers},
            timeout=60,
        )

    async def settled(self, slot: str, timeout: float = 40):
        """Wait until the firmware of a slot answers."""

        async def there():
            found = await self.update()
            return found if found["slot"] == slot else None

        return await self.wait_until(there, timeout)

    def boot(self) -> dict:
        """Return boot.json."""
        return json.loads((self.folder / "flash/boot.json").read_text())


def _short_trial(house, settle_s=None):
    """Let the trial that is due end soon: its time is what the old firmware noted."""
    path = house.folder / "flash/boot.json"
    state = json.loads(path.read_text())
    assert state["seconds"] >= 240
    path.write_text(json.dumps({**state, "seconds": 6}))


async def test_a_good_update_is_taken_while_readings_flow_and_stays(tmp_path, maker):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with House(tmp_path, maker, meter=meter) as house:
        await house.wait_measurement()
        assert (await house.update())["slot"] == "a"
        late = []
        octets = maker.bundle(NEW, key=1)
        answer = asyncio.create_task(house.send(octets, "?restart=0"))
        while not answer.done():
            document = await house.wait_measurement()
            late.append(asyncio.get_running_loop().time() - house.sent_at(document).ended)
        done = await answer
        assert done.status_code == 202, done.text
        assert done.json()["state"] == "ready"
        assert house.boot()["expect"] == ["wifi", "meter"]
        assert late and max(late) < 0.5, late
        _short_trial(house)
        assert (await house.http.post("/api/v1/reboot")).status_code == 202
        await house.board.wait_start(2)
        found = await house.settled("b")
        assert found["version"] == NEW

        async def kept():
            return house.boot() == {"good": "b"}

        await house.wait_until(kept, 30)
        assert (await house.update())["state"] == "idle"
        await house.wait_measurement()
        await house.board.power_cycle()
        await house.settled("b")


async def test_what_is_refused_changes_nothing(tmp_path, maker):
    stranger = Maker(tmp_path / "stranger") if (tmp_path / "stranger").mkdir() is None else None
    good = maker.bundle(NEW)
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    cases = (
        ("signature", good[:300] + bytes((good[300] ^ 1,)) + good[301:]),
        ("damaged", bytes(flipped)),
        ("unknown-key", stranger.bundle(NEW)),
        ("older-version", maker.bundle("0.0.9")),
        ("wrong-board", maker.bundle(NEW, boards=("esp32",))),
        ("not-a-bundle", b"PK\x03\x04" + bytes(1000)),
        ("path", maker.bundle(NEW, files={**maker.files(NEW), "x/../../boot.py": b""})),
        ("size", good + b"x"),
    )
    async with House(tmp_path, maker) as house:
        await house.wait_web()
        before = house.boot()
        for cause, octets in cases:
            answer = await house.send(octets)
            assert (answer.status_code, answer.json()["error"]) == (422, "update:" + cause)
            found = await house.update()
            assert (found["state"], found["cause"], found["slot"]) == ("refused", cause, "a")
        assert house.boot() == before
        names = sorted(path.name for path in (tmp_path / "flash").glob("*.slot*"))
        assert names == ["a.slot", "recovery.slot"]
        cut = await house.send(b"")
        assert cut.status_code == 400
        assert house.board.starts == 1


async def test_an_admin_may_insist_on_an_older_version(tmp_path, maker):
    async with House(tmp_path, maker) as house:
        await house.wait_web()
        answer = await house.send(maker.bundle("0.0.9"), "?downgrade=1&restart=0")
        assert answer.status_code == 202, answer.text
        assert (await house.update())["new_version"] == "0.0.9"
        assert house.boot()["trial"] == "b"
        # Another upload takes its place, even one that comes to nothing.
        assert (await house.send(maker.bundle(NEW)[:-1] + b"!")).status_code == 422
        assert house.boot() == {"good": "a"}


async def test_an_upload_goes_on_where_it_broke_off(tmp_path, maker):
    octets = maker.bundle(NEW)
    size, half = len(octets), len(octets) // 2
    async with House(tmp_path, maker) as house:
        await house.wait_web()
        reader, writer = await asyncio.open_connection("127.0.0.1", house.web_port)
        writer.write(
            (
                "POST /api/v1/update HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
                "Content-Length: %d\r\n\r\n" % (house.token, size)
            ).encode()
            + octets[:half]
        )
        await writer.drain()

        async def taken():
            return (await house.update())["received"] == half

        await house.wait_until(taken)
        writer.close()
        wrong = await house.wait_until(
            lambda: _not_busy(house, octets[half + 1 :], half + 1, size)
        )
        assert wrong.json()["error"] == "update:offset"
        rest = await house.send(
            octets[half:],
            "?restart=0",
            **{"Content-Range": "bytes %d-%d/%d" % (half, size - 1, size)},
        )
        assert rest.status_code == 202, rest.text
        assert rest.json()["state"] == "ready"


async def _not_busy(house, octets, start, size):
    answer = await house.send(
        octets, **{"Content-Range": "bytes %d-%d/%d" % (start, size - 1, size)}
    )
    return None if answer.json()["error"] == "update:busy" else answer


def _otadata(house) -> dict:
    return json.loads((house.folder / "state/otadata").read_text())


async def test_micropython_itself_is_replaced_and_confirmed_with_the_trial(tmp_path, maker):
    image = b"\xe9" + bytes(i * 13 & 0xFF for i in range(70_000))
    async with House(tmp_path, maker) as house:
        await house.wait_web()
        answer = await house.send(maker.bundle(NEW, image=image), "?restart=0")
        assert answer.status_code == 202, answer.text
        written = (house.folder / "state/ota_1.bin").read_bytes()
        assert written[: len(image)] == image and set(written[len(image) :]) <= {0xFF}
        assert _otadata(house)["boot"] == "ota_1"
        _short_trial(house)
        await house.http.post("/api/v1/reboot")
        await house.board.wait_start(2)

        async def kept():
            return house.boot() == {"good": "b"} and _otadata(house)["ota_1"] == "valid"

        await house.wait_until(kept, 40)


async def test_a_micropython_that_is_none_is_refused(tmp_path, maker):
    async with House(tmp_path, maker) as house:
        await house.wait_web()
        answer = await house.send(maker.bundle(NEW, image=b"no image" * 100))
        assert (answer.status_code, answer.json()["error"]) == (422, "update:image")
        assert house.boot() == {"good": "a"}


def _source(path: str) -> str:
    return (build.ROOT / (path + ".py")).read_text()


_APP = _source("firmware/app")
BAD = {
    "does not compile into anything that starts": {"firmware/app": "raise ValueError('broken')"},
    "is out of memory at its start": {"firmware/app": "x = bytearray(1 << 40)"},
    "crashes after a while": {
        "firmware/app": _APP.replace(
            "await self._housekeeping()",
            "await asyncio.sleep(3)\n        raise ValueError",
        )
    },
    "loses the Wi-Fi": {
        "firmware/net/wifi": _source("firmware/net/wifi")
        + "\n\nasync def _never(self):\n    while True:\n        await asyncio.sleep(60)\n\n"
        "Wifi.run = _never\n"
    },
    "decodes nothing": {
        "firmware/app": re.sub(r'        supervisor.start\("meter", self.meter.run\)\n', "", _APP)
    },
}


@pytest.mark.parametrize("bad", BAD, ids=lambda name: name.replace(" ", "-"))
async def test_a_bad_firmware_goes_back_by_itself(tmp_path, maker, bad):
    for path, source in BAD[bad].items():
        assert source != _source(path), "the replacement found nothing to replace"
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with House(tmp_path, maker, meter=meter) as house:
        await house.wait_measurement()
        answer = await house.send(maker.bundle(NEW, BAD[bad]), "?restart=0")
        assert answer.status_code == 202, answer.text
        _short_trial(house)
        await house.http.post("/api/v1/reboot")
        await house.board.wait_start(3)
        found = await house.settled("a", 66)
        assert found["version"] == build.version()
        assert house.boot()["good"] == "a" and house.boot()["back"] == "b"
        assert found["state"] == "refused" and found["cause"].startswith("trial:")
        await house.wait_measurement()


async def test_a_firmware_that_hangs_goes_back_by_the_watchdog(tmp_path, maker):
    hang = {"firmware/app": "while True:\n    pass\n"}
    async with House(tmp_path, maker) as house:
        await house.wait_web()
        answer = await house.send(maker.bundle(NEW, hang))
        assert answer.status_code == 202, answer.text
        await asyncio.wait_for(house.board.wait_start(3), 90)
        assert house.board.resets[-1] == 3
        await house.settled("a")
        assert house.boot()["back"] == "b"
