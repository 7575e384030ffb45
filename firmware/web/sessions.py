"""Sessions of the page: few, in RAM only, ended by idleness and by age."""

import os
from binascii import hexlify

from compat import const
from crypto import constant_time
from firmware.web.auth import COOKIE

_SESSIONS = const(4)
_IDLE_MS = const(30 * 60 * 1000)
_AGE_MS = const(12 * 60 * 60 * 1000)


class Session:
    """One logged-in browser: `id` is in its cookie, `csrf` in the header of each change it makes."""

    def __init__(self, now: int):
        self.id = hexlify(os.urandom(16)).decode()
        self.csrf = hexlify(os.urandom(16)).decode()
        self.started = now
        self.used = now


class Sessions:
    """The sessions alive; at most four, the one idle longest makes room."""

    def __init__(self, clock_ms):
        """clock_ms() returns milliseconds that rise."""
        self._clock = clock_ms
        self._alive = []

    def start(self) -> Session:
        """Return a new session."""
        self._sweep()
        if len(self._alive) >= _SESSIONS:
            self._alive.remove(min(self._alive, key=lambda session: session.used))
        session = Session(self._clock())
        self._alive.append(session)
        return session

    def find(self, cookie: "str | None") -> "Session | None":
        """Return the session a Cookie header names, or None; it counts as used now."""
        given = _value(cookie)
        self._sweep()
        found = None
        if given is not None:
            for session in self._alive:
                if constant_time.equal(session.id.encode(), given.encode()):
                    found = session
        if found is not None:
            found.used = self._clock()
        return found

    def end(self, session: Session):
        """End one session."""
        if session in self._alive:
            self._alive.remove(session)

    def end_all(self):
        """End every session, as when the password changes."""
        self._alive.clear()

    def _sweep(self):
        now = self._clock()
        self._alive = [
            session
            for session in self._alive
            if now - session.used < _IDLE_MS and now - session.started < _AGE_MS
        ]


def cookie(session: "Session | None", secure: bool) -> str:
    """Return the Set-Cookie value that starts a session in the browser, or with None ends it."""
    value = "%s=%s; Path=/; HttpOnly; SameSite=Strict" % (COOKIE, session.id if session else "")
    if secure:
        value += "; Secure"
    return value if session else value + "; Max-Age=0"


def _value(header: "str | None") -> "str | None":
    for part in (header or "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return None
