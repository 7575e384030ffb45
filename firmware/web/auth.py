"""Who may do what: tokens, the admin password, sessions, and where a request comes from.

Scopes: "public" (no credential), "setup" (the first set-up, then admin), "read", "admin".
"""

import hashlib
import os
from binascii import hexlify, unhexlify

from compat import const
from crypto import constant_time
from firmware.config import whole_file
from firmware.unload import unload
from firmware.web.sessions import COOKIE, Sessions
from firmware.web.throttle import Throttle

FILE = "access"
SCOPES = ("read", "admin")
_TOKENS = const(16)
_LONGEST_NAME = const(40)
_SHORTEST_TOKEN = const(16)
_SAFE = ("GET", "HEAD", "OPTIONS")

_HOST_REFUSED = (403, "access:host-refused")
_ORIGIN_REFUSED = (403, "access:origin-refused")
_CSRF_MISSING = (403, "access:csrf-missing")
_SCOPE_REFUSED = (403, "access:admin-required")
_CREDENTIAL_REQUIRED = (401, "access:credential-required")
_TOKEN_REFUSED = (401, "access:token-refused")
_SESSION_EXPIRED = (401, "access:session-expired")
_THROTTLED = (429, "access:throttled")
_PASSWORD_REFUSED = (401, "access:password-refused")
_NO_PASSWORD = (403, "access:set-up-first")


class Auth:
    """Access rights, kept under root. What is secret is stored as a hash only.

    `names()` returns the host names the adapter answers to besides IP addresses; `first_set_up(address)`
    tells whether an address may do the first set-up (a client of the adapter's own access point).
    """

    def __init__(self, root: str, log, clock_ms, names=None, first_set_up=None):
        """log: SecurityLog; clock_ms() returns milliseconds that rise."""
        self._path = root.rstrip("/") + "/" + FILE
        self._log = log
        self._clock = clock_ms
        self._names = names or (lambda: ())
        self._first_set_up = first_set_up or (lambda address: False)
        self._throttle = Throttle(clock_ms)
        self._deriving = False
        self.sessions = Sessions(clock_ms)
        try:
            self._stored = whole_file.load(self._path) or {}
        except ValueError:
            # Fails closed: nobody gets in, and the set-up has to be done again at the access point.
            self._stored = {}
            log.add("config-damaged")

    @property
    def password_set(self) -> bool:
        """Whether there is an admin password; without one only the first set-up answers."""
        return "password" in self._stored

    def check(self, request, scope: str) -> "tuple | None":
        """Return None if the request may use a route of that scope, else (HTTP status, error text).

        request: method, headers (a mapping that ignores case), client_addr.
        """
        source = address(request)
        host = request.headers.get("Host")
        if not self._own_host(host):
            self._log.add("host-refused", source)
            return _HOST_REFUSED
        origin = request.headers.get("Origin")
        if origin is not None and (host is None or _host_of(origin) != host.lower()):
            self._log.add("origin-refused", source)
            return _ORIGIN_REFUSED
        if request.headers.get("Sec-Fetch-Site") == "cross-site" and request.method not in _SAFE:
            self._log.add("origin-refused", source)
            return _ORIGIN_REFUSED
        if scope == "public":
            return None
        if scope == "setup" and not self.password_set:
            return None if self._first_set_up(source) else _NO_PASSWORD
        credential = request.headers.get("Authorization")
        if credential is not None:
            return self._check_token(credential, source, scope)
        return self._check_session(request, scope)

    def _own_host(self, host: "str | None") -> bool:
        """An address cannot be rebound; a name must be one of the adapter's (DNS rebinding).

        A browser always says which host it means; what does not is no browser.
        """
        if host is None:
            return True
        if not host:
            return False
        name = host.lower()
        if name[0] == "[":
            return "]" in name
        name = name.partition(":")[0]
        if name == "localhost" or all(c in "0123456789." for c in name):
            return True
        return name in self._names()

    def _check_token(self, credential: str, source: str, scope: str):
        kind, _, token = credential.strip().partition(" ")
        if kind.lower() not in ("bearer", "token"):
            return _CREDENTIAL_REQUIRED
        if self._throttle.wait_s(source):
            return _THROTTLED
        digest = hashlib.sha256(token.strip().encode()).digest()
        found = None
        for entry in self._stored.get("tokens", ()):
            if constant_time.equal(unhexlify(entry[3]), digest):
                found = entry
        if found is None:
            self._throttle.failed(source)
            self._log.add("token-refused", source)
            return _TOKEN_REFUSED
        if scope != "read" and found[2] != "admin":
            return _SCOPE_REFUSED
        return None

    def _check_session(self, request, scope: str):
        cookie = request.headers.get("Cookie")
        session = self.sessions.find(cookie)
        if session is None:
            return _SESSION_EXPIRED if cookie and COOKIE + "=" in cookie else _CREDENTIAL_REQUIRED
        if request.method not in _SAFE:
            given = request.headers.get("X-CSRF-Token") or ""
            if not constant_time.equal(session.csrf.encode(), given.encode()):
                return _CSRF_MISSING
        return None

    async def login(self, request, password: str) -> tuple:
        """Return (None, Session) for the right password, else ((HTTP status, error text), None)."""
        source = address(request)
        if not self.password_set:
            return _NO_PASSWORD, None
        if self._throttle.wait_s(source) or self._deriving:
            self._log.add("login-throttled", source)
            return _THROTTLED, None
        # Loaded for the rare login only: its tables take room.
        from firmware.web import password as passwords

        self._deriving = True
        try:
            right = len(password) <= passwords.LONGEST and await passwords.matches(
                password, self._stored["password"]
            )
        finally:
            self._deriving = False
            _unload_passwords()
        if not right:
            self._throttle.failed(source)
            self._log.add("login-failed", source)
            return _PASSWORD_REFUSED, None
        self._throttle.succeeded(source)
        self._log.add("login", source)
        return None, self.sessions.start()

    def retry_after_s(self, request) -> int:
        """Return the seconds the request's source has to wait before it may try again."""
        return max(1, self._throttle.wait_s(address(request)))

    def logout(self, request):
        """End the session the request belongs to."""
        session = self.sessions.find(request.headers.get("Cookie"))
        if session is not None:
            self.sessions.end(session)
            self._log.add("logout", address(request))

    async def set_password(self, password: str):
        """Set the admin password; every session ends.

        Raises ValueError("short"), ("long") or ("weak").
        """
        from firmware.web import password as passwords

        passwords.check_strength(password)
        protected = await passwords.protect(password, self._clock)
        _unload_passwords()
        self._store("password", protected)
        self.sessions.end_all()
        self._log.add("password-set")

    def add_token(self, name: str, scope: str, token: "str | None" = None) -> tuple:
        """Make a token; returns (id, token). The token is shown this once and stored hashed.

        A given token that there is already is left as it is.
        Raises ValueError("scope"), ("name"), ("token") (too short to be safe) or ("many").
        """
        if scope not in SCOPES:
            raise ValueError("scope")
        if not 1 <= len(name) <= _LONGEST_NAME or any(ord(c) < 32 for c in name):
            raise ValueError("name")
        tokens = list(self._stored.get("tokens", ()))
        if token is None:
            token = hexlify(os.urandom(16)).decode()
        elif len(token) < _SHORTEST_TOKEN:
            raise ValueError("token")
        digest = hexlify(hashlib.sha256(token.encode()).digest()).decode()
        for entry in tokens:
            if entry[3] == digest:
                return entry[0], token
        if len(tokens) >= _TOKENS:
            raise ValueError("many")
        identity = hexlify(os.urandom(4)).decode()
        tokens.append([identity, name, scope, digest])
        self._store("tokens", tokens)
        self._log.add("token-made")
        return identity, token

    def tokens(self) -> list:
        """Return the tokens as objects `{id, name, scope}`."""
        return [
            {"id": entry[0], "name": entry[1], "scope": entry[2]}
            for entry in self._stored.get("tokens", ())
        ]

    def revoke(self, identity: str) -> bool:
        """Remove the token of that id; returns whether there was one."""
        tokens = list(self._stored.get("tokens", ()))
        left = [entry for entry in tokens if entry[0] != identity]
        if len(left) == len(tokens):
            return False
        self._store("tokens", left)
        self._log.add("token-revoked")
        return True

    def _store(self, part: str, value):
        stored = dict(self._stored)
        stored[part] = value
        whole_file.save(self._path, stored)
        self._stored = stored


def _unload_passwords():
    for name in ("firmware.web.password", "crypto.pbkdf2"):
        unload(name)


def address(request) -> str:
    """Return the peer's address as text."""
    peer = request.client_addr
    if not peer:
        return ""
    if isinstance(peer, (bytes, bytearray)):
        # The unix port hands out the socket's own form: family, port, address.
        return "%d.%d.%d.%d" % tuple(peer[4:8])
    return str(peer[0])


def secure(request) -> bool:
    """Tell whether a request came over TLS."""
    return getattr(request.sock[1], "secure", False)


def _host_of(origin: str) -> str:
    """Return host and port of an Origin header; "" for `null` and whatever else is no origin."""
    scheme, _, host = origin.partition("://")
    return host.lower() if scheme in ("http", "https") else ""
