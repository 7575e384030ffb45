"""HMAC-SHA256 against the test cases of RFC 4231."""

from crypto.constant_time import equal
from crypto.hmac import Hmac
from support import unhex

_CASES = (
    (b"\x0b" * 20, b"Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (b"\xaa" * 20, b"\xdd" * 50,
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (bytes(range(1, 26)), b"\xcd" * 50,
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    (b"\xaa" * 131,
     b"This is a test using a larger than block-size key and a larger than block-size data. "
     b"The key needs to be hashed before being used by the HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
)  # fmt: skip


def test_rfc_4231():
    for key, message, code in _CASES:
        assert Hmac(key).digest(message) == unhex(code)


def test_truncated_case_of_rfc_4231():
    code = Hmac(b"\x0c" * 20).digest(b"Test With Truncation")
    assert code[:16] == unhex("a3b6167473100ee06e0c796c2955552b")


def test_one_key_serves_many_messages_in_any_parts():
    code = Hmac(b"Jefe")
    first = code.digest(b"what do ya ", b"", memoryview(b"want for nothing?"))
    assert first == code.digest(b"what do ya want for nothing?")


def test_equal_looks_at_all():
    assert equal(b"", b"")
    assert equal(b"abc", memoryview(b"abc"))
    for other in (b"abx", b"bbc", b"ab", b"abcd", b"", b"\x00bc"):
        assert not equal(b"abc", other), other
        assert not equal(other, b"abc"), other
