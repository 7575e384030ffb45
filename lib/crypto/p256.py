"""The elliptic curve P-256 (SEC 2 secp256r1, FIPS 186-4 D.1.2.3): key pairs and Diffie-Hellman.

Points are projective `(X, Y, Z)` and added by the complete formulas of Renes, Costello and
Batina (EUROCRYPT 2016, for a = -3): one formula for every pair of points, also for doubling and
the neutral element, so that no input leads to an exceptional case.

Against side channels: a Montgomery ladder does one addition and one doubling per bit whatever
the bit is; the scalar is lifted to a constant 257 bits, so that leading zeros do not show; the
point's coordinates are randomised by os.urandom before each multiplication, so that the numbers
in the ladder are not those an observer can predict. What pure Python cannot give is arithmetic
that takes the same time for all numbers: the integers drop leading zero digits and live on a
heap. The keys are therefore used once per user action (set-up, key exchange), never at a
stranger's request: TLS handshakes are done by mbedTLS.

One ladder step is 0.4 M instructions (28 multiplications and 22 reductions of 256 bits): 6 ms on
an ESP32 at 240 MHz, 9 ms at 160 MHz; a multiplication has 256 of them. Measured by
tools/bench/crypto.py. Each leaves about 4 kB of garbage, so that a collection (some 3 ms) falls into
one step of several; what lives meanwhile is under 2 kB.
"""

import os

from crypto.steps import power_steps

PRIVATE_SIZE = 32
PUBLIC_SIZE = 65

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)


def add(left: tuple, right: tuple) -> tuple:
    """The sum of two projective points, equal ones and the neutral element included."""
    x1, y1, z1 = left
    x2, y2, z2 = right
    xx = x1 * x2 % P
    yy = y1 * y2 % P
    zz = z1 * z2 % P
    xy = ((x1 + y1) * (x2 + y2) - xx - yy) % P
    xz = ((x1 + z1) * (x2 + z2) - xx - zz) % P
    yz = ((y1 + z1) * (y2 + z2) - yy - zz) % P
    s = 3 * ((B * zz - xz) % P)
    u = 3 * (xx - zz)
    v = 3 * ((B * xz - xx - 3 * zz) % P)
    plus = yy + s
    minus = yy - s
    return (
        (xy * minus - yz * v) % P,
        (u * v + plus * minus) % P,
        (yz * plus + xy * u) % P,
    )


def multiply_steps(scalar: int, point: tuple):
    """Steps; returns `scalar` times the projective point, for 0 < scalar < N."""
    blind = 1 + int.from_bytes(os.urandom(40), "big") % (P - 1)
    x, y, z = point
    point = (x * blind % P, y * blind % P, z * blind % P)
    # Adding N or 2 N changes nothing but makes bit 256 the highest one that is set.
    lifted = (scalar + N, scalar + 2 * N)
    scalar = lifted[1 - (lifted[0] >> 256)]
    ladder = [point, add(point, point)]
    yield
    for position in range(255, -1, -1):
        bit = scalar >> position & 1
        total = add(ladder[0], ladder[1])
        ladder[bit] = add(ladder[bit], ladder[bit])
        ladder[1 - bit] = total
        yield
    return ladder[0]


def affine_steps(point: tuple):
    """Steps; returns the coordinates `(x, y)`. ValueError for the neutral element."""
    x, y, z = point
    if z == 0:
        raise ValueError("point at infinity")
    inverse = yield from power_steps(z, P - 2, P)
    return x * inverse % P, y * inverse % P


def decode(public: bytes) -> tuple:
    """The point of an uncompressed public key of 65 octets (SEC 1, clause 2.3.4).

    ValueError unless it has that form, its coordinates are below P and it lies on the curve. The
    curve's cofactor is 1, so that every such point is a valid key.
    """
    if len(public) != PUBLIC_SIZE or public[0] != 4:
        raise ValueError("not an uncompressed P-256 point")
    x = int.from_bytes(bytes(public[1:33]), "big")
    y = int.from_bytes(bytes(public[33:]), "big")
    if x >= P or y >= P or (y * y - (x * x - 3) * x - B) % P:
        raise ValueError("not a point of P-256")
    return x, y, 1


def scalar(private: bytes) -> int:
    """The number of a private key of 32 octets. ValueError outside 1 .. N - 1."""
    value = int.from_bytes(bytes(private), "big")
    if len(private) != PRIVATE_SIZE or not 0 < value < N:
        raise ValueError("not a P-256 private key")
    return value


def public_steps(private: bytes):
    """Steps; returns the public key (65 octets, uncompressed) of a private key (32 octets)."""
    point = yield from multiply_steps(scalar(private), GENERATOR)
    x, y = yield from affine_steps(point)
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def generate_private() -> bytes:
    """A new private key, by rejection (FIPS 186-5, A.2.2).

    On an ESP32 `os.urandom` is a true generator only while the radio runs.
    """
    while True:
        private = os.urandom(PRIVATE_SIZE)
        if 0 < int.from_bytes(private, "big") < N:
            return private


def shared_steps(private: bytes, public: bytes):
    """Steps; returns the Diffie-Hellman secret, the x coordinate in 32 octets.

    ValueError if one of the keys is not valid.
    """
    point = yield from multiply_steps(scalar(private), decode(public))
    x, _ = yield from affine_steps(point)
    return x.to_bytes(32, "big")
