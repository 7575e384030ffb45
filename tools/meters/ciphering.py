"""General-glo-ciphering (DLMS suite 0 and 1) as a meter applies it, by the `cryptography` package."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tools.meters.axdr import length

AUTHENTICATED, ENCRYPTED = 0x10, 0x20


def general_glo(
    plain: bytes,
    title: bytes,
    counter: int,
    key: bytes,
    auth_key: "bytes | None" = None,
    control: int = ENCRYPTED,
) -> bytes:
    """Return the general-glo-ciphering APDU of a plain APDU.

    title: system title, 8 octets; counter: invocation counter; control: security control octet,
    whose bit 4 asks for the tag of 12 octets under the authentication key.
    """
    header = bytes((control,)) + counter.to_bytes(4, "big")
    nonce = title + header[1:]
    if control & AUTHENTICATED:
        sealed = AESGCM(key).encrypt(nonce, plain, bytes((control,)) + auth_key)[:-4]
    else:
        sealed = AESGCM(key).encrypt(nonce, plain, b"")[:-16]
    body = header + sealed
    return b"\xdb" + length(len(title)) + title + length(len(body)) + body
