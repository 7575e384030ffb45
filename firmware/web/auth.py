"""Who may do what: tokens, the admin password, sessions, and where a request comes from.

Scopes: "public" (no credential), "setup" (the first set-up, then admin), "read", "admin".
"""

import hashlib
from binascii import unhexlify

from crypto import constant_time
from firmware.config import whole_file
from firmware.unload import borrow

FILE = "access"
COOKIE = "obisgate"
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
        self.log = log
        self.clock_ms = clock_ms
        self._names = names or (lambda: ())
        self._first_set_up = first_set_up or (lambda address: False)
        self._throttle = None
        self._sessions = None
        self._deriving = False
        try:
            self.stored = whole_file.load(self._path) or {}
        except ValueError:
            # Fails closed: nobody gets in, and the set-up has to be done again at the access point.
            self.stored = {}
            log.add("config-damaged")

    @property
    def password_set(self) -> bool:
        """Whether there is an admin password; without one only the first set-up answers."""
        return "password" in self.stored

    def check(self, request, scope: str) -> "tuple | None":
        """Return None if the request may use a route of that scope, else (HTTP status, error text).

        request: method, headers (a mapping that ignores case), client_addr.
        """
        source = address(request)
        host = request.headers.get("Host")
        if not self._own_host(host):
            self.log.add("host-refused", source)
            return _HOST_REFUSED
        origin = request.headers.get("Origin")
        if origin is not None and (host is None or _host_of(origin) != host.lower()):
            self.log.add("origin-refused", source)
            return _ORIGIN_REFUSED
        if request.headers.get("Sec-Fetch-Site") == "cross-site" and request.method not in _SAFE:
            self.log.add("origin-refused", source)
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
        if self.wait_s(source):
            return _THROTTLED
        digest = hashlib.sha256(token.strip().encode()).digest()
        found = None
        for entry in self.stored.get("tokens", ()):
            if constant_time.equal(unhexlify(entry[3]), digest):
                found = entry
        if found is None:
            self.throttle.failed(source)
            self.log.add("token-refused", source)
            return _TOKEN_REFUSED
        if scope != "read" and found[2] != "admin":
            return _SCOPE_REFUSED
        return None

    def _check_session(self, request, scope: str):
        session = self.session(request)
        if session is None:
            cookie = request.headers.get("Cookie")
            return _SESSION_EXPIRED if cookie and COOKIE + "=" in cookie else _CREDENTIAL_REQUIRED
        if request.method not in _SAFE:
            given = request.headers.get("X-CSRF-Token") or ""
            if not constant_time.equal(session.csrf.encode(), given.encode()):
                return _CSRF_MISSING
        return None

    def session(self, request):
        """Return the sessions.Session a request belongs to, or None; it counts as used now."""
        cookie = request.headers.get("Cookie")
        return None if self._sessions is None else self._sessions.find(cookie)

    @property
    def sessions(self):
        """The sessions of those who have logged in; what keeps them is loaded for the first."""
        if self._sessions is None:
            from firmware.web.sessions import Sessions

            self._sessions = Sessions(self.clock_ms)
        return self._sessions

    @property
    def throttle(self):
        """What slows guessing down; it is loaded for the first try that fails."""
        if self._throttle is None:
            from firmware.web.throttle import Throttle

            self._throttle = Throttle(self.clock_ms)
        return self._throttle

    def wait_s(self, source: str) -> int:
        """Return the seconds a source has to wait before it may try again, 0 if it may now."""
        return 0 if self._throttle is None else self._throttle.wait_s(source)

    def retry_after_s(self, request) -> int:
        """Return the seconds the request's source has to wait before it may try again, at least 1."""
        return max(1, self.wait_s(address(request)))

    async def login(self, request, password: str) -> tuple:
        """Return (None, Session) for the right password, else ((HTTP status, error text), None)."""
        source = address(request)
        if not self.password_set:
            return _NO_PASSWORD, None
        if self.wait_s(source) or self._deriving:
            self.log.add("login-throttled", source)
            return _THROTTLED, None
        self._deriving = True
        try:
            right = await _credentials("matches")(self, password)
        finally:
            self._deriving = False
        if not right:
            self.throttle.failed(source)
            self.log.add("login-failed", source)
            return _PASSWORD_REFUSED, None
        self.throttle.succeeded(source)
        self.log.add("login", source)
        return None, self.sessions.start()

    def logout(self, request):
        """End the session the request belongs to."""
        session = self.session(request)
        if session is not None:
            self.sessions.end(session)
            self.log.add("logout", address(request))

    def end_sessions(self):
        """End every session, as when the password changes."""
        if self._sessions is not None:
            self._sessions.end_all()

    async def set_password(self, password: str):
        """Set the admin password; every session ends.

        Raises ValueError("short"), ("long") or ("weak").
        """
        await _credentials("set_password")(self, password)

    def add_token(self, name: str, scope: str, token: "str | None" = None) -> tuple:
        """Make a token; returns (id, token). The token is shown this once and stored hashed.

        A given token that there is already is left as it is.
        Raises ValueError("scope"), ("name"), ("token") (too short to be safe) or ("many").
        """
        return _credentials("add_token")(self, name, scope, token)

    def tokens(self) -> list:
        """Return the tokens as objects `{id, name, scope}`."""
        return _credentials("tokens")(self)

    def revoke(self, identity: str) -> bool:
        """Remove the token of that id; returns whether there was one."""
        return _credentials("revoke")(self, identity)

    def store(self, part: str, value):
        """Replace one part of what is kept on flash."""
        stored = dict(self.stored)
        stored[part] = value
        whole_file.save(self._path, stored)
        self.stored = stored


def _credentials(name: str):
    """Borrow a function of the rare part, with the arithmetic of passwords."""
    return borrow(
        "firmware.web.credentials." + name,
        "firmware.web.password",
        "crypto.pbkdf2",
        "crypto.hmac",
    )


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
