"""AES-CMAC against the examples of RFC 4493, section 4."""

from crypto.cmac import cmac
from support import unhex

KEY = unhex("2b7e151628aed2a6abf7158809cf4f3c")
MESSAGE = unhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
KNOWN = (
    (0, "bb1d6929e95937287fa37d129b756746"),
    (16, "070a16b46b4d4144f79bdd9dd04a287c"),
    (40, "dfa66747de9ae63030ca32611497c827"),
    (64, "51f0bebf7e3b9d92fc49741779363cfe"),
)


def test_known_answers():
    for length, mac in KNOWN:
        assert bytes(cmac(KEY, MESSAGE[:length])) == unhex(mac)


def test_parts_are_one_message():
    whole = bytes(cmac(KEY, MESSAGE[:40]))
    for cut in (0, 1, 15, 16, 17, 39, 40):
        assert bytes(cmac(KEY, MESSAGE[:cut], b"", MESSAGE[cut:40])) == whole


def test_another_key_or_octet_gives_another_code():
    whole = bytes(cmac(KEY, MESSAGE[:40]))
    assert bytes(cmac(MESSAGE[:16], MESSAGE[:40])) != whole
    assert bytes(cmac(KEY, MESSAGE[:39])) != whole
