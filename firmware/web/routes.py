"""The one table of what the adapter answers over HTTP.

The look-up, the OpenAPI document and the tests of who may do what are all made from it.
"""

from collections import namedtuple

UPLOAD_MAX = 4 * 1024 * 1024

# Who may ask: see auth.Auth.
PUBLIC = "public"
SETUP = "setup"
READ = "read"
ADMIN = "admin"

# method, path: as in OpenAPI, `{name}` is one segment; aliases: further paths with the same answer
# scope: PUBLIC, SETUP, READ or ADMIN: which credential is asked for
# handler: "module.function" in firmware/web, called as function(server, request, *path arguments)
# seconds: longest time the handler may take (0: the server's); upload: the body is read as a stream
# What each answers, in words and as a schema, is in tools/api_documents.py: the adapter needs neither.
Route = namedtuple("Route", ("method", "path", "scope", "handler", "aliases", "seconds", "upload"))


def _row(method, path, scope, handler, aliases=(), seconds=0, upload=False):
    return Route(method, path, scope, handler, aliases, seconds, upload)


TABLE = (
    _row("GET", "/api/v1/measurement", READ, "api.measurement", ("/api/v1/measurement.json", "/api/data/measurement.json")),
    _row("GET", "/api/v1/obis/{code}", READ, "api.obis_value"),
    _row("GET", "/api/v1/status", READ, "api.status", ("/api/v1/status.json", "/api/sma/status.json")),
    _row("GET", "/api/v1/format", READ, "static.document"),
    _row("GET", "/api/v1/window", READ, "api.window"),
    _row("GET", "/api/v1/stream", READ, "stream.stream"),
    _row("GET", "/metrics", READ, "metrics.metrics"),
    _row("GET", "/api/v1/session", PUBLIC, "access.session"),
    _row("POST", "/api/v1/session", PUBLIC, "access.log_in"),
    _row("DELETE", "/api/v1/session", READ, "access.log_out"),
    _row("PUT", "/api/v1/password", SETUP, "access.set_password"),
    _row("GET", "/api/v1/config", ADMIN, "setup.config"),
    _row("PUT", "/api/v1/config", ADMIN, "setup.set_config", (), 0, True),
    _row("GET", "/api/v1/profiles", ADMIN, "setup.profiles"),
    _row("GET", "/api/v1/network", ADMIN, "setup.network"),
    _row("GET", "/api/v1/network/scan", ADMIN, "setup.networks"),
    _row("POST", "/api/v1/network/confirm", ADMIN, "setup.confirm_network"),
    _row("GET", "/api/v1/key", ADMIN, "setup.key"),
    _row("PUT", "/api/v1/key", ADMIN, "setup.set_key", (), 20),
    _row("DELETE", "/api/v1/key", ADMIN, "setup.forget_key"),
    _row("POST", "/api/v1/mqtt/test", ADMIN, "setup.test_mqtt", (), 30, True),
    _row("POST", "/api/v1/setup/finish", ADMIN, "setup.finish"),
    _row("GET", "/api/v1/tokens", ADMIN, "access.tokens"),
    _row("POST", "/api/v1/tokens", ADMIN, "access.make_token"),
    _row("DELETE", "/api/v1/tokens/{identity}", ADMIN, "access.revoke_token"),
    _row("GET", "/api/v1/log", ADMIN, "access.log"),
    _row("POST", "/api/v1/backup", ADMIN, "maintenance.make_backup", (), 60),
    _row("PUT", "/api/v1/backup", ADMIN, "maintenance.restore_backup", (), 60, True),
    _row("POST", "/api/v1/factory-reset", ADMIN, "maintenance.factory_reset"),
    _row("GET", "/setup", PUBLIC, "static.setup"),
    _row("GET", "/openapi.json", PUBLIC, "static.document"),
    _row("GET", "/asyncapi.json", PUBLIC, "static.document"),
    _row("GET", "/.well-known/security.txt", PUBLIC, "static.security_txt", ("/security.txt",)),
    _row("GET", "/", PUBLIC, "static.page"),
    _row("GET", "/page/{name}", PUBLIC, "static.file", ("/favicon.ico", "/manifest.webmanifest", "/service-worker.js")),
)  # fmt: skip


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
    for row in TABLE:
        if row.method == method and path == row.path:
            return row.seconds or seconds, UPLOAD_MAX if row.upload else body_max
    return seconds, body_max


def find(method: str, path: str) -> tuple:
    """Return (row, arguments from the path); for OPTIONS (None, the methods that the path has).

    Raises Problem 404 for an unknown path and 405 for a method that it has not.
    """
    if method == "HEAD":
        method = "GET"
    allowed = []
    for row in TABLE:
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
    raise Problem(405, "http:method", "this resource has no such method; see /openapi.json", headers)


def _arguments(row: Route, path: str) -> "tuple | None":
    """Return what a path fills into a row's `{name}`, () where there is none, None for another path."""
    if path == row.path or path in row.aliases:
        return () if "{" not in path else None
    start = row.path.find("{")
    if start < 0 or not path.startswith(row.path[:start]):
        return None
    value = path[start:]
    return (value,) if value and "/" not in value else None


def function(name: str):
    """Return a handler by its name in the table; its module is loaded at the first use."""
    module, _, attribute = name.partition(".")
    loaded = __import__("firmware.web." + module, None, None, (attribute,))
    return getattr(loaded, attribute)


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
    raise Problem(status, error, _REFUSALS.get(error, ""), headers)


_REFUSALS = {
    "access:credential-required": "send Authorization: Bearer TOKEN, or log in on the page",
    "access:token-refused": "this token is not known to the adapter",
    "access:admin-required": "this needs a token of scope admin, or the page's login",
    "access:session-expired": "log in again",
    "access:throttled": "too many failed attempts; wait",
    "access:set-up-first": "the adapter is not set up; join its own access point",
    "access:host-refused": "the adapter is not called by this name; see the setting web.hosts",
    "access:origin-refused": "the request comes from another site",
    "access:csrf-missing": "the page's own header is missing",
}
