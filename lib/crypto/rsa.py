"""RSA-3072 signatures, PKCS#1 v1.5 with SHA-256 (RFC 8017, clause 8.2.2): verification only.

The message that the signature must hold is built and compared as a whole. Nothing of what the
signature holds is ever parsed, so that there is no parser to deceive.

A squaring of 3072 bits with its reduction is 1.5 M instructions: over 20 ms on an ESP32. So it is
cut in five: the product, then its reduction by the modulus shifted up, a quarter of the quotient
at a time. The longest piece (0.54 M instructions) takes 8 ms at 240 MHz, 11 ms at 160 MHz. Measured
by tools/bench/crypto.py.
"""

from crypto.constant_time import equal

MODULUS_SIZE = 384  # octets
_DIGEST_SIZE = 32
_BITS = 8 * MODULUS_SIZE
# DigestInfo of SHA-256 without the digest (RFC 8017, clause 9.2, note 1).
_DIGEST_INFO = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"


def encode(digest: bytes) -> bytes:
    """EMSA-PKCS1-v1_5: the 384 octets a signature of this SHA-256 digest must stand for."""
    if len(digest) != _DIGEST_SIZE:
        raise ValueError("not a SHA-256 digest")
    padding = MODULUS_SIZE - 3 - len(_DIGEST_INFO) - _DIGEST_SIZE
    return b"\x00\x01" + b"\xff" * padding + b"\x00" + _DIGEST_INFO + digest


def _multiply_steps(left: int, right: int, modulus: int):
    product = left * right
    yield
    for shift in (_BITS * 3 // 4, _BITS // 2, _BITS // 4, 0):
        product %= modulus << shift
        yield
    return product


def verify_steps(modulus: bytes, digest: bytes, signature: bytes):
    """Steps; returns whether `signature` (384 octets) signs the SHA-256 `digest` (32 octets).

    The public exponent is 65537. ValueError if the modulus has not exactly 3072 bits or the
    digest is not 32 octets: those come from the firmware itself.
    """
    if len(modulus) != MODULUS_SIZE or not modulus[0] & 0x80 or not modulus[-1] & 1:
        raise ValueError("not an RSA-3072 modulus")
    expected = encode(digest)
    if len(signature) != MODULUS_SIZE:
        return False
    n = int.from_bytes(modulus, "big")
    base = int.from_bytes(signature, "big")
    if base >= n:
        return False
    result = base
    for _ in range(16):
        result = yield from _multiply_steps(result, result, n)
    result = yield from _multiply_steps(result, base, n)
    return equal(result.to_bytes(MODULUS_SIZE, "big"), expected)
