"""ECDSA with deterministic nonces against RFC 6979, appendix A.2.5."""

from hashlib import sha256

from crypto import ecdsa, p256
from crypto.steps import finish
from support import raises, unhex

_PRIVATE = unhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
_PUBLIC = unhex(
    "04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)
_SAMPLE = (
    "A6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60",
    "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
)
_TEST = (
    "D16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0",
    "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
    "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
)


def _verify(digest, signature, public=_PUBLIC):
    return finish(ecdsa.verify_steps(public, digest, signature))


def test_rfc_6979_a25():
    for message, (nonce, signature) in ((b"sample", _SAMPLE), (b"test", _TEST)):
        digest = sha256(message).digest()
        assert next(ecdsa.nonces(_PRIVATE, digest)) == int.from_bytes(unhex(nonce), "big")
        assert finish(ecdsa.sign_steps(_PRIVATE, digest)) == unhex(signature)
        assert _verify(digest, unhex(signature))


def test_later_nonces_are_other_ones():
    candidates = ecdsa.nonces(_PRIVATE, sha256(b"sample").digest())
    assert len({next(candidates) for _ in range(4)}) == 4


def test_any_change_fails():
    digest = sha256(b"sample").digest()
    signature = unhex(_SAMPLE[1])
    assert not _verify(sha256(b"sampl").digest(), signature)
    for position in (0, 31, 32, 63):
        changed = bytearray(signature)
        changed[position] ^= 1
        assert not _verify(digest, bytes(changed))
    other = finish(p256.public_steps(b"\x01" * 32))
    assert not _verify(digest, signature, other)


def test_numbers_out_of_range_fail():
    digest = sha256(b"sample").digest()
    r, s = unhex(_SAMPLE[1])[:32], unhex(_SAMPLE[1])[32:]
    order = p256.N.to_bytes(32, "big")
    for signature in (
        bytes(32) + s,
        r + bytes(32),
        bytes(64),
        order + s,
        r + order,
        b"\xff" * 64,
        r + s[:-1],
        r + s + b"\x00",
        b"",
    ):
        assert not _verify(digest, signature)


def test_signing_refuses_what_is_no_key_or_digest():
    def sign(private, digest):
        return finish(ecdsa.sign_steps(private, digest))

    raises(ValueError, sign, bytes(32), bytes(32))
    raises(ValueError, sign, p256.N.to_bytes(32, "big"), bytes(32))
    raises(ValueError, sign, _PRIVATE, b"sample")
    raises(ValueError, _verify, bytes(32), bytes(64), _PUBLIC[:-1] + b"\x01")
