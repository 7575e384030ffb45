"""A built tree as a ROMFS image, whose modules MicroPython runs where they lie instead of loading them.

The PC has no frozen modules of ours; this is the nearest that it can try of a board that has.
"""

from pathlib import Path

from mpremote.romfs import VfsRomWriter


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
