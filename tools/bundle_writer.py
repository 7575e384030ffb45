"""Writes the bundles that firmware/update/bundle.py describes and reads; runs on MicroPython too."""

import hashlib
from binascii import hexlify


def manifest(facts: dict, rows: list) -> bytes:
    """Return the manifest of rows (path, target, content) in ascending order of paths.

    facts: version, micropython, mpy, boards (names).
    """
    lines = [
        "version " + facts["version"],
        "micropython " + facts["micropython"],
        "mpy " + str(facts["mpy"]),
        "boards " + " ".join(facts["boards"]),
        "files %d" % len(rows),
    ]
    for path, target, content in rows:
        digest = hexlify(hashlib.sha256(content).digest()).decode()
        lines.append("%s %d %s %s" % (digest, len(content), target, path))
    return "".join([line + "\n" for line in lines]).encode()


def pack(text: bytes, contents: list, modulus: bytes, sign) -> bytes:
    """Return the bundle of a manifest and its files' contents.

    modulus: 384 octets. sign(octets) returns the 384 octets of their PKCS#1 v1.5 SHA-256 signature.
    """
    identity = hashlib.sha256(modulus).digest()[:8]
    head = b"OBISGATE\x01" + identity + len(text).to_bytes(4, "big")
    return head + sign(head + text) + text + b"".join(contents)
