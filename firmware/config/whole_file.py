"""Small files that are written as a whole or not at all, and whose damage is noticed.

A file holds one JSON line and a line with its SHA-256 in hex. littlefs replaces a file atomically by
rename; a power cut may leave a new file empty, which counts as absent.
"""

import hashlib
import json
import os
from binascii import hexlify

_LONGEST = 65536


def load(path: str):
    """Return the object stored at path, or None where there is none.

    Raises ValueError where the file is damaged.
    """
    try:
        if os.stat(path)[6] > _LONGEST:
            raise ValueError("damaged")
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return None
    if not content:
        return None
    end = content.rfind(b"\n", 0, len(content) - 1)
    if end < 0 or _digest(content[:end]) != content[end + 1 :].strip():
        raise ValueError("damaged")
    return json.loads(content[:end])


def save(path: str, value, keep: "str | None" = None):
    """Replace the file at path; the one it replaces is kept under the path keep, if given.

    A power cut at any write leaves the old or the new file at path, or, with keep, no file at path
    and the old one at keep. Raises OSError where the flash is full.
    """
    body = json.dumps(value).encode()
    new = path + ".new"
    with open(new, "wb") as file:
        file.write(body)
        file.write(b"\n")
        file.write(_digest(body))
        file.write(b"\n")
    if keep is not None:
        try:
            os.rename(path, keep)
        except OSError:
            pass
    os.rename(new, path)


def _digest(body: bytes) -> bytes:
    return hexlify(hashlib.sha256(body).digest())
