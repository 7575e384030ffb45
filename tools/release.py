"""Make release keys and signed bundles (firmware/update/bundle.py tells the format).

    python -m tools.release keys [--add]
    python -m tools.release bundle [--key N] [--output FILE] [--image BOARD=FILE …]

The keys lie outside the tree: OBISGATE_KEYS, by default ~/.obisgate/release. Firmware built on this machine
accepts their signatures. There are two from the start, so that one can be given up: a bundle signed
with the other brings the firmware that knows the next (docs/updating.md). With OBISGATE_KEY_PASSPHRASE
the private keys are stored encrypted.
"""

import argparse
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tools import build, bundle_writer, power, sbom

# The floor that docs/hardware.md gives its reasons for.
MICROPYTHON = "1.27.0"
MPY = 6
_KEYS = 2


class ReleaseError(Exception):
    """Something a release needs is missing; the text says what to do."""


def key_folder() -> Path:
    """Return where the release keys are kept."""
    return Path(os.environ.get("OBISGATE_KEYS") or Path.home() / ".obisgate/release")


def _passphrase() -> "bytes | None":
    text = os.environ.get("OBISGATE_KEY_PASSPHRASE")
    return text.encode() if text else None


def modulus(key) -> bytes:
    """Return the 384 octets by which the firmware knows a key."""
    return key.public_key().public_numbers().n.to_bytes(384, "big")


def make_key(folder: Path) -> Path:
    """Make one more RSA-3072 key in a folder and return its private file."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    number = 1 + max((int(path.stem[8:]) for path in folder.glob("release-*.pem")), default=0)
    key = rsa.generate_private_key(65537, 3072)
    secret = _passphrase()
    protection = (
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    )
    path = folder / ("release-%d.pem" % number)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
            )
        )
    path.with_suffix(".modulus").write_bytes(modulus(key))
    return path


def load_key(number: "int | None" = None):
    """Return a private key: that number's, or the lowest there is. Raises ReleaseError."""
    found = sorted(key_folder().glob("release-%s.pem" % (number or "*")))
    if not found:
        raise ReleaseError("no release key in %s; make one: make release-keys" % key_folder())
    return serialization.load_pem_private_key(found[0].read_bytes(), _passphrase())


def signer(key):
    """Return the function that signs octets with a key: PKCS#1 v1.5 and SHA-256."""
    return lambda octets: key.sign(octets, padding.PKCS1v15(), hashes.SHA256())


def collect(boards: list) -> list:
    """Build the boards and return rows (path, target, content), ascending by path.

    What is the same for all boards is carried once; else once an architecture; else once a board.
    """
    trees, archs = {}, {}
    for name in boards:
        build.build(name)
        trees[name] = build.firmware_files(name)
        archs[name] = build.board_data(name)["ARCH"]
    rows = []
    for path in sorted({path for tree in trees.values() for path in tree}):
        by_board = {name: tree[path] for name, tree in trees.items() if path in tree}
        if len(by_board) == len(boards) and len(set(by_board.values())) == 1:
            rows.append((path, "any", by_board[boards[0]]))
            continue
        for arch in sorted(set(archs.values())):
            members = [name for name in boards if archs[name] == arch]
            contents = {by_board.get(name) for name in members}
            if len(contents) == 1:
                content = contents.pop()
                if content is not None:
                    rows.append((path, arch, content))
                continue
            rows += [
                (path, "board:" + name, by_board[name]) for name in members if name in by_board
            ]
    return rows


def image_row(text: str) -> tuple:
    """Return the row of `BOARD=FILE`, a MicroPython application image. Raises ReleaseError."""
    board, _, name = text.partition("=")
    path = Path(name)
    if board not in power.names() or not path.is_file():
        raise ReleaseError("--image: BOARD=FILE is expected")
    content = path.read_bytes()
    if content[:1] != b"\xe9":
        raise ReleaseError("%s is no application image; MicroPython calls it .app-bin" % path)
    return "micropython.bin", "image:" + board, content


def make_bundle(boards: list, key, version: str, images=()) -> bytes:
    """Return the signed bundle of a version for some boards; images are rows of image_row."""
    facts = {"version": version, "micropython": MICROPYTHON, "mpy": MPY, "boards": boards}
    rows = sorted([*collect(boards), *images], key=lambda row: row[:2])
    text = bundle_writer.manifest(facts, rows)
    return bundle_writer.pack(text, [row[2] for row in rows], modulus(key), signer(key))


def _bundle(arguments):
    key = load_key(arguments.key)
    if modulus(key) not in build.release_keys():
        raise ReleaseError("this key's modulus is not beside it: the firmware would not know it")
    version = build.version()
    images = [image_row(text) for text in arguments.image]
    octets = make_bundle(power.names(), key, version, images)
    output = Path(arguments.output or build.BUILD / "release" / ("obisgate-%s.bundle" % version))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(octets)
    parts = output.with_suffix(".cdx.json")
    parts.write_text(sbom.text(version))
    print("%9d  %s\n%9d  %s" % (len(octets), output, parts.stat().st_size, parts))


def _keys(arguments):
    folder = key_folder()
    there = len(list(folder.glob("release-*.pem")))
    wanted = there + 1 if arguments.add else max(_KEYS, there)
    for _ in range(wanted - there):
        print("made", make_key(folder))
    if wanted == there:
        print("%d keys in %s already; --add makes one more" % (there, folder))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make the release keys")
    keys.add_argument("--add", action="store_true", help="make one more")
    bundle = commands.add_parser("bundle", help="build every board and sign the bundle")
    bundle.add_argument("--key", type=int, help="number of the key that signs")
    bundle.add_argument("--output")
    bundle.add_argument(
        "--image", action="append", default=[], metavar="BOARD=FILE", help="a MicroPython as well"
    )
    arguments = parser.parse_args()
    try:
        {"keys": _keys, "bundle": _bundle}[arguments.command](arguments)
    except (ReleaseError, build.BuildError) as error:
        print("release: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
