"""The rare part of auth.py: the admin password, and making and revoking tokens."""

import hashlib
import os
from binascii import hexlify

from compat import const
from firmware.web import password as passwords

SCOPES = ("read", "admin")
_TOKENS = const(16)
_LONGEST_NAME = const(40)
_SHORTEST_TOKEN = const(16)


async def matches(auth, password: str) -> bool:
    """Tell whether this is the admin password."""
    if len(password) > passwords.LONGEST:
        return False
    return await passwords.matches(password, auth.stored["password"])


async def set_password(auth, password: str):
    """Set the admin password; every session ends. Raises ValueError, see auth.Auth."""
    passwords.check_strength(password)
    auth.store("password", await passwords.protect(password, auth.clock_ms))
    auth.end_sessions()
    auth.log.add("password-set")


def add_token(auth, name: str, scope: str, token: "str | None") -> tuple:
    """Make a token; return (id, token). Raises ValueError, see auth.Auth."""
    if scope not in SCOPES:
        raise ValueError("scope")
    if not 1 <= len(name) <= _LONGEST_NAME or any(ord(c) < 32 for c in name):
        raise ValueError("name")
    kept = list(auth.stored.get("tokens", ()))
    if token is None:
        token = hexlify(os.urandom(16)).decode()
    elif len(token) < _SHORTEST_TOKEN:
        raise ValueError("token")
    digest = hexlify(hashlib.sha256(token.encode()).digest()).decode()
    for entry in kept:
        if entry[3] == digest:
            return entry[0], token
    if len(kept) >= _TOKENS:
        raise ValueError("many")
    identity = hexlify(os.urandom(4)).decode()
    kept.append([identity, name, scope, digest])
    auth.store("tokens", kept)
    auth.log.add("token-made")
    return identity, token


def tokens(auth) -> list:
    """Return the tokens as objects `{id, name, scope}`."""
    return [
        {"id": entry[0], "name": entry[1], "scope": entry[2]}
        for entry in auth.stored.get("tokens", ())
    ]


def revoke(auth, identity: str) -> bool:
    """Remove the token of that id; return whether there was one."""
    kept = list(auth.stored.get("tokens", ()))
    left = [entry for entry in kept if entry[0] != identity]
    if len(left) == len(kept):
        return False
    auth.store("tokens", left)
    auth.log.add("token-revoked")
    return True
