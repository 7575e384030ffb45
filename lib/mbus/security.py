"""Encryption and authentication of M-Bus telegrams (EN 13757-7, OMS Vol. 2, 9; EN 13757-4, 13.2).

Key and address arguments are bytes; addresses in the order of the data link: M M A A A A V T.
"""

from kernels import xor

from compat import const
from crypto.aes import Ecb, cbc_decrypt
from crypto.cmac import cmac

ENCRYPTION = const(0)
AUTHENTICATION = const(1)
_FILL = const(0x2F)
_BLOCK = const(16)


def opened(plain) -> bool:
    """Tell whether decrypted data starts with the two filler octets that every meter puts there."""
    return len(plain) >= 2 and plain[0] == _FILL and plain[1] == _FILL


def decrypt_mode_5(key, address, acc: int, data, target):
    """Decrypt whole blocks: AES-128-CBC, IV of address and eight times the access number."""
    iv = bytearray(_BLOCK)
    iv[:8] = address
    for at in range(8, _BLOCK):
        iv[at] = acc
    cbc_decrypt(key, iv, data, target)


def decrypt_mode_7(key, data, target):
    """Decrypt whole blocks: AES-128-CBC under an ephemeral key, IV zero."""
    cbc_decrypt(key, bytes(_BLOCK), data, target)


def derive(key, purpose: int, counter, identification) -> bytearray:
    """Return an ephemeral key (KDF-A): purpose ENCRYPTION or AUTHENTICATION, meter to partner.

    counter: the four octets of the message counter; identification: the four of the meter's number.
    """
    return cmac(key, bytes((purpose,)), counter, identification, b"\x07" * 7)


def mac(key, *parts) -> bytearray:
    """Return the untruncated AES-CMAC of the parts of a message."""
    return cmac(key, *parts)


def decrypt_link(key, counter, data):
    """Decrypt data in place: AES-128-CTR of the extended link layer; counter is its first block."""
    cipher = Ecb(key)
    counter = bytearray(counter)
    pad = bytearray(_BLOCK)
    view = memoryview(data)
    for at in range(0, len(data), _BLOCK):
        cipher.encrypt(counter, pad)
        size = min(_BLOCK, len(data) - at)
        xor(view[at : at + size], pad, size)
        counter[15] = counter[15] + 1 & 255
