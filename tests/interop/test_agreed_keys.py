"""Agreed keys against implementations that nobody here wrote: `cryptography` and gurux-dlms."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from gurux_dlms.AesGcmParameter import AesGcmParameter
from gurux_dlms.CountType import CountType
from gurux_dlms.ecdsa._GXShamirs import _GXShamirs
from gurux_dlms.ecdsa.enums import Ecc
from gurux_dlms.ecdsa.GXCurve import GXCurve
from gurux_dlms.ecdsa.GXEccPoint import GXEccPoint
from gurux_dlms.ecdsa.GXEcdsa import GXEcdsa
from gurux_dlms.enums import Security
from gurux_dlms.GXDLMSChippering import GXDLMSChippering
from gurux_dlms.objects.enums import SecuritySuite

import quantity
from crypto import p256
from crypto.steps import finish
from dlms import agreement
from dlms.ber import write_length
from dlms.dropped import Dropped
from firmware.meter.dlms_decoder import DlmsDecoder
from keys import Keys
from tools.meters.agreed import OnePass, StaticUnified, point
from tools.meters.hdlc import one_frame

_ROOT = Path(__file__).parents[2]
_ALGORITHM = bytes.fromhex("60857405080300")

both_schemes = pytest.mark.parametrize("kind", [OnePass, StaticUnified])


def _pair() -> tuple:
    private = p256.generate_private()
    return private, finish(p256.public_steps(private))


def _take(decoder, keys: tuple):
    """Return the next telegram, after the agreement that it may wait for."""
    found = decoder.take()
    if found is None and decoder.wanted is not None:
        request = decoder.wanted
        try:
            secret, proven = finish(request.steps(*keys))
        except Dropped as loss:
            secret, proven = loss, False
        decoder.agreed(request, secret, proven)
        found = decoder.take()
    return found


def _values(telegram) -> dict:
    return {
        code: quantity.text(*value) if isinstance(value, tuple) else value
        for code, value, _ in telegram.items
    }


def _expected(telegram) -> dict:
    return {code: str(entry["value"]) for code, entry in telegram.expected.items()}


def test_the_key_derivation_is_that_of_cryptography():
    for _ in range(50):
        secret, originator, recipient = os.urandom(32), os.urandom(8), os.urandom(8)
        transaction = bytes((5,)) + os.urandom(5)
        info = _ALGORITHM + originator + transaction + recipient
        theirs = ConcatKDFHash(hashes.SHA256(), 16, info).derive(secret)
        assert agreement.derive(secret, originator, recipient, transaction) == theirs


@both_schemes
def test_what_a_meter_sends_is_opened(kind):
    private, public = _pair()
    meter = kind(counter=4711, rekey=2)
    meter.install(public)
    keys = (private, point(meter.agreement), point(meter.signing))
    decoder = DlmsDecoder(Keys(None, meter.auth_key))
    for _ in range(5):
        meter.house.advance(meter.house.time + 1)
        telegram = meter.telegram()
        for frame in telegram.frames:
            decoder.feed(frame)
        found = _take(decoder, keys)
        assert found is not None, decoder.dropped
        assert found.security == "authenticated"
        assert _values(found) == _expected(telegram)
    assert decoder.dropped == {}
    assert decoder.held == (3 if kind is OnePass else 1)


@both_schemes
def test_what_was_sent_to_somebody_else_is_not(kind):
    meter = kind(counter=4711)
    meter.install(_pair()[1])
    private, _ = _pair()
    decoder = DlmsDecoder(Keys(None, meter.auth_key))
    for frame in meter.telegram().frames:
        decoder.feed(frame)
    assert _take(decoder, (private, point(meter.agreement), point(meter.signing))) is None
    assert decoder.dropped == {"key-wrong": 1}


def test_one_pass_by_gurux():
    """Its curve, its signature, its authenticated data; the key from `cryptography`."""
    private, public = _pair()
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    coordinates = point(ephemeral)[1:]
    signing_public, signing = GXEcdsa.generateKeyPair(Ecc.P256)
    signature = GXEcdsa(signing).sign(coordinates)
    curve, shared = GXCurve(Ecc.P256), GXEccPoint(0, 0)
    theirs = GXEccPoint(int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big"))
    number = ephemeral.private_numbers().private_value
    _GXShamirs.pointMulti(curve, shared, theirs, number)
    title, recipient = b"GRX\0\0\0\0\x01", b"OBG\0\0\0\0\x02"
    key = ConcatKDFHash(hashes.SHA256(), 16, _ALGORITHM + title + recipient).derive(
        int(shared.x).to_bytes(32, "big")
    )
    auth_key = os.urandom(16)
    parameters = AesGcmParameter(0xDD, title, key, auth_key)
    parameters.security = Security.AUTHENTICATION_ENCRYPTION
    parameters.securitySuite = SecuritySuite.SUITE_1
    parameters.invocationCounter = 99
    parameters.recipientSystemTitle = recipient
    parameters.type_ = CountType.DATA | CountType.TAG
    # A structure of a code, its value and its unit, without a clock.
    plain = bytes.fromhex("0f0000000100 0203 09060100010800ff 06000030d9 02020f00161e")
    sealed = bytes(GXDLMSChippering.encryptAesGcm(parameters, plain))
    body = b"\x31" + (99).to_bytes(4, "big") + sealed
    head = b"\x08" + (99).to_bytes(8, "big") + b"\x08" + title + b"\x08" + recipient + b"\0\0"
    data = coordinates + signature
    apdu = b"\xdd" + head + b"\x01\x02\x01\x01" + write_length(len(data)) + data
    apdu += write_length(len(body)) + body
    decoder = DlmsDecoder(Keys(None, auth_key))
    decoder.feed(one_frame(apdu, b"\x41\x03")[0])
    found = _take(decoder, (private, b"", bytes(signing_public.rawValue)))
    assert found is not None, decoder.dropped
    assert found.security == "authenticated" and _values(found) == {"1-0:1.8.0": "12505"}


@both_schemes
@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_the_command(kind, runtime):
    private, public = _pair()
    meter = kind(counter=7)
    meter.install(public)
    sent = [meter.telegram() for _ in range(2)]
    command = [sys.executable, _ROOT / "tools/decode.py", "--runtime", runtime]

    def run(*options, data):
        return subprocess.run(
            [*command, *options], input=data, capture_output=True, timeout=60, check=False
        )

    octets = b"".join(frame for telegram in sent for frame in telegram.frames)
    keys = ["--auth-key", meter.auth_key.hex(), "--agreement-key", private.hex()]
    keys += ["--meter-agreement-key", point(meter.agreement).hex()]
    keys += ["--signing-key", point(meter.signing)[1:].hex()]
    done = run(*keys, data=octets)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    done = run("--auth-key", meter.auth_key.hex(), data=octets)
    assert done.returncode == 1 and done.stderr.startswith(b"decode: security: key-required (2)")
    case = {
        "id": 1,
        "frames_hex": [frame.hex() for telegram in sent for frame in telegram.frames],
        "auth_key_hex": meter.auth_key.hex(),
        "agreement_key_hex": private.hex(),
        "meter_agreement_key_hex": point(meter.agreement).hex(),
        "signing_key_hex": point(meter.signing).hex(),
    }
    other = {
        **case,
        "signing_key_hex": point(meter.agreement).hex(),
        "meter_agreement_key_hex": None,
    }
    lines = json.dumps(case) + "\n" + json.dumps(other) + "\n"
    done = run("--jsonl", data=lines.encode())
    first, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["dropped"] == {} and len(first["measurements"]) == 2
    cause = "key-wrong" if kind is OnePass else "key-required"
    assert second["measurements"] == [] and second["dropped"] == {cause: 2}
