"""Bundles for tests, signed with keys that anyone can sign with: their moduli are primes."""

import hashlib
import sys

from crypto import rsa
from tools import bundle_writer

E = 65537
# Primes, so that the private exponent is a matter of one inversion.
PRIMES = ((1 << 3072) - 47, (1 << 3072) - 2165)
MODULI = [prime.to_bytes(384, "big") for prime in PRIMES]
KEYS = MODULI[0] + MODULI[1]
FACTS = {"version": "1.2.3", "micropython": "1.20.0", "mpy": 6, "boards": ["one", "two"]}
BIG = bytes([i * 7 & 0xFF for i in range(5000)])
ROWS = [
    ("board.mpy", "board:one", b"board one"),
    ("board.mpy", "board:two", b"board two!"),
    ("firmware/app.mpy", "any", b"the application"),
    ("firmware/web/page/index.html.gz", "any", b""),
    ("lib/crypto/big.mpy", "any", BIG),
    ("lib/kernels_viper.mpy", "rv32imc", b"code of a C3"),
    ("lib/kernels_viper.mpy", "xtensawin", b"code of an S3"),
]

_signatures = {}


def sign_with(index: int):
    """Return a function that signs with one of the keys."""

    def sign(octets: bytes) -> bytes:
        digest = hashlib.sha256(octets).digest()
        if (index, digest) not in _signatures:
            prime = PRIMES[index]
            message = int.from_bytes(rsa.encode(digest), "big")
            _signatures[index, digest] = pow(message, _inverse(E, prime - 1), prime).to_bytes(
                384, "big"
            )
        return _signatures[index, digest]

    return sign


def _inverse(a: int, m: int) -> int:
    old, new, x, y = a % m, m, 1, 0
    while new:
        quotient = old // new
        old, new = new, old - quotient * new
        x, y = y, x - quotient * y
    return x % m


def made(rows=None, facts=None, key: int = 0, text: "bytes | None" = None) -> bytes:
    """Return a bundle of rows; facts replace those of FACTS; text replaces the manifest."""
    rows = ROWS if rows is None else rows
    whole = dict(FACTS)
    whole.update(facts or {})
    if text is None:
        text = bundle_writer.manifest(whole, rows)
    return bundle_writer.pack(text, [row[2] for row in rows], MODULI[key], sign_with(key))


def script(path: str) -> str:
    """Return the text of a file of the project."""
    folder = __file__.rpartition("/tests/")[0]
    with open((folder or ".") + "/" + path) as file:
        return file.read()


def on_micropython() -> bool:
    """Tell which runtime this is."""
    return sys.implementation.name == "micropython"
