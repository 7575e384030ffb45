"""Logging in, the admin password, tokens and the security log."""

import json

from microdot import Response

from compat import const
from firmware.web import sessions
from firmware.web.auth import address, secure
from firmware.web.routes import Problem

_LONGEST = const(16384)
_BRACKETS = const(64)


async def body(request) -> dict:
    """Return the JSON object a request carries. Raises Problem 400 for anything else.

    A long body is read here only, when the request was found to be allowed.
    """
    if request.content_length > _LONGEST:
        raise Problem(413, "http:too-large", "the body is too large")
    try:
        octets = request.body
        if request.content_length and not octets:
            octets = await request.stream.readexactly(request.content_length)
        # A bracket is one octet on the way in and dozens on the heap.
        if octets.count(b"[") + octets.count(b"{") > _BRACKETS:
            raise ValueError
        given = json.loads(octets)
    except (ValueError, EOFError, UnicodeError):
        given = None
    if not isinstance(given, dict):
        raise Problem(400, "http:malformed", "a JSON object is expected")
    return given


def text(given: dict, name: str) -> str:
    """Return a text of a request's object. Raises Problem 400 where it is missing."""
    value = given.get(name)
    if not isinstance(value, str):
        raise Problem(400, "http:malformed", "the text '%s' is expected" % name)
    return value


def session(server, request):
    """Answer what a page needs to know before anybody has logged in, and its token against CSRF."""
    context = server.context
    found = context.auth.session(request)
    return {
        "set_up": context.auth.password_set,
        "first_set_up": context.auth.check(request, "setup") is None
        and not context.auth.password_set,
        "logged_in": found is not None,
        "csrf": found.csrf if found else None,
        "language": context.config["device.language"],
    }


async def log_in(server, request):
    """Start a session with the admin password."""
    auth = server.context.auth
    refusal, found = await auth.login(request, text(await body(request), "password"))
    if refusal is not None:
        headers = {}
        if refusal[0] == 429:
            headers["Retry-After"] = str(auth.retry_after_s(request))
        raise Problem(refusal[0], refusal[1], "", headers)
    return _started(request, found)


def log_out(server, request):
    """End the session."""
    server.context.auth.logout(request)
    return Response({}, 200, {"Set-Cookie": sessions.cookie(None, secure(request))})


async def set_password(server, request):
    """Set the admin password: at the first set-up, or again by who knows the one in force."""
    auth = server.context.auth
    given = await body(request)
    new = text(given, "password")
    if auth.password_set:
        refusal, _ = await auth.login(request, text(given, "current"))
        if refusal is not None:
            raise Problem(refusal[0], refusal[1], "the current password is needed")
    try:
        await auth.set_password(new)
    except ValueError as cause:
        raise Problem(422, "password:" + str(cause), _PASSWORD[str(cause)])
    return _started(request, auth.sessions.start())


_PASSWORD = {
    "short": "at least 8 characters",
    "long": "at most 128 octets",
    "weak": "too easily guessed",
}


def _started(request, found) -> Response:
    return Response(
        {"csrf": found.csrf}, 200, {"Set-Cookie": sessions.cookie(found, secure(request))}
    )


def private(server, request) -> bool:
    """Tell whether nobody else can read along: over TLS, or at the adapter's own access point."""
    context = server.context
    return secure(request) or (context.portal_active and context.portal.guest(address(request)))


def tokens(server, request):
    """Answer the tokens, without what makes them tokens."""
    return server.context.auth.tokens()


async def make_token(server, request):
    """Make a token; it is shown this once."""
    given = await body(request)
    try:
        identity, token = server.context.auth.add_token(text(given, "name"), text(given, "scope"))
    except ValueError as cause:
        raise Problem(422, "token:" + str(cause), "see /openapi.json")
    return {"id": identity, "token": token}, 201


def revoke_token(server, request, identity: str):
    """Revoke a token."""
    if not server.context.auth.revoke(identity):
        raise Problem(404, "token:unknown", "there is no token of this id")
    return {}


def log(server, request):
    """Answer the security log, oldest event first."""
    return server.context.log.entries()
