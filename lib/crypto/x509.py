"""A self-signed X.509 server certificate for a P-256 key (RFC 5280, RFC 5480), and the key's form.

It is an end-entity certificate (no CA): whoever trusts it trusts this one device and nothing it
could issue.
"""

from hashlib import sha256

from crypto import der, ecdsa

NO_EXPIRY = (9999, 12, 31, 23, 59, 59)  # RFC 5280, clause 4.1.2.5: no well-defined end

_ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
_PRIME256V1 = "1.2.840.10045.3.1.7"
_COMMON_NAME = "2.5.4.3"
_SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
_KEY_USAGE = "2.5.29.15"
_SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
_BASIC_CONSTRAINTS = "2.5.29.19"
_EXTENDED_KEY_USAGE = "2.5.29.37"
_SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"

_NAME_LIMIT = 64  # ub-common-name
_NAMES_LIMIT = 8


def private_key(private: bytes, public: bytes) -> bytes:
    """The key pair as ECPrivateKey in DER (RFC 5915), the form mbedTLS loads."""
    return der.sequence(
        der.integer(1),
        der.octet_string(private),
        der.explicit(0, der.identifier(_PRIME256V1)),
        der.explicit(1, der.bit_string(public)),
    )


def public_key(public: bytes) -> bytes:
    """SubjectPublicKeyInfo in DER of an uncompressed point (RFC 5480)."""
    algorithm = der.sequence(der.identifier(_EC_PUBLIC_KEY), der.identifier(_PRIME256V1))
    return der.sequence(algorithm, der.bit_string(public))


def _extension(identifier: str, critical: bool, content: bytes) -> bytes:
    return der.sequence(
        der.identifier(identifier), der.true() if critical else b"", der.octet_string(content)
    )


def _extensions(public: bytes, names, addresses) -> bytes:
    alternatives = [der.element(0x82, name.encode()) for name in names]
    alternatives += [der.element(0x87, address) for address in addresses]
    return der.sequence(
        _extension(_BASIC_CONSTRAINTS, True, der.sequence()),
        _extension(_KEY_USAGE, True, der.bit_string(b"\x80", 7)),  # digitalSignature
        _extension(
            _EXTENDED_KEY_USAGE, False, der.sequence(der.identifier(_SERVER_AUTHENTICATION))
        ),
        _extension(_SUBJECT_ALTERNATIVE_NAME, False, der.sequence(*alternatives)),
        # Method 1 of RFC 7093: the leftmost 160 bits of the key's SHA-256.
        _extension(_SUBJECT_KEY_IDENTIFIER, False, der.octet_string(sha256(public).digest()[:20])),
    )


def self_signed_steps(private, public, serial, names, addresses, not_before, not_after=NO_EXPIRY):
    """Steps; returns a certificate in DER, signed by ECDSA with SHA-256.

    `private` 32 octets, `public` 65 octets, `serial` 16 random octets, `names` host names in
    ASCII (the first is the common name too), `addresses` IPv4 addresses of 4 octets, `not_before`
    and `not_after` UTC tuples of six. ValueError on a name or a number of them beyond the limits, and
    where the signature does not verify under `public`.
    """
    if not 0 < len(names) + len(addresses) <= _NAMES_LIMIT or not names:
        raise ValueError("certificate names")
    for name in names:
        if not 0 < len(name) <= _NAME_LIMIT or not all(33 <= ord(sign) < 127 for sign in name):
            raise ValueError("certificate name")
    if len(serial) != 16:
        raise ValueError("certificate serial")
    algorithm = der.sequence(der.identifier(_ECDSA_WITH_SHA256))
    common_name = der.sequence(der.identifier(_COMMON_NAME), der.utf8(names[0]))
    subject = der.sequence(der.one_of_set(common_name))
    body = der.sequence(
        der.explicit(0, der.integer(2)),  # version 3
        der.integer(1 + int.from_bytes(serial, "big")),
        algorithm,
        subject,
        der.sequence(der.time(not_before), der.time(not_after)),
        subject,
        public_key(public),
        der.explicit(3, _extensions(public, names, addresses)),
    )
    digest = sha256(body).digest()
    signature = yield from ecdsa.sign_steps(private, digest)
    good = yield from ecdsa.verify_steps(public, digest, signature)
    if not good:
        # A computing fault in a deterministic signature can give the private key away.
        raise ValueError("certificate key")
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    encoded = der.sequence(der.integer(r), der.integer(s))
    return der.sequence(body, algorithm, der.bit_string(encoded))
