"""The one table of what the adapter answers over HTTP.

The look-up, the OpenAPI document and the tests of who may do what are all made from it.
"""

import sys
from collections import namedtuple

from firmware.unload import borrow, unload

UPLOAD_MAX = 4 * 1024 * 1024

# One text, because forty tuples of texts would take 15 KB. A row is a line:
#   METHOD scope limits module.function path [further paths with the same answer]
# scope: public, setup, read or admin: which credential is asked for
# limits: "-", or the longest time the handler may take ("20s") and "long" for a body read as a stream
# function: in firmware/web, called as function(server, request, *path arguments)
# path: as in OpenAPI, `{name}` is one segment
# What each answers, in words and as a schema, is in tools/api_documents.py: the adapter needs neither.
_TABLE = """\
GET read - api.measurement /api/v1/measurement /api/v1/measurement.json /api/data/measurement.json
GET read - api.obis_value /api/v1/obis/{code}
GET read - api.status /api/v1/status /api/v1/status.json /api/sma/status.json
GET read - static.document /api/v1/format
GET read - api.window /api/v1/window
GET read - stream.stream /api/v1/stream
GET read - metrics.metrics /metrics
GET public - access.session /api/v1/session
POST public 60s access.log_in /api/v1/session
DELETE read - access.log_out /api/v1/session
PUT setup 60s access.set_password /api/v1/password
GET admin - setup.config /api/v1/config
PUT admin long setup.set_config /api/v1/config
GET admin - setup.profiles /api/v1/profiles
GET admin - setup.network /api/v1/network
GET admin - setup.networks /api/v1/network/scan
POST admin - setup.confirm_network /api/v1/network/confirm
GET admin 60s setup.key /api/v1/key
PUT admin 60s setup.set_key /api/v1/key
DELETE admin - setup.forget_key /api/v1/key
POST admin 30s,long setup.test_mqtt /api/v1/mqtt/test
POST admin - setup.finish /api/v1/setup/finish
GET admin - access.tokens /api/v1/tokens
POST admin - access.make_token /api/v1/tokens
DELETE admin - access.revoke_token /api/v1/tokens/{identity}
GET admin - access.log /api/v1/log
POST admin 60s maintenance.make_backup /api/v1/backup
PUT admin 60s,long maintenance.restore_backup /api/v1/backup
POST admin - maintenance.factory_reset /api/v1/factory-reset
GET admin - update.state /api/v1/update
POST admin 900s,long update.receive /api/v1/update
POST admin - update.reboot /api/v1/reboot
GET public - static.setup /setup
GET public - static.document /openapi.json
GET public - static.document /asyncapi.json
GET public - static.security_txt /.well-known/security.txt /security.txt
GET public - static.page /
GET public - static.file /page/{name} /favicon.ico /manifest.webmanifest /service-worker.js
"""

# What consumers ask again and again stays loaded from its first use on; the rest is borrowed.
_RESIDENT = ("api", "metrics", "stream")

# What borrowed handlers bring along and nothing else keeps; none of these has a state of its own.
_BROUGHT_ALONG = (
    "firmware.config.schema",
    "firmware.config.key_exchange",
    "firmware.config.key_text",
    "firmware.meter.profiles",
    "crypto.fingerprint",
    "crypto.p256",
)

Route = namedtuple("Route", ("method", "scope", "seconds", "upload", "handler", "path", "aliases"))


def rows(word: str = "\n"):
    """Yield the rows that hold a word, by default all."""
    end = -1
    while True:
        at = _TABLE.find(word, end + 1)
        if at < 0:
            return
        start = _TABLE.rfind("\n", 0, at) + 1
        end = _TABLE.find("\n", at)
        yield _route(_TABLE[start:end])


def _candidates(path: str):
    """Yield the rows that may be meant by a path."""
    for word in (" %s\n" % path, " %s " % path, "{"):
        yield from rows(word)


def _route(text: str) -> Route:
    method, scope, limits_, handler, path, *aliases = text.split(" ")
    seconds = 0
    for limit in limits_.split(","):
        if limit[-1] == "s":
            seconds = int(limit[:-1])
    return Route(method, scope, seconds, "long" in limits_, handler, path, aliases)


class Problem(Exception):
    """An answer that is an error: `{"error": "area:cause", "detail": "…"}` with a status code."""

    def __init__(self, status: int, error: str, detail: str = "", headers: "dict | None" = None):
        self.status = status
        self.error = error
        self.detail = detail
        self.headers = headers or {}

    def body(self) -> dict:
        """Return the error object of FORMAT.md."""
        return {"error": self.error, "detail": self.detail}


def limits(target: str, seconds: int, body_max: int) -> tuple:
    """Return (seconds, octets of body) that a request `METHOD path` may take."""
    method, path = target.split(" ", 1)
    for row in _candidates(path):
        if row.method == method and row.path == path:
            return row.seconds or seconds, UPLOAD_MAX if row.upload else body_max
    return seconds, body_max


def find(method: str, path: str) -> tuple:
    """Return (row, arguments from the path); for OPTIONS (None, the methods that the path has).

    Raises Problem 404 for an unknown path and 405 for a method that it has not.
    """
    if method == "HEAD":
        method = "GET"
    allowed = []
    for row in _candidates(path):
        arguments = _arguments(row, path)
        if arguments is not None:
            if row.method == method:
                return row, arguments
            allowed.append(row.method)
    if not allowed:
        raise Problem(404, "http:not-found", "no such resource; see /openapi.json")
    if "GET" in allowed:
        allowed.append("HEAD")
    allowed.append("OPTIONS")
    if method == "OPTIONS":
        return None, allowed
    headers = {"Allow": ", ".join(allowed)}
    raise Problem(
        405, "http:method", "this resource has no such method; see /openapi.json", headers
    )


def _arguments(row: Route, path: str) -> "tuple | None":
    """Return what a path fills into a row's `{name}`, () where there is none, None for another path."""
    if "{" not in row.path:
        return () if path == row.path or path in row.aliases else None
    if path in row.aliases:
        return ()
    start = row.path.find("{")
    value = path[start:]
    if not path.startswith(row.path[:start]) or not value or "/" in value:
        return None
    return (value,)


def function(name: str):
    """Return a handler by its name in the table."""
    path = "firmware.web." + name
    module, _, attribute = path.rpartition(".")
    if name.partition(".")[0] not in _RESIDENT:
        return borrow(path)
    return getattr(__import__(module, None, None, (attribute,)), attribute)


def forget():
    """Forget what handlers brought along; where one is still at it, its frame holds what it needs."""
    for name in _BROUGHT_ALONG:
        if name in sys.modules:
            unload(name)


def authorise(context, request, row: Route):
    """Raise Problem unless the request comes from where it may and its credential reaches the row's scope."""
    refusal = context.auth.check(request, row.scope)
    if refusal is None:
        return
    status, error = refusal
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="obisgate"'
    elif status == 429:
        headers["Retry-After"] = str(context.auth.retry_after_s(request))
    raise Problem(status, error, borrow("firmware.web.refusals.detail")(error), headers)
