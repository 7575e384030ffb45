"""Seal a meter key for an adapter, so that it can travel any way at all.

    python -m tools.seal_key --public PUBLIC_KEY [--fingerprint FINGERPRINT]
    python -m tools.seal_key --wrap

The first seals it by HPKE for the adapter whose public key `/api/v1/status` tells; compare the
fingerprint with the one on the adapter's own page. The second wraps it under the adapter's present
meter key. Keys are asked for, or read line by line from standard input: new key, authentication
key (an empty line if there is none) and, with --wrap, the present key. They are never arguments,
which other programs could see.

What comes out is the body for the adapter:

    python -m tools.seal_key --public 04… > key.json
    curl -X PUT -H "Authorization: Bearer TOKEN" -H "Content-Type: application/json" \\
         --data @key.json https://obisgate-….local/api/v1/key
"""

import argparse
import getpass
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "lib")]

from crypto.fingerprint import fingerprint  # noqa: E402 - sys.path is set above
from firmware.config.key_exchange import INFO  # noqa: E402
from firmware.config.key_text import parse_key  # noqa: E402

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def payload(unicast: bytes, authentication: "bytes | None") -> bytes:
    """Join the keys as the adapter expects them; raises ValueError on lengths that do not go."""
    if authentication is None:
        if len(unicast) == 32:
            raise ValueError("a key of 32 octets goes with another one of that length")
        return unicast
    if len(unicast) != len(authentication) or len(unicast) not in (16, 32):
        raise ValueError("two keys have 16 octets each, or 32")
    return unicast + authentication


def sealed(public: bytes, keys: bytes) -> dict:
    """Return the body with `keys` sealed for the public key (65 octets, uncompressed point).

    Raises ValueError if it is not a point of P-256.
    """
    recipient = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    return {"sealed": _SUITE.encrypt(keys, recipient, info=INFO).hex()}


def wrapped(old_key: bytes, keys: bytes) -> dict:
    """Return the body with `keys` wrapped under the present key; of 20 octets, 16 count."""
    return {"wrapped": aes_key_wrap(old_key[:16] if len(old_key) == 20 else old_key, keys).hex()}


def _ask(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(prompt + ": ")
    return sys.stdin.readline().strip()


def _key(prompt: str, optional: bool = False) -> "bytes | None":
    text = _ask(prompt)
    if optional and not text:
        return None
    try:
        return parse_key(text)
    except ValueError as cause:
        raise SystemExit("%s: not a meter key (%s)" % (prompt, cause))


def main(arguments=None):
    """Ask for the keys and print the body."""
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0], epilog="Keys are asked for or read from stdin."
    )
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--public", help="the adapter's public key, 130 hex digits")
    way.add_argument("--wrap", action="store_true", help="wrap under the present meter key")
    parser.add_argument("--fingerprint", help="refuse a public key with another fingerprint")
    options = parser.parse_args(arguments)
    public = None
    if options.public:
        try:
            public = bytes.fromhex(options.public)
            if len(public) != 65:
                raise ValueError
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        except ValueError:
            raise SystemExit("--public: not a P-256 public key of 130 hex digits")
        told = fingerprint(public)
        if options.fingerprint and options.fingerprint.strip().upper() != told:
            raise SystemExit("the public key's fingerprint is another one: " + told)
        print("sealing for the adapter with fingerprint", told, file=sys.stderr)
    unicast = _key("New key (GUEK)")
    authentication = _key("Authentication key (GAK), empty if there is none", optional=True)
    try:
        keys = payload(unicast, authentication)
        body = sealed(public, keys) if public else wrapped(_key("Present key"), keys)
    except ValueError as cause:
        raise SystemExit("these keys cannot be sealed: %s" % cause)
    print(json.dumps(body))


if __name__ == "__main__":
    main()
