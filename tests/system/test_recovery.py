"""What starts when no firmware does, and that a layperson finds the way out of it."""

import asyncio
import contextlib

import httpx
import pytest
from system.harness import Adapter
from system.updates import Maker

from tools import build
from tools.broker import free_port

BROKEN = {"firmware/app": "raise ValueError('broken')"}

# Tells with what the access point is opened.
TELL = """
import network
_access_point = network.WLAN(network.WLAN.IF_AP)
_config = _access_point.config


def _told(**settings):
    print("access point", settings["ssid"], settings["security"], settings.get("key"))
    return _config(**settings)


_access_point.config = _told
"""
LABEL = "aufkleber-23"


@pytest.fixture(scope="module")
def maker(tmp_path_factory):
    """Keys and bundles for all tests here."""
    build.build("host")
    return Maker(tmp_path_factory.mktemp("release"))


class Stranded(Adapter):
    """An adapter whose firmware in slot a does not start; its recovery listens at `port`."""

    def __init__(self, folder, maker, other=None, more=None, replaced=BROKEN):
        tree = folder / "factory"
        tree.mkdir()
        self.port = free_port()
        for path in ("boot.py", "main.py", "archive.mpy"):
            (tree / path).write_bytes((build.BUILD / "host" / path).read_bytes())
        recovery = {
            path: (build.BUILD / "host" / where).read_bytes()
            for path, where in build.RECOVERY.items()
        }
        source = (build.ROOT / "board/host/board.py").read_text()
        recovery["board.mpy"] = maker.compiled(
            "board", source + "\nRECOVERY_PORT = %d\n" % self.port + TELL
        )
        recovery["firmware/update/release_keys.bin"] = maker.known()
        (tree / "recovery.slot").write_bytes(build.slot(build.version(), recovery))
        (tree / "a.slot").write_bytes(build.slot("0.1.0", maker.files("0.1.0", replaced)))
        if other:
            (tree / "b.slot").write_bytes(build.slot(other, maker.files(other)))
        (tree / "boot.json").write_text('{"good": "a"}')
        for path, content in (more or {}).items():
            (tree / path).write_bytes(content)
        super().__init__(folder, broker=None, tree=tree)

    async def ask(self, method: str, path: str, **more) -> httpx.Response:
        """Ask the recovery."""
        async with httpx.AsyncClient(timeout=60) as client:
            return await client.request(
                method, "http://127.0.0.1:%d%s" % (self.port, path), **more
            )

    async def page(self) -> str:
        """Return the recovery's page once it is there."""

        async def there():
            return (await self.ask("GET", "/")).text

        return await self.wait_until(there, 40)


async def test_a_boot_loop_ends_in_a_page_that_says_so(tmp_path, maker):
    async with Stranded(tmp_path, maker) as house:
        page = await house.page()
        assert house.board.starts == 6
        assert "startet nicht" in page and "did not start" in page
        assert "a: 0.1.0, b: -" in page
        # It was never set up, so there is no password yet.
        assert "access point obisgate-recovery 0 None" in house.board.output
        assert "This Wi-Fi is open" in page
        assert (await house.ask("POST", "/other")).text.endswith("There is no other version.")
        # Nothing but this page, whatever is asked for.
        assert (await house.ask("GET", "/keys.json")).text == page
        again = await house.ask("POST", "/again")
        assert again.status_code == 200
        await asyncio.wait_for(house.board.wait_start(12), 40)
        await house.page()


class Labelled(Stranded):
    """The same, of an adapter that has run before: its password is that of its label."""

    def provisioning(self) -> dict:
        return dict(super().provisioning(), device={"ap_password": LABEL})

    async def strand(self, maker, keys=lambda octets: octets):
        """Let it run once, then break its firmware; keys changes the file of the same name."""
        flash = self.folder / "flash"
        await self.wait_web(40)
        broken = build.slot("0.1.0", maker.files("0.1.0", BROKEN))
        await self.board.stop()
        (flash / "a.slot").write_bytes(broken)
        (flash / "keys").write_bytes(keys((flash / "keys").read_bytes()))
        await self.board.power_cycle()


async def test_its_access_point_is_that_of_the_label(tmp_path, maker):
    async with Labelled(tmp_path, maker, replaced=None) as house:
        await house.strand(maker)
        page = await house.page()
        assert "access point Obisgate-%s 3 %s" % (house.id, LABEL) in house.board.output
        assert "is open" not in page
        joining = [line for line in house.board.output if "join the Wi-Fi" in line]
        assert "Obisgate-" + house.id in joining[-1] and LABEL not in joining[-1]


@pytest.mark.parametrize("damage", [lambda octets: octets[:-9], lambda octets: b"{}"])
async def test_a_password_that_cannot_be_read_locks_nobody_out(tmp_path, maker, damage):
    async with Labelled(tmp_path, maker, replaced=None) as house:
        await house.strand(maker, damage)
        assert "This Wi-Fi is open" in await house.page()
        assert "access point obisgate-recovery 0 None" in house.board.output


async def test_the_other_version_can_be_started(tmp_path, maker):
    async with Stranded(tmp_path, maker, other="0.1.1") as house:
        await house.page()
        await house.ask("POST", "/other")
        await house.wait_web(40)
        assert (await house.get("/api/v1/update")).json()["slot"] == "b"


async def test_a_signed_firmware_can_be_installed_and_no_other(tmp_path, maker):
    async with Stranded(tmp_path, maker) as house:
        await house.page()
        (tmp_path / "other").mkdir()
        stranger = Maker(tmp_path / "other")
        for cause, octets in (
            ("unknown-key", stranger.bundle("9.9.9")),
            ("older-version", maker.bundle("0.0.9")),
            ("not-a-bundle", bytes(2000)),
        ):
            answer = await house.ask("POST", "/bundle", content=octets)
            assert answer.text.endswith("Refused: " + cause)
        answer = await house.ask("POST", "/bundle", content=maker.bundle("0.2.0"))
        assert "Accepted" in answer.text
        await house.wait_web(40)
        found = (await house.get("/api/v1/update")).json()
        assert (found["slot"], found["version"]) == ("b", "0.2.0")


async def test_the_recovery_survives_what_strangers_send(tmp_path, maker):
    async with Stranded(tmp_path, maker) as house:
        page = await house.page()
        starts = house.board.starts
        for octets in (b"", b"\r\n\r\n", b"GET", b"x" * 5000, bytes(range(256)) * 20):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            writer.write(octets)
            with contextlib.suppress(OSError):
                writer.write_eof()
                await asyncio.wait_for(reader.read(), 20)
            writer.close()
        for length in ("-5", "99999999999", "0", "x"):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            writer.write(b"POST /bundle HTTP/1.1\r\nContent-Length: %s\r\n\r\n" % length.encode())
            assert b"No file" in await asyncio.wait_for(reader.read(), 20)
            writer.close()
        assert await house.page() == page
        assert house.board.starts == starts


async def test_a_slot_whose_file_is_damaged_is_passed_over(tmp_path, maker):
    damaged = {"a.slot": b"OBISSLOT\x00\x09\x00\x02ab", "b.slot": b""}
    async with Stranded(tmp_path, maker, more=damaged) as house:
        await house.page()
        assert house.board.starts == 1


async def test_a_factory_reset_leaves_the_firmware(tmp_path, maker):
    async with Adapter(tmp_path, broker=None, tree=maker.tree_once()) as house:
        await house.wait_web(40)
        answer = await house.http.post("/api/v1/factory-reset", json={"confirm": "erase"})
        assert answer.status_code == 202
        await asyncio.wait_for(house.board.wait_start(2), 60)

        async def set_up():
            return any("set up: join Wi-Fi" in line for line in house.board.output)

        await house.wait_until(set_up, 40)
        names = {path.name for path in (tmp_path / "flash").iterdir()}
        assert {"a.slot", "recovery.slot", "boot.json", "boot.py", "main.py"} <= names
        assert house.board.starts == 2
