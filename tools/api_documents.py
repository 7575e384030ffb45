"""The API descriptions: OpenAPI 3.1 made from the server's routes, AsyncAPI 3.0 of the MQTT topics.

python -m tools.api_documents openapi|asyncapi
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

import obis_names  # noqa: E402 - sys.path is set above

from firmware.config import help, schema  # noqa: E402
from firmware.web import routes  # noqa: E402

# handler (of static.document: path) -> German, English, name of the answer's schema or its media type,
# name of the body's schema.
WORDS = {
    "api.measurement": ("Die aktuellen Messwerte", "The latest measurement", "Measurement", None),
    "api.obis_value": ("Ein Wert als Text", "One value as plain text", "text/plain", None),
    "api.status": ("Zustand von Zähler und Adapter", "State of meter and adapter", "Status", None),
    "/api/v1/format": ("Tabelle der OBIS-Codes mit Einheiten", "Table of the OBIS codes with units", "Format", None),
    "api.window": ("Wirkleistung der letzten 60 Sekunden", "Active power of the last 60 seconds", "Window", None),
    "stream.stream": ("Ereignisse, sobald sie eintreten", "Events as they happen", "text/event-stream", None),
    "metrics.metrics": ("Messwerte und Zähler für Prometheus", "Values and counters for Prometheus", "text/plain", None),
    "access.session": ("Stand der Anmeldung", "State of the login", "Session", None),
    "access.log_in": ("Anmelden", "Log in", "Started", "Login"),
    "access.log_out": ("Abmelden", "Log out", "Nothing", None),
    "access.set_password": ("Administratorpasswort setzen", "Set the admin password", "Started", "Password"),
    "setup.config": ("Einstellungen", "Settings", "Config", None),
    "setup.set_config": ("Einstellungen ändern", "Change settings", "Changed", "Config"),
    "setup.profiles": ("Netzbetreiber und Zähler", "Operators and meters", "Profiles", None),
    "setup.network": ("Stand der WLAN-Verbindung", "State of the Wi-Fi connection", "Network", None),
    "setup.networks": ("WLANs in Reichweite", "Wi-Fi networks in reach", "Networks", None),
    "setup.confirm_network": ("Erprobte Einstellungen behalten", "Keep the settings on trial", "Nothing", None),
    "setup.key": ("Stand des Zählerschlüssels", "State of the meter key", "KeyState", None),
    "setup.set_key": ("Zählerschlüssel setzen und prüfen", "Set the meter key and test it", "KeyResult", "Key"),
    "setup.forget_key": ("Zählerschlüssel vergessen", "Forget the meter key", "Nothing", None),
    "setup.test_mqtt": ("Verbindung zum Broker versuchen", "Try the connection to the broker", "MqttResult", "Config"),
    "setup.finish": ("Einrichtung abschließen", "Finish the set-up", "Places", None),
    "access.tokens": ("Zugriffstokens", "API tokens", "Tokens", None),
    "access.make_token": ("Token anlegen", "Make a token", "Token", "TokenRequest"),
    "access.revoke_token": ("Token widerrufen", "Revoke a token", "Nothing", None),
    "access.log": ("Sicherheitsprotokoll", "Security log", "Log", None),
    "maintenance.make_backup": ("Sicherung anlegen", "Make a backup", "Backup", "Passphrase"),
    "maintenance.restore_backup": ("Sicherung einspielen", "Restore a backup", "Nothing", "Restore"),
    "maintenance.factory_reset": ("Auf Werkseinstellungen zurücksetzen", "Reset to the factory's state", "Nothing", "Confirmation"),
    "update.state": ("Stand der Aktualisierung", "State of the update", "Update", None),
    "update.receive": ("Neue Firmware einspielen", "Install a signed bundle", "Update", "application/octet-stream"),
    "update.reboot": ("Neu starten", "Restart", "Nothing", None),
    "static.setup": ("Die Einrichtungsseite", "The set-up page", "text/html", None),
    "/openapi.json": ("Diese Beschreibung", "This description", "Document", None),
    "/asyncapi.json": ("Beschreibung der MQTT-Topics", "Description of the MQTT topics", "Document", None),
    "static.security_txt": ("Meldestelle für Schwachstellen", "Where to report vulnerabilities", "text/plain", None),
    "static.page": ("Die Seite", "The page", "text/html", None),
    "static.file": ("Dateien der Seite", "The page's files", "*/*", None),
}  # fmt: skip


def words(row) -> tuple:
    """Return (German, English, answer, body) of a route."""
    return WORDS[row.path if row.handler == "static.document" else row.handler]


STATES = ["searching", "no-data", "key-required", "key-wrong", "not-recognised", "ok"]

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_FLAG = {"type": "boolean"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_COUNT = {"type": ["integer", "null"]}
_OPEN = {"type": "object"}


def _object(properties: dict, required=None, closed: bool = False) -> dict:
    made = {"type": "object", "properties": properties}
    required = list(properties) if required is None else list(required)
    if required:
        made["required"] = required
    if closed:
        made["additionalProperties"] = False
    return made


def _value(unit: str, english: str) -> dict:
    described = english + (" in " + unit if unit else "")
    return {"$ref": "#/components/schemas/Value", "description": described}


def _setting(row) -> dict:
    described = {"description": help.TEXTS[row.key][1]}
    if row.kind == "bool":
        described["type"] = "boolean"
    elif row.kind == "int":
        described.update(type="integer", minimum=row.limit[0], maximum=row.limit[1])
    elif row.kind == "choice":
        described["enum"] = list(row.limit)
    else:
        described["type"] = ["string", "boolean"] if row.secret else "string"
    return described


def schemas() -> dict:
    """Return the schemas that the routes name as answer or body."""
    measurement = {
        "api_version": {"const": "v1"},
        "name": {"type": "string", "description": "device name"},
        "sma_time": {"type": "number", "description": "seconds since start"},
    }
    for code, unit, _, english in obis_names.TABLE:
        measurement[code] = _value(unit, english)
    settings = {row.key: _setting(row) for row in schema.TABLE}
    return {
        "Error": _object(
            {"error": {"type": "string", "examples": ["measurement:none"]}, "detail": _TEXT}
        ),
        "Value": {
            "type": "object",
            "properties": {
                "value": {"type": ["number", "string"]},
                "time": {
                    "type": "integer",
                    "description": "Unix time, UTC, of the meter's own clock",
                },
            },
            "additionalProperties": False,
        },
        "Measurement": {
            **_object(measurement, ("api_version", "name", "sma_time")),
            "patternProperties": {"^[0-9].*[.:]": {"$ref": "#/components/schemas/Value"}},
            "description": "What the meter did not send is absent. Codes it sends beyond the list are "
            "carried under their own code.",
        },
        "Status": _object(
            {
                "api_version": _TEXT,
                "name": _TEXT,
                "version": _TEXT,
                "sma_time": {"type": "number"},
                "state": {"enum": STATES},
                "cause": _TEXT,
                "sma_status": _TEXT,
                "sma_status_id": _COUNT,
                "meter_valid_package_cnt": _COUNT,
                "meter_invalid_package_cnt": _COUNT,
                "fw_version": _TEXT,
                "partition": _TEXT,
                "heap": _object({"used": _COUNT, "free": _COUNT}),
                "meter": _OPEN,
                "mqtt": _OPEN,
                "wifi": _OPEN,
                "web": _OPEN,
            },
            ("api_version", "name", "version", "state", "cause", "heap"),
        ),
        "Format": {
            "type": "array",
            "items": _object(
                {"code": _TEXT, "unit": _TEXT, "de": _TEXT, "en": _TEXT}, closed=True
            ),
        },
        "Window": {
            "type": "array",
            "maxItems": 64,
            "items": _object(
                {
                    "age_ms": _COUNT,
                    "time": {"type": "integer"},
                    "1-0:1.7.0": {"type": "number"},
                    "1-0:2.7.0": {"type": "number"},
                },
                ("age_ms",),
                closed=True,
            ),
        },
        "Session": _object(
            {
                "set_up": _FLAG,
                "first_set_up": _FLAG,
                "logged_in": _FLAG,
                "csrf": _MAYBE_TEXT,
                "language": {"enum": ["de", "en"]},
            }
        ),
        "Started": _object({"csrf": _TEXT}),
        "Nothing": {"type": "object", "maxProperties": 0},
        "Login": _object({"password": _TEXT}),
        "Password": _object({"password": _TEXT, "current": _TEXT}, ("password",)),
        "Config": {**_object(settings, ()), "additionalProperties": False},
        "Changed": _object({"confirm_within_s": _MAYBE_COUNT}),
        "Profiles": _object({"profiles": {"type": "array", "items": _OPEN}}),
        "Network": _object(
            {"state": _TEXT, "error": _MAYBE_TEXT, "ssid": _MAYBE_TEXT}, ("state",)
        ),
        "Networks": {"type": "array", "items": _OPEN},
        "Key": {
            "oneOf": [
                _object({"key": _TEXT, "auth_key": _TEXT}, ("key",), closed=True),
                _object({"wrapped": _TEXT}, closed=True),
                _object({"sealed": {}}, closed=True),
            ]
        },
        "KeyState": _object(
            {
                "set": _FLAG,
                "auth_key": _FLAG,
                "proven": _FLAG,
                "candidate": _FLAG,
                "state": {"enum": STATES},
                "cause": _TEXT,
                "exchange": _OPEN,
            },
            ("set", "auth_key", "proven", "candidate", "state", "cause"),
        ),
        "KeyResult": _object({"result": {"enum": ["ok", "wrong", "waiting"]}}),
        "MqttResult": _object({"result": _TEXT}),
        "Places": _object(
            {
                "urls": {"type": "array", "items": _TEXT},
                "fingerprint": _MAYBE_TEXT,
                "topic": _MAYBE_TEXT,
            }
        ),
        "Tokens": {
            "type": "array",
            "items": _object(
                {"id": _TEXT, "name": _TEXT, "scope": {"enum": ["read", "admin"]}}, closed=True
            ),
        },
        "TokenRequest": _object(
            {
                "name": {"type": "string", "minLength": 1, "maxLength": 40},
                "scope": {"enum": ["read", "admin"]},
            }
        ),
        "Token": _object({"id": _TEXT, "token": _TEXT}),
        "Log": {
            "type": "array",
            "items": _object(
                {
                    "uptime": _COUNT,
                    "time": _MAYBE_COUNT,
                    "event": _TEXT,
                    "source": _TEXT,
                    "count": _COUNT,
                }
            ),
        },
        "Passphrase": _object({"passphrase": _TEXT}),
        "Backup": _OPEN,
        "Restore": _object({"passphrase": _TEXT, "backup": _OPEN}),
        "Confirmation": _object({"confirm": {"const": "erase"}}),
        "Update": _object(
            {
                "version": _TEXT,
                "slot": {"enum": ["", "a", "b"]},
                "state": {"enum": ["idle", "receiving", "ready", "trial", "refused"]},
                "cause": _TEXT,
                "received": _COUNT,
                "size": _COUNT,
                "new_version": _MAYBE_TEXT,
                "spare_version": _MAYBE_TEXT,
                "available": _MAYBE_TEXT,
            }
        ),
        "Document": _OPEN,
    }


def _content(name: str) -> dict:
    if name == "*/*":
        return {name: {"schema": {}}}
    if "/" in name:
        return {name: {"schema": {"type": "string"}}}
    return {"application/json": {"schema": {"$ref": "#/components/schemas/" + name}}}


_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


def _responses(row) -> dict:
    _, english, answer, body = words(row)
    status = _SUCCESS.get((row.method, row.path), "200")
    answers = {status: {"description": english, "content": _content(answer)}}
    problems = {
        "400": "not a request this adapter understands",
        "403": "not from here, or not with this credential",
    }
    if row.scope != "public":
        problems["401"] = "a credential is needed"
        problems["429"] = "too many failed attempts"
    if row.path.startswith(("/api/v1/measurement", "/api/v1/obis", "/api/data", "/api/v1/stream")):
        problems["503"] = "no current reading, or too many clients"
    if "{" in row.path or row.path.startswith("/page"):
        problems["404"] = "nothing of this name"
    if body or row.method != "GET":
        problems.update(
            {"409": "not in this state", "413": "too large", "422": "refused, with the cause"}
        )
        problems["429"] = "too many attempts"
    if row.path == "/.well-known/security.txt":
        problems["404"] = "whoever built this firmware named no contact"
        answers["301"] = {"description": "moved to /.well-known/"}
    for code, text in problems.items():
        answers[code] = {"description": text, "content": _ERROR}
    return dict(sorted(answers.items()))


# Where success is not 200.
_SUCCESS = {
    ("POST", "/api/v1/tokens"): "201",
    ("POST", "/api/v1/factory-reset"): "202",
    ("POST", "/api/v1/reboot"): "202",
    ("POST", "/api/v1/update"): "202",
}


def format_table() -> list:
    """Return the answer of /api/v1/format: every code of F with its unit and its names."""
    return [
        {"code": code, "unit": unit, "de": german, "en": english}
        for code, unit, german, english in obis_names.TABLE
    ]


def openapi() -> dict:
    """Return the OpenAPI 3.1 document of routes.py's table."""
    paths = {}
    for row in routes.rows():
        for path in (row.path, *row.aliases):
            paths.setdefault(path, {})[row.method.lower()] = _operation(row, path)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Obisgate",
            "version": "v1",
            "description": "A smart meter's values by OBIS code. The format is fixed; see docs/rest.md.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "obisgate"},
            },
        },
    }


def _operation(row, path: str) -> dict:
    german, english, _, body = words(row)
    name = re.sub(
        r"\W+", "_", row.handler.partition(".")[2] + ("" if path == row.path else path)
    ).strip("_")
    if row.handler == "static.document":
        name = path.rpartition("/")[2].partition(".")[0]
    operation = {
        "operationId": name if row.method == "GET" else row.method.lower() + "_" + name,
        "summary": english,
        "x-summary-de": german,
        "responses": _responses(row),
        "security": [{"bearer": []}, {"session": []}] if row.scope != "public" else [],
    }
    parameters = [
        {"name": found, "in": "path", "required": True, "schema": {"type": "string"}}
        for found in re.findall(r"{(\w+)}", path)
    ]
    if row.handler == "api.measurement":
        parameters.append(
            {
                "name": "all",
                "in": "query",
                "description": "1: every code of the format, `{}` for those absent",
                "schema": {"enum": ["0", "1"]},
            }
        )
    if parameters:
        operation["parameters"] = parameters
    if row.scope not in ("public", "read"):
        operation["x-scope"] = row.scope
    if body:
        operation["requestBody"] = {"required": True, "content": _content(body)}
    return operation


def asyncapi() -> dict:
    """Return the AsyncAPI 3.0 document of the MQTT topics (FORMAT.md)."""
    known = schemas()
    messages = {
        "measurement": ("measurement", known["Measurement"], "One telegram's values", 0, False),
        "status": ("status", {"enum": ["online", "offline"]}, "Birth and will", 1, True),
        "meter": (
            "meter",
            _object({"state": {"enum": STATES}, "cause": _TEXT}, ("state",)),
            "The meter's state, with its cause",
            1,
            True,
        ),
        "info": (
            "info",
            _object(
                {
                    "name": _TEXT,
                    "id": _TEXT,
                    "version": _TEXT,
                    "meter": _MAYBE_TEXT,
                    "profile": _MAYBE_TEXT,
                    "interval_s": {"type": ["number", "null"]},
                },
                ("name", "id", "version"),
            ),
            "Device, version, meter, profile, interval",
            1,
            True,
        ),
        "update": ("update", _OPEN, "State of the firmware update", 1, True),
    }
    channels, operations = {}, {}
    for name, (leaf, payload, text, qos, retain) in messages.items():
        content = "text/plain" if name == "status" else "application/json"
        channels[name] = {
            "address": "obisgate/{id}/" + leaf,
            "parameters": {"id": {"description": "the last six hex digits of the MAC"}},
            "messages": {name: {"contentType": content, "payload": payload, "summary": text}},
        }
        operations["send_" + name] = {
            "action": "send",
            "channel": {"$ref": "#/channels/" + name},
            "bindings": {"mqtt": {"qos": qos, "retain": retain}},
        }
    channels["discovery"] = {
        "address": "homeassistant/device/obisgate-{id}/config",
        "parameters": {"id": {"description": "the last six hex digits of the MAC"}},
        "messages": {
            "discovery": {
                "contentType": "application/json",
                "payload": _object({"dev": _OPEN, "o": _OPEN, "cmps": _OPEN}),
                "summary": "Home Assistant device discovery, for the codes this meter sends",
            }
        },
    }
    operations["send_discovery"] = {
        "action": "send",
        "channel": {"$ref": "#/channels/discovery"},
        "bindings": {"mqtt": {"qos": 1, "retain": True}},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Obisgate over MQTT", "version": "v1"},
        "channels": channels,
        "operations": operations,
        "components": {"schemas": {"Value": known["Value"]}},
    }


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in ("openapi", "asyncapi"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    document = openapi() if sys.argv[1] == "openapi" else asyncapi()
    print(json.dumps(document, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
