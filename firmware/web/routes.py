"""The one table of what the adapter answers over HTTP.

microdot's routes, the OpenAPI document and the tests of who may do what are all made from it.
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
# handler: "module.function" in firmware/web, called as function(server, request, **path arguments)
# answer: name of the answer's schema in openapi.SCHEMAS, or a media type; body: schema of the request
# seconds: longest time the handler may take (0: the server's); upload: the body is read as a stream
Route = namedtuple(
    "Route",
    (
        "method",
        "path",
        "aliases",
        "scope",
        "handler",
        "de",
        "en",
        "answer",
        "body",
        "seconds",
        "upload",
    ),
)


def _get(path, scope, handler, de, en, answer, aliases=()):
    return Route("GET", path, aliases, scope, handler, de, en, answer, None, 0, False)


def _change(method, path, scope, handler, de, en, answer, body=None, seconds=0, upload=False):
    return Route(method, path, (), scope, handler, de, en, answer, body, seconds, upload)


TABLE = [
    _get("/api/v1/measurement", READ, "api.measurement", "Die aktuellen Messwerte",
         "The latest measurement", "Measurement",
         ("/api/v1/measurement.json", "/api/data/measurement.json")),
    _get("/api/v1/obis/{code}", READ, "api.obis_value", "Ein Wert als Text",
         "One value as plain text", "text/plain"),
    _get("/api/v1/status", READ, "api.status", "Zustand von Zähler und Adapter",
         "State of meter and adapter", "Status", ("/api/v1/status.json", "/api/sma/status.json")),
    _get("/api/v1/format", READ, "api.format_table", "Tabelle der OBIS-Codes mit Einheiten",
         "Table of the OBIS codes with units", "Format"),
    _get("/api/v1/window", READ, "api.window", "Wirkleistung der letzten 60 Sekunden",
         "Active power of the last 60 seconds", "Window"),
    _get("/api/v1/stream", READ, "stream.stream", "Ereignisse, sobald sie eintreten",
         "Events as they happen", "text/event-stream"),
    _get("/metrics", READ, "metrics.metrics", "Messwerte und Zähler für Prometheus",
         "Values and counters for Prometheus", "text/plain"),
    _get("/api/v1/session", PUBLIC, "access.session", "Stand der Anmeldung",
         "State of the login", "Session"),
    _change("POST", "/api/v1/session", PUBLIC, "access.log_in", "Anmelden", "Log in", "Started", "Login"),
    _change("DELETE", "/api/v1/session", READ, "access.log_out", "Abmelden", "Log out", "Nothing"),
    _change("PUT", "/api/v1/password", SETUP, "access.set_password", "Administratorpasswort setzen",
            "Set the admin password", "Started", "Password"),
    _get("/api/v1/config", ADMIN, "setup.config", "Einstellungen", "Settings", "Config"),
    _change("PUT", "/api/v1/config", ADMIN, "setup.set_config", "Einstellungen ändern",
            "Change settings", "Changed", "Config", 0, True),
    _get("/api/v1/profiles", ADMIN, "setup.profiles", "Netzbetreiber und Zähler",
         "Operators and meters", "Profiles"),
    _get("/api/v1/network", ADMIN, "setup.network", "Stand der WLAN-Verbindung",
         "State of the Wi-Fi connection", "Network"),
    _get("/api/v1/network/scan", ADMIN, "setup.networks", "WLANs in Reichweite",
         "Wi-Fi networks in reach", "Networks"),
    _change("POST", "/api/v1/network/confirm", ADMIN, "setup.confirm_network",
            "Erprobte Netzeinstellungen behalten", "Keep the network settings on trial", "Nothing"),
    _get("/api/v1/key", ADMIN, "setup.key", "Stand des Zählerschlüssels", "State of the meter key",
         "KeyState"),
    _change("PUT", "/api/v1/key", ADMIN, "setup.set_key", "Zählerschlüssel setzen und prüfen",
            "Set the meter key and test it", "KeyResult", "Key", 20),
    _change("DELETE", "/api/v1/key", ADMIN, "setup.forget_key", "Zählerschlüssel vergessen",
            "Forget the meter key", "Nothing"),
    _change("POST", "/api/v1/mqtt/test", ADMIN, "setup.test_mqtt", "Verbindung zum Broker versuchen",
            "Try the connection to the broker", "MqttResult", "Config", 30, True),
    _change("POST", "/api/v1/setup/finish", ADMIN, "setup.finish", "Einrichtung abschließen",
            "Finish the set-up", "Places"),
    _get("/api/v1/tokens", ADMIN, "access.tokens", "Zugriffstokens", "API tokens", "Tokens"),
    _change("POST", "/api/v1/tokens", ADMIN, "access.make_token", "Token anlegen", "Make a token",
            "Token", "TokenRequest"),
    _change("DELETE", "/api/v1/tokens/{identity}", ADMIN, "access.revoke_token", "Token widerrufen",
            "Revoke a token", "Nothing"),
    _get("/api/v1/log", ADMIN, "access.log", "Sicherheitsprotokoll", "Security log", "Log"),
    _change("POST", "/api/v1/backup", ADMIN, "maintenance.make_backup", "Sicherung anlegen",
            "Make a backup", "Backup", "Passphrase", 60),
    _change("PUT", "/api/v1/backup", ADMIN, "maintenance.restore_backup", "Sicherung einspielen",
            "Restore a backup", "Nothing", "Restore", 60, True),
    _change("POST", "/api/v1/factory-reset", ADMIN, "maintenance.factory_reset",
            "Auf Werkseinstellungen zurücksetzen", "Reset to the factory's state", "Nothing",
            "Confirmation"),
    _get("/setup", PUBLIC, "static.setup", "Die Einrichtungsseite", "The set-up page", "text/html"),
    _get("/openapi.json", PUBLIC, "openapi.openapi", "Diese Beschreibung", "This description", "Document"),
    _get("/asyncapi.json", PUBLIC, "openapi.asyncapi", "Beschreibung der MQTT-Topics",
         "Description of the MQTT topics", "Document"),
    _get("/.well-known/security.txt", PUBLIC, "static.security_txt", "Meldestelle für Schwachstellen",
         "Where to report vulnerabilities", "text/plain", ("/security.txt",)),
    _get("/", PUBLIC, "static.page", "Die Seite", "The page", "text/html"),
    _get("/page/{name}", PUBLIC, "static.file", "Dateien der Seite", "The page's files", "*/*",
         ("/favicon.ico", "/manifest.webmanifest", "/service-worker.js")),
]  # fmt: skip


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
