"""P-256: the published key pair of RFC 6979, group laws, and keys that must be refused."""

from crypto import p256
from crypto.steps import finish, power_steps
from support import raises, unhex

# RFC 6979, appendix A.2.5
_PRIVATE = unhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
_PUBLIC = unhex(
    "04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)
# RFC 9180, appendix A.3.1: the ephemeral key, the recipient's key, and what they share.
_EPHEMERAL = unhex("4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb")
_EPHEMERAL_PUBLIC = unhex(
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
    "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4"
)
_RECIPIENT = unhex("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2")
_RECIPIENT_PUBLIC = unhex(
    "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
    "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0"
)
_INFINITY = (0, 1, 0)


def _multiple(scalar):
    return finish(p256.affine_steps(finish(p256.multiply_steps(scalar, p256.GENERATOR))))


def _affine(point):
    return finish(p256.affine_steps(point))


def test_public_key_of_published_private_keys():
    assert finish(p256.public_steps(_PRIVATE)) == _PUBLIC
    assert finish(p256.public_steps(_EPHEMERAL)) == _EPHEMERAL_PUBLIC
    assert finish(p256.public_steps(_RECIPIENT)) == _RECIPIENT_PUBLIC


def test_both_sides_share_one_secret():
    secret = finish(p256.shared_steps(_EPHEMERAL, _RECIPIENT_PUBLIC))
    assert len(secret) == 32
    assert secret == finish(p256.shared_steps(_RECIPIENT, _EPHEMERAL_PUBLIC))
    assert secret != finish(p256.shared_steps(_RECIPIENT, _PUBLIC))


def test_smallest_and_largest_scalars():
    x, y, _ = p256.GENERATOR
    assert _multiple(1) == (x, y)
    assert _multiple(p256.N - 1) == (x, p256.P - y)
    double = _affine(p256.add(p256.GENERATOR, p256.GENERATOR))
    assert _multiple(2) == double
    assert _multiple(p256.N - 2) == (double[0], p256.P - double[1])


def test_multiples_add_up():
    total = p256.GENERATOR
    for scalar in range(2, 12):
        total = p256.add(total, p256.GENERATOR)
        assert _multiple(scalar) == _affine(total)


def test_small_multiples_by_addition_alone():
    point = p256.GENERATOR
    for _ in range(15):
        point = p256.add(point, point)
    # 2^15 times the generator, as OpenSSL says.
    assert _affine(point) == (
        0x71A5BD27C625CA1B4B2A3A4635B1043363A5B8311D31A91915261B05D0B79FBC,
        0xC5BF524D066741FFB39452CA1A02F2EFC76B6051EBAA32D0C2E37CCC8F277F6B,
    )


def test_the_one_formula_has_no_exception():
    x, y, _ = p256.GENERATOR
    negative = (x, p256.P - y, 1)
    assert p256.add(p256.GENERATOR, negative)[2] == 0
    assert p256.add(_INFINITY, _INFINITY)[2] == 0
    assert _affine(p256.add(p256.GENERATOR, _INFINITY)) == (x, y)
    assert _affine(p256.add(_INFINITY, p256.GENERATOR)) == (x, y)
    raises(ValueError, _affine, p256.add(p256.GENERATOR, negative))


def test_number_of_steps_tells_nothing_of_the_scalar():
    for scalar in (1, 2, 3, 1 << 255, p256.N // 2, p256.N - 1):
        steps = 0
        for _ in p256.multiply_steps(scalar, p256.GENERATOR):
            steps += 1
        assert steps == 257, scalar


def test_keys_that_are_no_points_are_refused():
    def coordinates(x, y, form=4):
        return bytes((form,)) + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    x = int.from_bytes(_PUBLIC[1:33], "big")
    y = int.from_bytes(_PUBLIC[33:], "big")
    assert p256.decode(coordinates(x, y)) == (x, y, 1)
    for refused in (
        coordinates(x, y ^ 1),
        coordinates(x ^ 1, y),
        coordinates(y, x),
        coordinates(0, 0),
        coordinates(p256.P, y),
        coordinates(x, p256.P + 1),
        coordinates(x, y, 2),
        coordinates(x, y, 0),
        _PUBLIC[:33],
        _PUBLIC[:-1],
        _PUBLIC + b"\x00",
        b"",
        b"\x00",
    ):
        raises(ValueError, p256.decode, refused)


def test_private_keys_out_of_range_are_refused():
    for number in (0, p256.N, p256.N + 1, (1 << 256) - 1):
        raises(ValueError, p256.scalar, number.to_bytes(32, "big"))
    raises(ValueError, p256.scalar, _PRIVATE[1:])
    raises(ValueError, p256.scalar, _PRIVATE + b"\x01")
    assert p256.scalar((p256.N - 1).to_bytes(32, "big")) == p256.N - 1


def test_new_keys_differ_and_are_in_range():
    keys = {p256.generate_private() for _ in range(20)}
    assert len(keys) == 20
    for key in keys:
        p256.scalar(key)


def test_power_in_steps_equals_pow():
    for exponent in (0, 1, 2, 65537, p256.P - 2):
        assert finish(power_steps(3, exponent, p256.P)) == pow(3, exponent, p256.P)
