"""Put MicroPython and the firmware on a board, check them, and provision it.

    python -m tools.flash --board NAME --port PORT [--firmware FILE] [--app-only] [--key HEX] [--set K=V]

MicroPython comes from --firmware, or from its own site through mpflash. esptool writes it, mpremote copies the
application to the file system and reads every file's hash back.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import build, image, power, provision

_CONNECT = ("--baud", "460800")
# On the board: print the SHA-256 of a file, read in pieces.
_HASH = (
    "import hashlib,binascii\nh=hashlib.sha256()\nb=bytearray(512)\nf=open(%r,'rb')\n"
    "while True:\n n=f.readinto(b)\n if not n: break\n h.update(memoryview(b)[:n])\n"
    "print(binascii.hexlify(h.digest()).decode())"
)
_MAKE_FOLDER = "import os\ntry: os.mkdir(%r)\nexcept OSError: pass"
_IDENTITY = "import network;print(network.WLAN(network.WLAN.IF_STA).config('mac').hex()[-6:])"


class FlashError(Exception):
    """A step that failed, with what the tool said."""


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def run(command: list, quiet: bool = True) -> str:
    """Run a tool and return what it printed; without quiet its progress is seen. Raises FlashError."""
    try:
        done = subprocess.run(command, capture_output=quiet, text=True)
    except OSError as error:
        raise FlashError("%s: %s" % (command[0], error))
    if done.returncode:
        said = (done.stdout or "") + (done.stderr or "")
        raise FlashError("%s failed:\n%s" % (Path(command[0]).name, said.strip()))
    return done.stdout or ""


def esptool_commands(data: dict, port: str, firmware: Path) -> list:
    """Return the esptool calls that erase a board and write MicroPython to it."""
    tool = [_tool("esptool"), "--chip", data["chip"], "--port", port, *_CONNECT]
    return [[*tool, "erase-flash"], [*tool, "write-flash", hex(data["bootloader"]), str(firmware)]]


def micropython_board(data: dict) -> str:
    """Return what MicroPython's site calls the board, with its variant."""
    return data["micropython"] + ("-" + data["variant"] if data["variant"] else "")


def fetch(data: dict, folder: Path) -> Path:
    """Fetch the stable MicroPython for a board through mpflash and return its file."""
    wanted = micropython_board(data)
    tool = [_tool("mpflash"), "--dir", str(folder), "download"]
    run([*tool, "--version", "stable", "--board", wanted], quiet=False)
    found = sorted(folder.rglob(wanted + "-*.bin"))
    if not found:
        raise FlashError("mpflash brought no %s; name a file: FIRMWARE=" % wanted)
    return found[-1]


def copy_application(port: str, files: dict, folder: Path):
    """Copy {path: content} to the board's file system and check each there."""
    remote = [_tool("mpremote"), "connect", port]
    for number, (path, content) in enumerate(files.items(), 1):
        print("[%d/%d] %s, %d octets" % (number, len(files), path, len(content)), flush=True)
        local = folder / path.replace("/", "+")
        local.write_bytes(content)
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            run([*remote, "exec", _MAKE_FOLDER % "/".join(parts[:depth])])
        run([*remote, "fs", "cp", str(local), ":" + path])
        told = run([*remote, "exec", _HASH % path]).strip()
        if told != hashlib.sha256(content).hexdigest():
            raise FlashError("%s reads back differently" % path)


def flash(arguments):
    """Do everything that was asked for."""
    data = power.hardware(arguments.board)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = image.root_files(arguments.board)
        # boot.py and main.py last: an interrupted copy leaves a board that only has a prompt.
        for name in ("boot.py", "main.py"):
            files[name] = files.pop(name)
        if not arguments.app_only:
            if not arguments.firmware:
                image.need_firmware(arguments.board)
            firmware = arguments.firmware or fetch(data, folder)
            for command in esptool_commands(data, arguments.port, firmware):
                run(command, quiet=False)
        remote = [_tool("mpremote"), "connect", arguments.port]
        identity = run([*remote, "exec", _IDENTITY]).strip()
        given = provision.provisioning(
            "obisgate-" + identity, arguments.key, arguments.auth_key, arguments.set
        )
        output = build.BUILD / "adapters" / identity
        provision.write(output, identity, given)
        files = {"provision.json": (output / "provision.json").read_bytes(), **files}
        copy_application(arguments.port, files, folder)
        run([*remote, "reset"])
    (output / "provision.json").unlink()
    print("done: obisgate-%s; its label is in %s" % (identity, output))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", required=True, choices=power.names())
    parser.add_argument("--port", required=True)
    parser.add_argument("--firmware", type=Path, help="MicroPython's .bin")
    parser.add_argument("--app-only", action="store_true", help="MicroPython is on it already")
    parser.add_argument("--key", default="")
    parser.add_argument("--auth-key", default="")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    try:
        flash(arguments)
    except (FlashError, image.ImageError, build.BuildError, provision.ProvisionError) as error:
        print("flash: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
