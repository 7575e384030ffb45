"""Agreed keys of general-ciphering in suite 1 (IEC 62056-5-3; Green Book 9.2.3.4.6).

Diffie-Hellman on P-256 gives a shared secret, and the concatenation KDF with SHA-256 (NIST SP 800-56A,
5.8.1) from it and the names of both sides the key of an APDU. The secret is long arithmetic, done once
for each public key of the sender in steps that somebody else runs; the key of each APDU is one hash.
"""

import hashlib

from compat import const
from dlms.dropped import Dropped

# key-parameters: C(1e, 1s, ECC CDH), an ephemeral key of the sender comes with the APDU; C(0e, 2s, ECC
# CDH), both sides' keys are static.
_ONE_PASS = const(1)
_STATIC = const(2)

_POINT = const(64)  # a public key as it is sent: both coordinates
_SIGNED = const(128)  # the same and its ECDSA signature
_KEY = const(16)
_KEPT = const(2)
_AES_GCM_128 = b"\x60\x85\x74\x05\x08\x03\x00"


def derive(secret: bytes, originator: bytes, recipient: bytes, transaction: bytes = b"") -> bytes:
    """Return the key (16 octets) of an APDU.

    secret: 32 octets; originator, recipient: system titles; transaction: transaction-id with its
    length, for the static scheme only.
    """
    parts = b"\0\0\0\1" + secret + _AES_GCM_128 + originator + transaction + recipient
    return hashlib.sha256(parts).digest()[:_KEY]


class Request:
    """A shared secret that is wanted. data: key-ciphered-data, empty in the static scheme."""

    def __init__(self, data: bytes):
        self.data = data

    def steps(self, private: "bytes | None", agreement_key: bytes, signing_key: bytes):
        """Steps; returns (secret of 32 octets, whether it is proven who agreed).

        private: our key, 32 octets; agreement_key, signing_key: the meter's public keys, 65 octets, or
        empty where they are not known. Raises Dropped.
        """
        if private is None:
            raise Dropped("key-required", "no private key to agree with")
        from crypto import p256

        data = self.data
        try:
            if not data:
                if not agreement_key:
                    raise Dropped("key-required", "the meter's public key-agreement key")
                secret = yield from p256.shared_steps(private, agreement_key)
                return secret, True
            point = b"\x04" + data[:_POINT]
            p256.decode(point)
            if signing_key:
                yield from _verify_steps(point, data[_POINT:], signing_key)
            secret = yield from p256.shared_steps(private, point)
            return secret, bool(signing_key)
        except ValueError as error:
            raise Dropped("malformed", str(error))


def _verify_steps(point: bytes, signature: bytes, signing_key: bytes):
    """Steps; raises Dropped unless the meter signed the coordinates of its ephemeral key."""
    if not signature:
        raise Dropped("key-wrong", "the ephemeral key is not signed")
    from crypto import ecdsa

    digest = hashlib.sha256(point[1:]).digest()
    fits = yield from ecdsa.verify_steps(signing_key, digest, signature)
    if not fits:
        raise Dropped("key-wrong", "the ephemeral key's signature does not fit")


class Agreements:
    """The secrets that were agreed on, and the one APDU that waits for another.

    `wanted` is the Request it waits for, or None; `count` how many APDUs have waited. Secrets that
    opened something are kept; of all others only the latest is, so that nobody can push them out.
    """

    def __init__(self):
        self.wanted = None
        self.count = 0
        self._waiting = None
        self._kept = []  # (public key, secret, proven), the oldest first
        self._latest = None  # the same, or (key-ciphered-data, Dropped, False)

    def key(self, apdu, agreement: tuple, originator: bytes) -> tuple:
        """Return (key, whether it is proven who agreed) of an APDU.

        agreement: key-parameters, key-ciphered-data, transaction-id with its length,
        recipient-system-title. Raises Dropped; its cause is empty where the APDU waits.
        """
        parameters, data, transaction, recipient = agreement
        if len(parameters) != 1:
            raise Dropped("malformed", "key-parameters of %d octets" % len(parameters))
        scheme = parameters[0]
        if scheme == _STATIC:
            transaction = bytes(transaction)
        elif scheme == _ONE_PASS:
            transaction = b""
        else:
            raise Dropped("unsupported", "key agreement scheme %d" % scheme)
        if len(data) not in ((_POINT, _SIGNED) if scheme == _ONE_PASS else (0,)):
            raise Dropped("malformed", "key-ciphered-data of %d octets" % len(data))
        _, secret, proven = self._find(bytes(data)) or self._wait(apdu, bytes(data))
        if isinstance(secret, Dropped):
            raise secret
        return derive(secret, originator, bytes(recipient), transaction), proven

    def _find(self, data: bytes) -> "tuple | None":
        # A key that was signed needs no second signature; one that was refused may come better signed.
        for entry in self._kept:
            if entry[0] == data[:_POINT]:
                return entry
        latest = self._latest
        if latest is not None:
            refused = isinstance(latest[1], Dropped)
            if latest[0] == (data if refused else data[:_POINT]):
                return latest
        return None

    def _wait(self, apdu, data: bytes):
        """Raise Dropped; the APDU that comes next under the same secret takes this one's place."""
        if self.wanted is None:
            self.wanted = Request(data)
        elif self.wanted.data != data:
            raise Dropped("busy", "another key agreement is under way")
        replaced = self._waiting is not None
        self._waiting = bytearray(apdu)
        self.count += 1
        raise Dropped("busy" if replaced else "", "waits for a key agreement")

    def agreed(self, request: Request, secret, proven: bool) -> "memoryview | None":
        """Take what a Request's steps gave (the Dropped that they raised); return the APDU that waited.

        None where nothing waits for this request.
        """
        if self.wanted is None or request.data != self.wanted.data:
            return None
        self.wanted = None
        refused = isinstance(secret, Dropped)
        self._latest = (request.data if refused else request.data[:_POINT], secret, proven)
        apdu, self._waiting = self._waiting, None
        return memoryview(apdu)

    def opened(self, data):
        """Keep the secret of key-ciphered-data: an APDU opened with it."""
        if self._latest is not None and self._latest[0] == bytes(data[:_POINT]):
            self._kept.append(self._latest)
            self._latest = None
            if len(self._kept) > _KEPT:
                self._kept.pop(0)
