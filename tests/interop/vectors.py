"""Published test vectors as the package cryptography-vectors carries them."""

from pathlib import Path

import pytest

cryptography_vectors = pytest.importorskip("cryptography_vectors")


def path(name: str) -> Path:
    """The path of a vector file."""
    return Path(cryptography_vectors.__file__).parent / name


def nist(name: str, section: str):
    """Yield the entries of one `[section]` of a NIST response file as dicts of texts."""
    inside = False
    entry = {}
    for line in path(name).read_text().splitlines():
        line = line.strip()
        if line.startswith("["):
            inside = line == "[%s]" % section
        elif inside and "=" in line:
            key, _, value = line.partition("=")
            entry[key.strip()] = value.strip()
            if key.strip() == "Result":
                yield entry
                # The modulus of an RSA file stands once for all that follow it.
                entry = {"n": entry["n"]} if "n" in entry else {}
