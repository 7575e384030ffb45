"""lib/crypto beside OpenSSL (by way of `cryptography` and its command) and NIST's vectors."""

import hashlib
import hmac
import json
import os
import shutil
import subprocess
from hashlib import sha256

import pytest
from cryptography import x509 as their_x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric import rsa as their_rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from interop import vectors

from crypto import ecdsa, hkdf, hpke, keywrap, p256, pbkdf2, rsa, x509
from crypto.constant_time import equal
from crypto.fingerprint import fingerprint
from crypto.gcm import Gcm
from crypto.hmac import Hmac
from crypto.steps import finish

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_SHA256_ECDSA = ec.ECDSA(hashes.SHA256())
_UNCOMPRESSED = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
_ROUNDS = 12


def _pair():
    private = p256.generate_private()
    return private, finish(p256.public_steps(private))


def _their_private(private: bytes):
    return ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())


def _their_public(public: bytes):
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)


def _openssl(*arguments, given: bytes = b"") -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command")
    done = subprocess.run(["openssl", *map(str, arguments)], input=given, capture_output=True)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    return done.stdout


def test_public_keys_and_shared_secrets_agree():
    for _ in range(_ROUNDS):
        private, public = _pair()
        assert _their_private(private).public_key().public_bytes(*_UNCOMPRESSED) == public
        theirs = ec.generate_private_key(ec.SECP256R1())
        their_public = theirs.public_key().public_bytes(*_UNCOMPRESSED)
        assert finish(p256.shared_steps(private, their_public)) == theirs.exchange(
            ec.ECDH(), _their_public(public)
        )


def test_scalars_with_long_runs_of_zeros_and_ones_agree():
    for number in (
        3,
        (1 << 128) - 1,
        1 << 255,
        (1 << 255) + 1,
        p256.N - 3,
        p256.N >> 1,
        p256.N >> 200,
    ):
        private = number.to_bytes(32, "big")
        expected = _their_private(private).public_key().public_bytes(*_UNCOMPRESSED)
        assert finish(p256.public_steps(private)) == expected


def test_public_key_validation_of_nist():
    verdicts = []
    for entry in vectors.nist("asymmetric/ECDSA/FIPS_186-3/PKV.rsp", "P-256"):
        x, y = int(entry["Qx"], 16), int(entry["Qy"], 16)
        try:
            p256.decode(b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big"))
            good = True
        except (ValueError, OverflowError):
            good = False
        assert good == entry["Result"].startswith("P"), entry
        verdicts.append(good)
    assert len(verdicts) == 12 and True in verdicts and False in verdicts


def test_our_signatures_verify_there():
    for turn in range(_ROUNDS):
        private, public = _pair()
        message = os.urandom(turn * 37)
        signature = finish(ecdsa.sign_steps(private, sha256(message).digest()))
        encoded = encode_dss_signature(
            int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        )
        _their_public(public).verify(encoded, message, _SHA256_ECDSA)
        with pytest.raises(InvalidSignature):
            _their_public(public).verify(encoded, message + b"x", _SHA256_ECDSA)


def test_deterministic_signatures_are_the_same_there():
    private, _ = _pair()
    encoded = _their_private(private).sign(
        b"sample", ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    )
    r, s = decode_dss_signature(encoded)
    expected = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert finish(ecdsa.sign_steps(private, sha256(b"sample").digest())) == expected


def test_their_signatures_verify_here():
    for turn in range(_ROUNDS):
        theirs = ec.generate_private_key(ec.SECP256R1())
        public = theirs.public_key().public_bytes(*_UNCOMPRESSED)
        message = os.urandom(turn)
        r, s = decode_dss_signature(theirs.sign(message, _SHA256_ECDSA))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        assert finish(ecdsa.verify_steps(public, sha256(message).digest(), signature))
        assert not finish(ecdsa.verify_steps(public, sha256(message + b"x").digest(), signature))


def test_signature_verification_of_nist():
    verdicts = []
    for entry in vectors.nist("asymmetric/ECDSA/FIPS_186-3/SigVer.rsp", "P-256,SHA-256"):
        x, y, r, s = (int(entry[name], 16).to_bytes(32, "big") for name in ("Qx", "Qy", "R", "S"))
        digest = sha256(bytes.fromhex(entry["Msg"])).digest()
        good = finish(ecdsa.verify_steps(b"\x04" + x + y, digest, r + s))
        assert good == entry["Result"].startswith("P"), entry
        verdicts.append(good)
    assert len(verdicts) == 15 and True in verdicts and False in verdicts


def test_hpke_opens_what_they_seal_and_the_other_way():
    for turn in range(_ROUNDS):
        private, public = _pair()
        plaintext, info = os.urandom(turn * 5), os.urandom(turn)
        sealed = _SUITE.encrypt(plaintext, _their_public(public), info=info)
        assert finish(hpke.open_steps(private, public, sealed, info)) == plaintext
        assert finish(hpke.open_steps(private, public, sealed, info + b"x")) is None
        sealed = finish(hpke.seal_steps(public, plaintext, info))
        assert _SUITE.decrypt(sealed, _their_private(private), info=info) == plaintext
        with pytest.raises(InvalidTag):
            _SUITE.decrypt(
                sealed[:-1] + bytes((sealed[-1] ^ 1,)), _their_private(private), info=info
            )


def test_hpke_of_the_cfrg_vectors():
    found = 0
    for vector in json.loads(vectors.path("HPKE/test-vectors.json").read_text()):
        if (vector["mode"], vector["kem_id"], vector["kdf_id"], vector["aead_id"]) != (
            0,
            0x10,
            1,
            1,
        ):
            continue
        first = vector["encryptions"][0]
        opened = finish(
            hpke.open_steps(
                bytes.fromhex(vector["skRm"]),
                bytes.fromhex(vector["pkRm"]),
                bytes.fromhex(vector["enc"] + first["ct"]),
                bytes.fromhex(vector["info"]),
                bytes.fromhex(first["aad"]),
            )
        )
        assert opened == bytes.fromhex(first["pt"])
        found += 1
    assert found == 1


def test_derivations_agree():
    for turn in range(_ROUNDS):
        key, salt, info = os.urandom(11 * turn + 1), os.urandom(9 * turn), os.urandom(turn)
        length = 17 * turn + 1
        assert Hmac(key).digest(salt) == hmac.digest(key, salt, "sha256")
        theirs = HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(key)
        assert hkdf.expand(hkdf.extract(salt, key), info, length) == theirs
        assert finish(pbkdf2.derive_steps(key, salt, 33 + turn, length)) == hashlib.pbkdf2_hmac(
            "sha256", key, salt, 33 + turn, length
        )


def test_key_wrap_agrees():
    for turn in range(_ROUNDS):
        kek, key = os.urandom(16 + 16 * (turn & 1)), os.urandom(16 + 8 * turn)
        wrapped = aes_key_wrap(kek, key)
        assert keywrap.wrap(kek, key) == wrapped
        assert keywrap.unwrap(kek, wrapped) == aes_key_unwrap(kek, wrapped) == key


def test_gcm_agrees():
    for turn in range(_ROUNDS):
        key, iv = os.urandom(16 + 16 * (turn & 1)), os.urandom(12)
        plaintext, additional = os.urandom(53 * turn), os.urandom(7 * turn)
        data = bytearray(plaintext)
        tag = Gcm(key).encrypt(iv, (additional,), data)
        assert bytes(data) + tag == AESGCM(key).encrypt(iv, plaintext, additional)
        assert Gcm(key).decrypt(iv, (additional,), data, tag) and data == plaintext


@pytest.fixture(scope="module")
def rsa_key():
    return their_rsa.generate_private_key(65537, rsa.MODULUS_SIZE * 8)


def _modulus(key) -> bytes:
    return key.public_key().public_numbers().n.to_bytes(rsa.MODULUS_SIZE, "big")


def _rsa_verifies(key, message: bytes, signature: bytes) -> bool:
    return finish(rsa.verify_steps(_modulus(key), sha256(message).digest(), signature))


def test_rsa_verifies_their_signatures(rsa_key):
    for turn in range(_ROUNDS):
        message = os.urandom(turn * 100)
        signature = rsa_key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        assert _rsa_verifies(rsa_key, message, signature)
        assert not _rsa_verifies(rsa_key, message + b"x", signature)


def test_rsa_verifies_what_the_openssl_command_signed(rsa_key, tmp_path):
    (tmp_path / "key.pem").write_bytes(
        rsa_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    signature = _openssl("dgst", "-sha256", "-sign", tmp_path / "key.pem", given=b"release")
    assert _rsa_verifies(rsa_key, b"release", signature)


def test_rsa_takes_no_other_padding_or_hash(rsa_key):
    message = b"release"
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    assert not _rsa_verifies(rsa_key, message, rsa_key.sign(message, pss, hashes.SHA256()))
    for other in (hashes.SHA1(), hashes.SHA384(), hashes.SHA512()):
        signature = rsa_key.sign(message, padding.PKCS1v15(), other)
        assert not _rsa_verifies(rsa_key, message, signature)


def test_rsa_takes_no_encoding_that_a_parser_might(rsa_key):
    """What Bleichenbacher's forgery and its kin rely on, signed with the true private key."""
    numbers = rsa_key.private_numbers()
    modulus = numbers.public_numbers.n
    digest = sha256(b"release").digest()
    good = rsa.encode(digest)
    info = good[333:352]

    def verifies(encoded: bytes) -> bool:
        number = int.from_bytes(encoded, "big")
        assert len(encoded) == rsa.MODULUS_SIZE and number < modulus
        signature = pow(number, numbers.d, modulus).to_bytes(rsa.MODULUS_SIZE, "big")
        return _rsa_verifies(rsa_key, b"release", signature)

    assert verifies(good)
    bare = good.index(info)
    no_null = bytes.fromhex("302f300b0609608648016503040201 0420")
    long_form = bytes.fromhex("30813130 0d060960864801650304020105000420")
    for encoded in (
        b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + digest + bytes(384 - 11 - 51),
        b"\x00\x01" + b"\xff" * 200 + b"\x00" + info + digest + os.urandom(384 - 203 - 51),
        b"\x00\x02" + good[2:],
        b"\x00\x00" + good[2:],
        good[:100] + b"\xfe" + good[101:],
        good[: bare - 1] + b"\xff" + good[bare:],
        b"\x00\x01" + b"\xff" * (384 - 3 - len(no_null) - 32) + b"\x00" + no_null + digest,
        b"\x00\x01" + b"\xff" * (384 - 3 - len(long_form) - 32) + b"\x00" + long_form + digest,
        good[:bare] + bytes((info[0],)) + info[1:].replace(b"\x05\x00", b"\x05\x01") + digest,
        b"\x00\x01" + b"\xff" * (384 - 3 - 32) + b"\x00" + digest,
        good[:-1] + bytes((good[-1] ^ 1,)),
        bytes(384 - 32) + digest,
    ):
        assert not verifies(encoded), encoded.hex()


def test_rsa_verification_of_nist():
    verdicts = []
    for entry in vectors.nist("asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp", "mod = 3072"):
        if entry["SHAAlg"] != "SHA256" or int(entry["e"], 16) != 65537:
            continue
        modulus = int(entry["n"], 16).to_bytes(rsa.MODULUS_SIZE, "big")
        digest = sha256(bytes.fromhex(entry["Msg"])).digest()
        good = finish(rsa.verify_steps(modulus, digest, bytes.fromhex(entry["S"])))
        assert good == entry["Result"].startswith("P"), entry
        verdicts.append(good)
    assert True in verdicts and False in verdicts


def _certificate(names=("obisgate-1a2b3c.local", "obisgate"), addresses=(b"\xc0\xa8\x04\x01",)):
    private, public = _pair()
    encoded = finish(
        x509.self_signed_steps(
            private, public, os.urandom(16), names, addresses, (2026, 1, 1, 0, 0, 0)
        )
    )
    return private, public, encoded


def test_their_reader_agrees_with_the_certificate():
    private, public, encoded = _certificate()
    certificate = their_x509.load_der_x509_certificate(encoded)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.public_key().public_bytes(*_UNCOMPRESSED) == public
    assert certificate.public_bytes(serialization.Encoding.DER) == encoded
    assert certificate.version is their_x509.Version.v3
    assert certificate.subject == certificate.issuer
    assert certificate.subject.rfc4514_string() == "CN=obisgate-1a2b3c.local"
    assert certificate.not_valid_before_utc.year == 2026
    assert certificate.not_valid_after_utc.year == 9999
    names = certificate.extensions.get_extension_for_class(their_x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(their_x509.DNSName) == [
        "obisgate-1a2b3c.local",
        "obisgate",
    ]
    assert str(names.value.get_values_for_type(their_x509.IPAddress)[0]) == "192.168.4.1"
    basic = certificate.extensions.get_extension_for_class(their_x509.BasicConstraints)
    assert basic.critical and not basic.value.ca
    usage = certificate.extensions.get_extension_for_class(their_x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and not usage.value.key_cert_sign
    assert fingerprint(encoded) == certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    loaded = serialization.load_der_private_key(x509.private_key(private, public), None)
    assert loaded.private_numbers().private_value == int.from_bytes(private, "big")
    assert loaded.public_key().public_bytes(*_UNCOMPRESSED) == public


def test_the_openssl_command_accepts_the_certificate(tmp_path):
    private, public, encoded = _certificate()
    path = tmp_path / "certificate.der"
    path.write_bytes(encoded)
    pem = tmp_path / "certificate.pem"
    pem.write_bytes(_openssl("x509", "-inform", "DER", "-in", path))
    verified = _openssl(
        "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname",
        "obisgate-1a2b3c.local", "-CAfile", pem, pem,
    )  # fmt: skip
    assert verified.strip().endswith(b": OK")
    told = _openssl("x509", "-inform", "DER", "-in", path, "-noout", "-fingerprint", "-sha256")
    assert told.decode().strip().endswith(fingerprint(encoded))
    key = _openssl(
        "ec", "-inform", "DER", "-check", "-noout", given=x509.private_key(private, public)
    )
    assert b"Key Invalid" not in key


def test_serial_numbers_are_positive_and_short_enough():
    for serial in (bytes(16), b"\xff" * 16):
        private, public = _pair()
        encoded = finish(
            x509.self_signed_steps(private, public, serial, ("a",), (), (2026, 1, 1, 0, 0, 0))
        )
        number = their_x509.load_der_x509_certificate(encoded).serial_number
        assert 0 < number < 1 << 159


def test_constant_time_comparison_is_a_comparison():
    for turn in range(64):
        left = os.urandom(turn % 9)
        right = os.urandom(turn % 7)
        assert equal(left, right) == hmac.compare_digest(left, right)
        assert equal(left, bytes(left))
