"""AES-GCM: the test cases of McGrew and Viega (as NIST uses them), and kernels against their
twins.
"""

from array import array

import kernels
import kernels_plain

from crypto.aes import Ecb, cbc_decrypt, cbc_encrypt
from crypto.gcm import Gcm
from support import raises, unhex

_KEY = unhex("feffe9928665731c6d6a8f9467308308")
_IV = unhex("cafebabefacedbaddecaf888")
_PLAIN = unhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
_CIPHER = unhex(
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
)
_ADDITIONAL = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")


def test_case_1_nothing_to_encrypt():
    assert Gcm(bytes(16)).tag(bytes(12), (b"",), b"") == unhex("58e2fccefa7e3061367f1d57a4e7455a")


def test_case_2_one_block():
    data = bytearray(16)
    tag = Gcm(bytes(16)).encrypt(bytes(12), (b"",), data)
    assert data == unhex("0388dace60b6a392f328c2b971b2fe78")
    assert tag == unhex("ab6e47d42cec13bdf53a67b21257bddf")


def test_case_3_whole_blocks():
    data = bytearray(_PLAIN)
    tag = Gcm(_KEY).encrypt(_IV, (b"",), data)
    assert data == _CIPHER
    assert tag == unhex("4d5c2af327cd64a62cf35abd2ba6fab4")


def test_case_4_additional_data_and_a_part_of_a_block():
    data = bytearray(_PLAIN[:60])
    tag = Gcm(_KEY).encrypt(_IV, (_ADDITIONAL[:7], _ADDITIONAL[7:]), data)
    assert data == _CIPHER[:60]
    assert tag == unhex("5bc94fbc3221a5db94fae95ae7121a47")


def test_case_14_key_of_256_bits():
    data = bytearray(16)
    tag = Gcm(bytes(32)).encrypt(bytes(12), (b"",), data)
    assert data == unhex("cea7403d4d606b6e074ec5d3baf39d18")
    assert tag == unhex("d0d1c8a799996bf0265b98b5d48ab919")


def test_decrypts_only_what_the_tag_proves():
    gcm = Gcm(_KEY)
    data = bytearray(_PLAIN)
    tag = gcm.encrypt(_IV, (_ADDITIONAL,), data, 12)
    assert len(tag) == 12
    before = bytes(data)
    for at in range(12):
        wrong = bytearray(tag)
        wrong[at] ^= 0x10
        assert not gcm.decrypt(_IV, (_ADDITIONAL,), data, wrong)
        assert data == before
    assert not gcm.decrypt(_IV, (_ADDITIONAL + b"\0",), data, tag)
    assert gcm.decrypt(_IV, (_ADDITIONAL,), data, tag)
    assert data == _PLAIN


def test_counter_goes_on_over_many_batches():
    gcm = Gcm(_KEY)
    whole = bytearray(1000)
    gcm.crypt(_IV, whole)
    block = bytearray(_IV + b"\0\0\0\x3f")  # keystream block 61 has counter 63
    Ecb(_KEY).encrypt(block, block)
    assert whole[61 * 16 : 62 * 16] == block
    gcm.crypt(_IV, whole)
    assert whole == bytes(1000)


def test_refuses_keys_and_vectors_of_other_lengths():
    raises(ValueError, Gcm, bytes(15))
    raises(ValueError, Gcm(_KEY).crypt, bytes(16), bytearray(4))


def test_cbc_of_sp_800_38a():
    key = unhex("2b7e151628aed2a6abf7158809cf4f3c")
    iv = bytes(range(16))
    plain = unhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
    out = bytearray(32)
    cbc_encrypt(key, iv, plain, out)
    assert out == unhex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2")
    cbc_decrypt(key, iv, bytes(out), out)
    assert out == plain
    raises(ValueError, cbc_decrypt, key, iv, bytes(15), out)


def _ghash_state(module, table, data) -> list:
    state = array("I", [1, 0x80000000, 0xFFFFFFFF, 0x12345678, 0, 0, 0, 0])
    module.ghash(state, table, data, len(data) // 16)
    return list(state)[:4]


def test_kernels_agree_with_their_twins():
    from crypto.ghash import Ghash

    table = Ghash(unhex("b83b533708bf535d0aa6e52980d53b78"))._table
    data = bytes([(37 * at + at // 7) & 255 for at in range(160)])
    assert _ghash_state(kernels, table, data) == _ghash_state(kernels_plain, table, data)
    for polynomial in (0x8408, 0xA001):
        for count in (0, 1, 9, 160):
            assert kernels.crc16(0xFFFF, data, count, polynomial) == kernels_plain.crc16(
                0xFFFF, data, count, polynomial
            )
    fast, plain = bytearray(data), bytearray(data)
    kernels.xor(fast, bytes(reversed(data)), 150)
    kernels_plain.xor(plain, bytes(reversed(data)), 150)
    assert fast == plain != data


def test_crc_check_values():
    assert kernels.crc16(0xFFFF, b"123456789", 9, 0x8408) ^ 0xFFFF == 0x906E  # CRC-16/X-25
    assert kernels.crc16(0, b"123456789", 9, 0xA001) == 0xBB3D  # CRC-16/ARC
