"""HKDF-SHA256 (RFC 5869)."""

from crypto.hmac import DIGEST_SIZE, Hmac


def extract(salt: bytes, *key_material) -> bytes:
    """The pseudorandom key of 32 octets (clause 2.2); an empty salt counts as 32 zeros."""
    return Hmac(salt or bytes(DIGEST_SIZE)).digest(*key_material)


def expand(pseudorandom_key: bytes, info: bytes, length: int) -> bytes:
    """`length` octets of key material (clause 2.3).

    ValueError if more than 255 blocks are asked for.
    """
    if not 0 < length <= 255 * DIGEST_SIZE:
        raise ValueError("HKDF length")
    code = Hmac(pseudorandom_key)
    block = output = b""
    counter = 0
    while len(output) < length:
        counter += 1
        block = code.digest(block, info, bytes((counter,)))
        output += block
    return output[:length]
