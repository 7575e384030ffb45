"""A meter whose telegrams are general-ciphering under agreed keys, by the `cryptography` package.

It is silent until somebody installs the adapter's public key in it, as an operator would.
"""

import asyncio

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from tools.meters.axdr import length
from tools.meters.landisgyr import Steiermark

_CURVE = ec.SECP256R1()
_AES_GCM_128 = bytes.fromhex("60857405080300")
_RECIPIENT = b"OBG\x00\x00\x00\x00\x01"


def point(key) -> bytes:
    """Return a public key, or that of a private one, as 65 octets."""
    key = getattr(key, "public_key", lambda: key)()
    form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return key.public_bytes(*form)


class OnePass(Steiermark):
    """Landis+Gyr E450 with One-Pass Diffie-Hellman, C(1e, 1s): signed ephemeral keys of its own."""

    NAME = "agreed-e450"
    PROFILE = ""  # no operator of the table does this
    CONTROL = 0x31
    SCHEME = 1

    def __init__(self, rekey: int = 1000, **more):
        """rekey: telegrams after which it takes a new ephemeral key."""
        super().__init__(**more)
        self.signing = ec.generate_private_key(_CURVE)
        self.agreement = ec.generate_private_key(_CURVE)
        self._rekey = rekey
        self._sent = 0
        self._recipient = None
        self._ephemeral = None
        self.installed = asyncio.Event()

    @property
    def owner_settings(self) -> dict:
        """What the operator tells the owner to set."""
        return {"meter.signing_key": point(self.signing).hex()}

    def install(self, public: bytes):
        """Take the recipient's public key, 65 octets; from then on there are telegrams."""
        self._recipient = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public)
        self.installed.set()

    async def run(self, line):
        await self.installed.wait()
        await super().run(line)

    def transaction(self) -> bytes:
        """Return the transaction-id of the next telegram with its length."""
        return b"\x08" + self.counter.to_bytes(8, "big")

    def key_data(self) -> tuple:
        """Return (private key to agree with, key-ciphered-data, what the KDF takes of the transaction)."""
        if self._sent % self._rekey == 0:
            self._ephemeral = ec.generate_private_key(_CURVE)
        self._sent += 1
        coordinates = point(self._ephemeral)[1:]
        signed = self.signing.sign(coordinates, ec.ECDSA(hashes.SHA256()))
        signature = b"".join(n.to_bytes(32, "big") for n in decode_dss_signature(signed))
        return self._ephemeral, coordinates + signature, b""

    def cipher(self, plain: bytes) -> bytes:
        private, data, transaction = self.key_data()
        info = _AES_GCM_128 + self.TITLE + transaction + _RECIPIENT
        secret = private.exchange(ec.ECDH(), self._recipient)
        key = ConcatKDFHash(hashes.SHA256(), 16, info).derive(secret)
        context = self.transaction()
        for title in (self.TITLE, _RECIPIENT):
            context += bytes((len(title),)) + title
        context += b"\0\0"  # neither date-time nor other-information
        control = bytes((self.CONTROL,))
        header = control + self.counter.to_bytes(4, "big")
        sealed = AESGCM(key).encrypt(
            self.TITLE + header[1:], plain, control + self.auth_key + context
        )
        body = header + sealed[:-4]
        agreed = b"\x01\x02\x01" + bytes((self.SCHEME,)) + length(len(data)) + data
        return b"\xdd" + context + agreed + length(len(body)) + body


class StaticUnified(OnePass):
    """The same with the Static Unified Model, C(0e, 2s): a key for each transaction."""

    NAME = "agreed-static-e450"
    SCHEME = 2

    @property
    def owner_settings(self) -> dict:
        return {"meter.agreement_key": point(self.agreement).hex()}

    def key_data(self) -> tuple:
        return self.agreement, b"", self.transaction()
