"""Images for flashing hold exactly the build, read back by readers that are not the writer."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
from esp_idf_defs import PartitionTable

from tools import build, flash, image, power
from tools.host_board import micropython

READ = """
import os, sys, vfs, hashlib, binascii
class Image:
    def __init__(self, path):
        self.file = open(path, "rb")
        self.size = os.stat(path)[6]
    def readblocks(self, block, buffer, offset=0):
        self.file.seek(block * 4096 + offset)
        self.file.readinto(buffer)
    def writeblocks(self, *arguments):
        raise OSError(30)
    def ioctl(self, op, argument):
        return {4: self.size // 4096, 5: 4096}.get(op, 0)
vfs.mount(vfs.VfsLfs2(Image(sys.argv[1])), "/image")
def show(folder):
    for entry in os.ilistdir("/image/" + folder):
        path = folder + entry[0]
        if entry[1] == 0x4000:
            show(path + "/")
            continue
        with open("/image/" + path, "rb") as file:
            print(path, binascii.hexlify(hashlib.sha256(file.read()).digest()).decode())
show("")
"""


def _hashes(folder: Path) -> dict:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _stock(data: dict, table, size: int = 1_600_000) -> bytes:
    """Return what looks like MicroPython's .bin for a board: boot loader, table, application."""
    app = next(part for part in table if part.type == 0)
    start = data["bootloader"]
    made = bytearray(b"\xff" * (app.offset - start + size))
    made[0] = 0xE9
    made[app.offset - start] = 0xE9
    return bytes(made)


@pytest.mark.parametrize("name", power.names())
def test_the_file_system_read_by_micropython_is_the_build(name, tmp_path):
    provision = tmp_path / "provision.json"
    provision.write_text('{"device": {"name": "x"}}')
    folder = image.make(name, provision=provision)
    script = tmp_path / "read.py"
    script.write_text(READ)
    done = subprocess.run(
        [micropython(), script, folder / "vfs.bin"], capture_output=True, text=True, check=True
    )
    found = dict(line.split(" ") for line in done.stdout.splitlines())
    assert found == _hashes(folder / "flash")
    assert {"boot.py", "main.py", "archive.mpy", "recovery.slot", "boot.json"} < set(found)
    assert ("a.slot" in found) == (power.hardware(name)["code"] == "files")
    assert ("firmware/web/page/index.html.gz" in found) == ("a.slot" not in found)


@pytest.mark.parametrize("name", power.names())
def test_the_whole_image_holds_each_part_at_its_place(name, tmp_path):
    data = power.hardware(name)
    table = image.partitions(data)
    stock = tmp_path / "micropython.bin"
    stock.write_bytes(_stock(data, table))
    folder = image.make(name, firmware=stock)
    whole = (folder / "obisgate.bin").read_bytes()
    assert len(whole) == data["flash_mb"] << 20
    with open(folder / "partitions.bin", "rb") as file:
        read, _ = PartitionTable.from_file(file)
    read.verify()
    assert [(p.name, p.offset, p.size) for p in read] == [
        (p.name, p.offset, p.size) for p in table
    ]
    assert whole[0x8000 : 0x8000 + 3072] == (folder / "partitions.bin").read_bytes()
    assert whole[data["bootloader"]] == 0xE9
    place = table.find_by_name("vfs")
    assert whole[place.offset :] == (folder / "vfs.bin").read_bytes()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["builds"][0]["parts"] == [{"path": "obisgate.bin", "offset": 0}]
    assert "manifest.json" in (folder / "index.html").read_text()


def test_a_micropython_that_does_not_fit_is_refused(tmp_path):
    data = power.hardware("esp32")
    table = image.partitions(data)
    vfs = image.file_system({"x": b""}, 0x200000)
    for firmware, words in (
        (b"PK" + bytes(100), "not a MicroPython"),
        (_stock(data, table)[:0xE000] + bytes(0x2000), "elsewhere"),
        (_stock(data, table, 0x1F0001), "larger"),
    ):
        with pytest.raises(image.ImageError, match=words):
            image.merge(data, table, firmware, vfs)
    with pytest.raises(image.ImageError, match="does not fit"):
        image.file_system({"x": bytes(5 << 12)}, 8 << 12 >> 1)


def test_stock_micropython_is_refused_where_the_ram_would_not_do():
    with pytest.raises(image.ImageError, match="too little RAM"):
        image.need_firmware("esp32")
    image.need_firmware("obisgate-s3")


def test_the_tools_are_called_as_they_want_to_be(tmp_path):
    data = power.hardware("esp32")
    erase, write = flash.esptool_commands(data, "/dev/null", Path("m.bin"))
    assert write[-3:] == ["write-flash", "0x1000", "m.bin"]
    assert "0x0" in flash.esptool_commands(power.hardware("esp32c3"), "x", Path("m"))[1]
    for command in (erase, write):
        done = subprocess.run(
            [
                command[0],
                command[command.index(command[-1]) if command is erase else -3],
                "--help",
            ],
            capture_output=True,
        )
        assert done.returncode == 0
    assert flash.micropython_board(power.hardware("obisgate-s3")) == "ESP32_GENERIC_S3-SPIRAM_OCT"


def test_each_file_is_read_back_from_the_board(tmp_path, monkeypatch):
    """mpremote against a board made of a folder: a file that arrives damaged is noticed."""
    board = tmp_path / "board"
    board.mkdir()
    damage = []

    def remote(command, quiet=True):
        if command[3:5] == ["fs", "cp"]:
            content = Path(command[5]).read_bytes()
            (board / command[6][1:]).write_bytes(content[:-1] if damage else content)
            return ""
        script = tmp_path / "hash.py"
        script.write_text(command[4])
        return subprocess.run(
            [micropython(), script], capture_output=True, text=True, check=True, cwd=board
        ).stdout

    monkeypatch.setattr(flash, "run", remote)
    files = {"a.slot": bytes(range(256)) * 9, "boot.py": b"x", "deep/er/page": b""}
    (tmp_path / "local").mkdir()
    flash.copy_application("port", files, tmp_path / "local")
    there = {str(p.relative_to(board)): p for p in board.rglob("*") if p.is_file()}
    assert {name: path.read_bytes() for name, path in there.items()} == files
    damage.append(True)
    with pytest.raises(flash.FlashError, match="a.slot reads back differently"):
        flash.copy_application("port", files, tmp_path / "local")


async def test_a_flashed_file_system_starts(tmp_path):
    """The host board starts from the same slot file that the image of a board holds."""
    from system.harness import Adapter

    build.build("host")
    tree = tmp_path / "tree"
    tree.mkdir()
    for path, content in image.root_files("host").items():
        (tree / path).write_bytes(content)
    async with Adapter(tmp_path / "house", broker=None, image=True, tree=tree) as house:
        await house.wait_web(60)
        assert (await house.get("/api/v1/update")).json()["slot"] == "a"
