"""ECDSA with P-256 and SHA-256 (FIPS 186-5), nonces by RFC 6979: no random number can break it.

Signatures are `r` and `s`, 32 octets each.
"""

import os

from crypto import p256
from crypto.hmac import DIGEST_SIZE, Hmac
from crypto.steps import power_steps


def nonces(private: bytes, digest: bytes):
    """The candidates for k of RFC 6979, clause 3.2, in their order."""
    reduced = (int.from_bytes(digest, "big") % p256.N).to_bytes(32, "big")
    value = b"\x01" * DIGEST_SIZE
    code = Hmac(bytes(DIGEST_SIZE))
    for separator in (b"\x00", b"\x01"):
        code = Hmac(code.digest(value, separator, private, reduced))
        value = code.digest(value)
    while True:
        value = code.digest(value)
        candidate = int.from_bytes(value, "big")
        if 0 < candidate < p256.N:
            yield candidate
        code = Hmac(code.digest(value, b"\x00"))
        value = code.digest(value)


def sign_steps(private: bytes, digest: bytes):
    """Steps; returns the signature (64 octets) of a SHA-256 digest.

    ValueError if the private key or the digest is not 32 octets or the key is out of range.
    """
    secret = p256.scalar(private)
    if len(digest) != DIGEST_SIZE:
        raise ValueError("not a SHA-256 digest")
    number = int.from_bytes(digest, "big")
    for nonce in nonces(private, digest):
        point = yield from p256.multiply_steps(nonce, p256.GENERATOR)
        x, _ = yield from p256.affine_steps(point)
        r = x % p256.N
        # The blind keeps the nonce itself out of an exponentiation that is not constant in time.
        blind = 1 + int.from_bytes(os.urandom(40), "big") % (p256.N - 1)
        inverse = yield from power_steps(nonce * blind % p256.N, p256.N - 2, p256.N)
        s = inverse * blind % p256.N * (number + r * secret) % p256.N
        if r and s:
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify_steps(public: bytes, digest: bytes, signature: bytes):
    """Steps; returns whether the signature (64 octets) of a digest (32 octets) is good.

    ValueError if the public key is not a point of the curve.
    """
    point = p256.decode(public)
    if len(signature) != 64 or len(digest) != DIGEST_SIZE:
        return False
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    if not (0 < r < p256.N and 0 < s < p256.N):
        return False
    inverse = yield from power_steps(s, p256.N - 2, p256.N)
    total = yield from sum_steps(
        int.from_bytes(digest, "big") * inverse % p256.N, r * inverse % p256.N, point
    )
    if total[2] == 0:
        return False
    x, _ = yield from p256.affine_steps(total)
    return x % p256.N == r


def sum_steps(first: int, second: int, point: tuple):
    """Steps; returns first * generator + second * point, bit by bit of both at once.

    For public numbers only: their bits choose what is done.
    """
    choices = (None, p256.GENERATOR, point, p256.add(p256.GENERATOR, point))
    total = (0, 1, 0)
    yield
    for position in range(255, -1, -1):
        total = p256.add(total, total)
        choice = choices[(first >> position & 1) + 2 * (second >> position & 1)]
        if choice is not None:
            total = p256.add(total, choice)
        yield
    return total
