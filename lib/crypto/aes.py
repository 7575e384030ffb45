"""AES on both runtimes: `cryptolib` on MicroPython, `cryptography` on CPython."""

from compat import MICROPYTHON, const

_ECB = const(1)
_CBC = const(2)

if MICROPYTHON:
    from cryptolib import aes as _aes
else:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES as _AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC as _CbcMode
    from cryptography.hazmat.primitives.ciphers.modes import ECB as _EcbMode

    class _aes:  # type: ignore[no-redef]
        """`cryptolib.aes` by way of `cryptography`, as far as this module uses it."""

        def __init__(self, key, mode, iv=None):
            self._cipher = Cipher(_AES(bytes(key)), _EcbMode() if iv is None else _CbcMode(iv))
            self._step = None

        def encrypt(self, source, target):
            if self._step is None:
                self._step = self._cipher.encryptor()
            target[: len(source)] = self._step.update(source)

        def decrypt(self, source, target):
            if self._step is None:
                self._step = self._cipher.decryptor()
            target[: len(source)] = self._step.update(source)


def _checked(key, source, target):
    if len(key) not in (16, 32):
        raise ValueError("AES key of %d octets" % len(key))
    if len(source) % 16 or len(target) < len(source):
        raise ValueError("AES works on whole blocks of 16 octets")


class Ecb:
    """AES on single blocks (NIST SP 800-38A 6.1) under a key of 16 or 32 octets."""

    def __init__(self, key):
        _checked(key, b"", b"")
        self._key = bytes(key)
        self._encryptor = None
        self._decryptor = None

    def encrypt(self, source, target):
        """Encrypt whole blocks of source into target; both may be one buffer."""
        _checked(self._key, source, target)
        if self._encryptor is None:
            self._encryptor = _aes(self._key, _ECB)
        self._encryptor.encrypt(source, target)

    def decrypt(self, source, target):
        """Decrypt whole blocks of source into target; both may be one buffer."""
        _checked(self._key, source, target)
        if self._decryptor is None:
            # cryptolib's object works one way only.
            self._decryptor = _aes(self._key, _ECB)
        self._decryptor.decrypt(source, target)


def cbc_encrypt(key, iv, source, target):
    """Encrypt whole blocks in CBC mode (SP 800-38A 6.2): key 16 or 32 octets, iv 16 octets."""
    _checked(key, source, target)
    _aes(bytes(key), _CBC, bytes(iv)).encrypt(source, target)


def cbc_decrypt(key, iv, source, target):
    """Decrypt whole blocks in CBC mode (SP 800-38A 6.2): key 16 or 32 octets, iv 16 octets."""
    _checked(key, source, target)
    _aes(bytes(key), _CBC, bytes(iv)).decrypt(source, target)
