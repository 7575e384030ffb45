"""Make one binary of MicroPython, its partition table and the application's file system.

    python -m tools.image --board NAME [--firmware FILE] [--provision FILE]

Leaves in build/image/NAME/: flash/ (what lies on the flash's root), vfs.bin (that as littlefs), and, with
MicroPython's .bin as --firmware, obisgate.bin (everything, for address 0) with manifest.json and
index.html for flashing from a browser (ESP Web Tools).
"""

import argparse
import json
import shutil
import struct
import sys
from pathlib import Path

from esp_idf_defs import PartitionTable
from littlefs import LittleFS, LittleFSError

from tools import build, power

BLOCK = 4096
_PARTITIONS_AT = 0x8000
# What MicroPython's ports/esp32 formats with (littlefs on 4 KiB blocks).
_LITTLEFS = {
    "block_size": BLOCK,
    "read_size": 128,
    "prog_size": 128,
    "cache_size": 512,
    "lookahead_size": 128,
}


class ImageError(Exception):
    """An image that cannot be made, with the reason."""


def root_files(name: str, provision: "bytes | None" = None) -> dict:
    """Build board NAME and return {path: content} of what its flash holds.

    The firmware is in slot a, or, for a board whose MicroPython has it frozen in, in that; then only what
    cannot be frozen lies on the flash: the page and the release keys.
    """
    build.build(name)
    tree = build.BUILD / name
    files = {path: (tree / path).read_bytes() for path in build.ROOT_FILES}
    firmware = build.firmware_files(name)
    if frozen(name):
        files.update({p: c for p, c in firmware.items() if not p.endswith(".mpy")})
        files["boot.json"] = b'{"good": ""}'
    else:
        files["a.slot"] = build.slot(build.version(), firmware)
        files["boot.json"] = b'{"good": "a"}'
    if provision is not None:
        files["provision.json"] = provision
    return files


def frozen(name: str) -> bool:
    """Tell whether a board needs the firmware frozen into MicroPython to have RAM enough."""
    return name in power.names() and power.hardware(name)["code"] == "frozen"


def need_firmware(name: str):
    """Raise ImageError for a board that stock MicroPython is not enough for."""
    if frozen(name):
        raise ImageError(
            "%s has too little RAM for the firmware as files (make size BOARD=%s); build MicroPython "
            "with it frozen in (docs/building.md) and name it: FIRMWARE=" % (name, name)
        )


def file_system(files: dict, size: int) -> bytes:
    """Return a littlefs of `size` octets that holds files. Raises ImageError if they do not fit."""
    made = LittleFS(block_count=size // BLOCK, disk_version=0x00020000, **_LITTLEFS)
    try:
        for path, content in files.items():
            folder = path.rpartition("/")[0]
            if folder:
                made.makedirs(folder, exist_ok=True)
            with made.open(path, "wb") as file:
                file.write(content)
    except LittleFSError as error:
        raise ImageError("the application does not fit %d octets: %s" % (size, error))
    return bytes(made.context.buffer)


def partitions(data: dict) -> PartitionTable:
    """Return a board's partition table."""
    table = PartitionTable.from_csv((build.ROOT / "board" / data["partitions"]).read_text())
    table.verify()
    return table


def merge(data: dict, table: PartitionTable, firmware: bytes, vfs: bytes) -> bytes:
    """Return one image for address 0: MicroPython's own, our partition table, the file system.

    firmware: MicroPython's .bin as its site offers it: it starts with the boot loader.
    """
    if firmware[:1] != b"\xe9":
        raise ImageError("not a MicroPython .bin for %s" % data["chip"])
    place = table.find_by_name("vfs")
    image = bytearray(b"\xff" * (place.offset + len(vfs)))
    start = data["bootloader"]
    image[start : start + len(firmware)] = firmware
    app = next(part for part in table if part.type == 0)
    found = image[app.offset]
    if found != 0xE9:
        raise ImageError(
            "this MicroPython has its application elsewhere; it was built with other partitions"
        )
    if start + len(firmware) > app.offset + app.size:
        raise ImageError("this MicroPython is larger than the partition for it")
    binary = table.to_binary()
    image[_PARTITIONS_AT : _PARTITIONS_AT + len(binary)] = binary
    image[place.offset :] = vfs
    return bytes(image)


def web_manifest(name: str, data: dict, version: str) -> dict:
    """Return the manifest for ESP Web Tools."""
    families = {"esp32": "ESP32", "esp32s3": "ESP32-S3", "esp32c3": "ESP32-C3"}
    return {
        "name": "Obisgate (%s)" % data["title"],
        "version": version,
        "new_install_prompt_erase": True,
        "new_install_improv_wait_time": 15,
        "builds": [
            {
                "chipFamily": families[data["chip"]],
                "parts": [{"path": "obisgate.bin", "offset": 0}],
            }
        ],
    }


# The script is ESP Web Tools, served from beside the page: put its `dist/web` there as esp-web-tools/.
_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Install Obisgate</title>
<script type="module" src="esp-web-tools/install-button.js"></script>
<h1>Install Obisgate</h1>
<p>%s. Connect the board by USB; Chrome, Edge and Opera can install from here.
<esp-web-install-button manifest="manifest.json"></esp-web-install-button>
"""


def make(name: str, firmware: "Path | None" = None, provision: "Path | None" = None) -> Path:
    """Make everything for a board and return the folder. Raises ImageError, build.BuildError."""
    if name not in power.names():
        raise ImageError("no hardware called %s; there is: %s" % (name, ", ".join(power.names())))
    data = power.hardware(name)
    folder = build.BUILD / "image" / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "flash").mkdir(parents=True)
    files = root_files(name, provision.read_bytes() if provision else None)
    for path, content in files.items():
        target = folder / "flash" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    table = partitions(data)
    vfs = file_system(files, table.find_by_name("vfs").size)
    (folder / "vfs.bin").write_bytes(vfs)
    (folder / "partitions.bin").write_bytes(table.to_binary())
    if firmware:
        (folder / "obisgate.bin").write_bytes(merge(data, table, firmware.read_bytes(), vfs))
        manifest = web_manifest(name, data, build.version())
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
        (folder / "index.html").write_text(_PAGE % data["title"])
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", required=True)
    parser.add_argument("--firmware", type=Path, help="MicroPython's .bin for the board")
    parser.add_argument("--provision", type=Path, help="provision.json to put into the image")
    arguments = parser.parse_args()
    try:
        folder = make(arguments.board, arguments.firmware, arguments.provision)
    except (ImageError, build.BuildError, OSError, struct.error) as error:
        print("image: %s" % error, file=sys.stderr)
        return 1
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            print("%9d  %s" % (path.stat().st_size, path.relative_to(build.ROOT)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
