"""Write the parts of the documentation that are made from the firmware's own tables.

    python -m tools.docs [--check]

Writes docs/configuration.md; with --check nothing is written, and the exit code says whether it is current.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

from firmware.config import help, schema  # noqa: E402 - sys.path is set above

TARGET = ROOT / "docs/configuration.md"

_GROUPS = {
    "device": "The adapter",
    "meter": "The meter",
    "wifi": "Wi-Fi",
    "mqtt": "MQTT",
    "web": "Page and REST",
    "time": "Time",
    "update": "Updates",
    "discovery": "Discovery",
}

_HEAD = """# Settings

Made from `firmware/config/schema.py` and `help.py` by `python -m tools.docs`; do not edit.

Every setting can be changed on the page under *Settings*, and with an admin token:

    curl -X PUT -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\
         -d '{"mqtt.host": "broker.lan", "mqtt.tls": "off", "mqtt.port": 1883}' ADDRESS/api/v1/config

All of a request's changes are taken, or none; the answer names what is wrong. Settings of the network
(`wifi.*`) are tried first: they go back unless `POST /api/v1/network/confirm` follows within 120 seconds.
Secrets are write-only: they read as `true` (set) or `false`, and `true` sent back leaves them as they are.
"""

_PROVISIONING = """
## Provisioning over USB

A file `provision.json` on the root of the flash is taken over at the next start, sealed, overwritten and
removed. Every part is optional:

```json
{
  "device": {"name": "cellar", "ap_password": "of the adapter's own access point"},
  "config": {"wifi.ssid": "home", "wifi.password": "…", "mqtt.host": "broker.lan"},
  "key": "the meter's key", "auth_key": "its authentication key, if it has one",
  "admin_password": "…", "token": "an API token of scope admin"
}
```
"""


def allowed(row) -> str:
    """Return what a setting may be, in words."""
    if row.kind == "bool":
        return "`true`, `false`"
    if row.kind == "int":
        return "%d to %d" % row.limit
    if row.kind == "choice":
        return ", ".join("`%s`" % choice for choice in row.limit)
    return "text, at most %d octets" % row.limit


def default(row) -> str:
    """Return a setting's default as it is written in JSON."""
    if row.default == "":
        return "empty"
    return "`%s`" % str(row.default).lower() if row.kind == "bool" else "`%s`" % row.default


def configuration() -> str:
    """Return docs/configuration.md."""
    lines = [_HEAD]
    group = None
    for row in schema.TABLE:
        name = row.key.partition(".")[0]
        if name != group:
            group = name
            lines.append("\n## %s\n" % _GROUPS[group])
            lines.append("| setting | may be | default | meaning |")
            lines.append("|---|---|---|---|")
        meaning = help.TEXTS[row.key][1] + (" *(secret)*" if row.secret else "")
        lines.append("| `%s` | %s | %s | %s |" % (row.key, allowed(row), default(row), meaning))
    return "\n".join(lines) + "\n" + _PROVISIONING


def main() -> int:
    text = configuration()
    if "--check" in sys.argv[1:]:
        current = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
        if not current:
            print(
                "docs: %s is not current; run python -m tools.docs" % TARGET.name, file=sys.stderr
            )
        return 0 if current else 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
