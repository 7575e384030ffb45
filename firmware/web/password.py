"""The admin password: what is strong enough, and how it is kept (PBKDF2-HMAC-SHA256)."""

import os
from binascii import hexlify, unhexlify

from compat import const
from crypto import constant_time, pbkdf2
from firmware import steps

SHORTEST = const(8)
LONGEST = const(128)
_DISTINCT = const(5)
_VERIFY_MS = const(500)
_SALT_OCTETS = const(16)
_SAMPLE = const(1024)

# Rows along which fingers and fantasy walk; a password that lies in one is no better than its length.
_WALKS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertzuiopüasdfghjklöäyxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
)
_COMMON = ("password", "passwort", "energie", "smartmeter", "obisgate", "geheim", "admin")


def check_strength(password: str):
    """Raise ValueError("short"), ("long") or ("weak") for a password that is too easily guessed."""
    if len(password) < SHORTEST:
        raise ValueError("short")
    if len(password.encode()) > LONGEST:
        raise ValueError("long")
    plain = password.lower()
    if len(set(plain)) < _DISTINCT:
        raise ValueError("weak")
    for word in _COMMON:
        # What is left beside a common word must be a password of its own.
        if word in plain and len(plain) - len(word) < SHORTEST - 2:
            raise ValueError("weak")
    for walk in _WALKS:
        for i in range(len(plain) - 5):
            part = plain[i : i + 6]
            backwards = "".join(reversed(part))
            if (part in walk or backwards in walk) and len(plain) < SHORTEST + 6:
                raise ValueError("weak")


async def work_factor(milliseconds: int, clock_ms) -> int:
    """Return how many iterations of PBKDF2 take about so long here, with all else that runs."""
    started = clock_ms()
    await steps.run(pbkdf2.derive_steps(b"calibration", bytes(_SALT_OCTETS), _SAMPLE))
    elapsed = max(1, clock_ms() - started)
    return max(pbkdf2.MINIMUM_ITERATIONS, _SAMPLE * milliseconds // elapsed)


async def protect(password: str, clock_ms) -> list:
    """Return `[salt, iterations, derived]`, texts in hex, with a work factor measured on this device."""
    salt = os.urandom(_SALT_OCTETS)
    iterations = await work_factor(_VERIFY_MS, clock_ms)
    derived = await steps.run(pbkdf2.derive_steps(password.encode(), salt, iterations))
    return [hexlify(salt).decode(), iterations, hexlify(derived).decode()]


async def matches(password: str, protected: list) -> bool:
    """Tell whether password is the one that was protected."""
    salt, iterations, derived = protected
    given = await steps.run(pbkdf2.derive_steps(password.encode(), unhexlify(salt), iterations))
    return constant_time.equal(unhexlify(derived), given)
