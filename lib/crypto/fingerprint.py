"""Fingerprints for people to compare."""

from hashlib import sha256


def fingerprint(octets: bytes) -> str:
    """The SHA-256 fingerprint as browsers and OpenSSL print it: upper-case octets with colons."""
    return ":".join("%02X" % octet for octet in sha256(octets).digest())
