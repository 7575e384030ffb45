"""Signed bundles: one release of the firmware in one file, checked as it streams by.

    octets   what
    8        "OBISGATE"
    1        version of this format: 1
    8        first octets of the SHA-256 of the release key's modulus
    4        length of the manifest, big endian
    384      RSA-3072 signature (PKCS#1 v1.5, SHA-256) over the 21 octets above and the manifest
    …        the manifest, then every file in its order, back to back

The manifest is ASCII text, one fact a line:

    version 1.2.3
    micropython 1.27.0         at least
    mpy 6                      format of the .mpy files
    boards esp32 obisgate-s3
    files 170
    SHA256 SIZE TARGET PATH    for each file; in ascending order of their paths

TARGET is `any`, an architecture of mpy-cross, or `board:NAME`: an adapter stores what is for it, and
checks everything. `image:NAME` is a MicroPython for that board's other partition, where it has two. Nothing but the manifest's own text is trusted before the signature is.
"""

import asyncio
import hashlib
import sys
from binascii import hexlify

from compat import const
from crypto import rsa
from firmware import steps

MAGIC = b"OBISGATE\x01"
HEADER_SIZE = const(405)
_SIGNED = const(21)
_MANIFEST_MAX = const(49152)
_LINE_MAX = const(400)
_PATH_MAX = const(96)
_DEPTH_MAX = const(6)
_FILE_MAX = const(262144)
_IMAGE_MAX = const(4194304)
_FACTS = ("version", "micropython", "mpy", "boards", "files")
# Without these nothing starts.
_NEEDED = ("board.mpy", "firmware/app.mpy")
_NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
_DIGITS = "0123456789"


class Refused(Exception):
    """A bundle that is not taken; the text is its cause."""


def version(text: str) -> tuple:
    """Return `1.2.3` as (1, 2, 3). Raises ValueError for anything else."""
    fields = text.split(".")
    if len(fields) != 3:
        raise ValueError("version")
    for field in fields:
        if not 0 < len(field) < 6 or not all(c in _DIGITS for c in field):
            raise ValueError("version")
    return tuple([int(field) for field in fields])


def safe(path: str) -> bool:
    """Tell whether a path stays inside the folder it is meant for."""
    parts = path.split("/")
    if len(path) > _PATH_MAX or len(parts) > _DEPTH_MAX:
        return False
    return all(part and part[0] != "." and all(c in _NAME for c in part) for part in parts)


def entry(line: str) -> tuple:
    """Return (SHA-256 in hex, size, target, path) of a file's line. Raises Refused."""
    words = line.split(" ")
    if len(words) != 4 or len(words[0]) != 64:
        raise Refused("manifest")
    digest, size, target, path = words
    if not 0 < len(size) < 8 or not all(c in _DIGITS for c in size):
        raise Refused("manifest")
    if int(size) > (_IMAGE_MAX if target.startswith("image:") else _FILE_MAX):
        raise Refused("manifest")
    if not safe(path):
        raise Refused("path")
    return digest, int(size), target, path


def key_for(keys: bytes, identity: bytes) -> "bytes | None":
    """Return the modulus of this identity among release keys back to back, or None."""
    for start in range(0, len(keys), rsa.MODULUS_SIZE):
        modulus = keys[start : start + rsa.MODULUS_SIZE]
        if hashlib.sha256(modulus).digest()[:8] == identity:
            return modulus
    return None


class Receiver:
    """Takes a bundle piece by piece into a sink (see slots.Spare).

    size: octets of the whole bundle. keys: the release keys' moduli back to back. board, arch: what
    this adapter is. running: its version, or None to accept an older one. check_only: stop after the
    manifest's signature (`done` is set then) and store nothing.

    `stage` is "header", "manifest", "files" or "done"; `received` counts the octets taken.
    """

    def __init__(self, sink, size, keys, board, arch, running, check_only=False):
        self.size = size
        self.received = 0
        self.stage = "header"
        self.version = None
        self._sink = sink
        self._keys = keys
        self._board = board
        self._targets = ("any", arch, "board:" + board)
        self._image = "image:" + board
        self._running = running
        self._check_only = check_only
        self._header = bytearray()
        self._facts = {}
        self._line = b""
        self._hash = hashlib.sha256()
        self._left = 0
        self._manifest_size = 0
        self._entries = None
        self._entry = None
        self._failed = None

    @property
    def done(self) -> bool:
        """Tell whether all of it came and was found good."""
        return self.stage == "done"

    async def feed(self, data):
        """Take the next octets. Raises Refused; what was stored until then is discarded."""
        if self._failed:
            raise Refused(self._failed)
        try:
            view = memoryview(data)
            if self.received + len(view) > self.size:
                raise Refused("size")
            while view:
                used = await self._take(view)
                self.received += used
                view = view[used:]
        except Refused as refused:
            self._fail(str(refused))
            raise
        except OSError:
            self._fail("no-space")
            raise Refused("no-space")

    def abandon(self):
        """Stop: nothing more will come."""
        self._fail("abandoned")

    def _fail(self, cause: str):
        self._failed = cause
        if self._sink is not None:
            self._sink.discard()

    async def _take(self, view) -> int:
        if self.stage == "files":
            return await self._take_file(view)
        if self.stage == "manifest":
            return await self._take_manifest(view)
        if self.stage == "done":
            return len(view)
        count = min(len(view), HEADER_SIZE - len(self._header))
        self._header.extend(view[:count])
        if len(self._header) == HEADER_SIZE:
            self._start_manifest()
        return count

    def _start_manifest(self):
        header = self._header
        if header[: len(MAGIC)] != MAGIC:
            raise Refused("not-a-bundle")
        if not self._keys:
            raise Refused("no-release-key")
        self._left = self._manifest_size = int.from_bytes(header[17:21], "big")
        if not 0 < self._left <= _MANIFEST_MAX or HEADER_SIZE + self._left > self.size:
            raise Refused("size")
        self._hash.update(header[:_SIGNED])
        self.stage = "manifest"
        if not self._check_only:
            self._sink.open_manifest()

    async def _take_manifest(self, view) -> int:
        count = min(len(view), self._left)
        part = view[:count]
        self._hash.update(part)
        if self._check_only:
            self._keep_facts(part)
        else:
            self._sink.write(part)
        self._left -= count
        if not self._left:
            await self._check_signature()
        return count

    def _keep_facts(self, part):
        """Keep the manifest's first lines: all that a check for a newer version needs."""
        if len(self._line) < 2 * _LINE_MAX:
            self._line += bytes(part)

    async def _check_signature(self):
        if not self._check_only:
            self._sink.close()
        header = bytes(self._header)
        self._header = None
        modulus = key_for(self._keys, header[9:17])
        if modulus is None:
            raise Refused("unknown-key")
        signed = rsa.verify_steps(modulus, self._hash.digest(), header[_SIGNED:])
        if not await steps.run(signed):
            raise Refused("signature")
        if self._check_only:
            lines = [line.decode() for line in self._line.split(b"\n")]
            self._check_facts(lines[: len(_FACTS)])
            self.stage = "done"
            return
        needed = await self._check_manifest()
        self._sink.begin(self.version, self._rows, needed)
        self._entries = self._files()
        self.stage = "files"
        self._next_file()

    def _check_facts(self, lines: list):
        facts = [line.partition(" ") for line in lines]
        if tuple([fact[0] for fact in facts]) != _FACTS:
            raise Refused("manifest")
        found = {fact[0]: fact[2] for fact in facts}
        try:
            new = version(found["version"])
            micropython = version(found["micropython"])
            mpy = int(found["mpy"])
        except ValueError:
            raise Refused("manifest")
        self.version = found["version"]
        if self._board not in found["boards"].split(" "):
            raise Refused("wrong-board")
        if sys.implementation.version[:3] < micropython:
            raise Refused("micropython-too-old")
        if getattr(sys.implementation, "_mpy", mpy) & 0xFF != mpy:
            raise Refused("micropython-mpy")
        if self._running is not None and new < version(self._running):
            raise Refused("older-version")
        self._facts = found

    async def _check_manifest(self) -> int:
        """Check the whole signed manifest; return the octets of what is for this adapter."""
        lines = self._sink.manifest_lines(_LINE_MAX)
        try:
            return await self._check_lines(lines)
        finally:
            lines.close()

    async def _check_lines(self, lines) -> int:
        self._check_facts([line for _, line in zip(_FACTS, lines)])
        total = needed = count = 0
        last = stored = ""
        missing = list(_NEEDED)
        for line in lines:
            _, size, target, path = entry(line)
            if path < last:
                raise Refused("manifest")
            last = path
            total += size
            count += 1
            if target in self._targets:
                if path == stored:
                    raise Refused("manifest")
                stored = path
                needed += size
                if path in missing:
                    missing.remove(path)
            if not count & 15:
                await asyncio.sleep(0)
        if str(count) != self._facts["files"]:
            raise Refused("manifest")
        if missing:
            raise Refused("incomplete")
        if HEADER_SIZE + self._manifest_size + total != self.size:
            raise Refused("size")
        return needed

    def _files(self):
        """Yield the manifest's entries."""
        lines = self._sink.manifest_lines(_LINE_MAX)
        for _ in _FACTS:
            next(lines)
        for line in lines:
            yield entry(line)

    def _rows(self):
        """Yield (path, size) of what is for this adapter."""
        for _, size, target, path in self._files():
            if target in self._targets:
                yield path, size

    def _next_file(self):
        """Go on to the next file that holds anything; the bundle is complete after the last."""
        for found in self._entries:
            self._entry = found
            self._left = found[1]
            self._hash = hashlib.sha256()
            if found[2] == self._image:
                self._sink.begin_image(self._left)
            if self._left:
                return
            self._end_file()
        self._sink.finish()
        self.stage = "done"

    async def _take_file(self, view) -> int:
        count = min(len(view), self._left)
        part = view[:count]
        self._hash.update(part)
        if self._entry[2] in self._targets:
            self._sink.write(part)
        elif self._entry[2] == self._image:
            self._sink.write_image(part)
        self._left -= count
        if not self._left:
            self._end_file()
            self._next_file()
        # Writing may have erased a block: the others' turn.
        await asyncio.sleep(0)
        return count

    def _end_file(self):
        if hexlify(self._hash.digest()).decode() != self._entry[0]:
            raise Refused("damaged")
