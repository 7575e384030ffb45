"""Write the parts of the documentation that are made from the firmware's own tables.

    python -m tools.docs [--check]

Writes docs/configuration.md and docs/meters.md; with --check nothing is written, and the exit code says
whether they are current.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

from firmware.config import help, schema  # noqa: E402 - sys.path is set above
from firmware.meter import profile_texts, profiles  # noqa: E402
from tools.meters.catalogue import METERS  # noqa: E402

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

All of a request's changes are taken, or none; the answer names what is wrong. Settings that could lock you out, those of
the network (`wifi.*`) and of the page (`web.*`: ports and further names), are tried first: they go back
unless `POST /api/v1/network/confirm` follows within 120 seconds, over the ports and names then in force. The page does that by itself once
it is open at the new address. A restart ends the trial, too.
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


_METERS = """# Meters

Made from `firmware/meter/profiles.py` by `python -m tools.docs`; do not edit.

Nothing of this has to be set: the adapter finds line settings and protocol by itself. Choosing the profile
saves it the search. `make run METER=NAME` runs the adapter on a PC against the virtual meter named in the last
column. What proves each meter, list and kind of security stands in [coverage.md](coverage.md).
"""

_SESSIONS = {
    "listen": "listens only",
    "acknowledge": "answers each telegram with E5",
    "poll": "asks, by read requests only",
}


def meters() -> str:
    """Return docs/meters.md."""
    lines = [_METERS]
    lines.append(
        "| profile | covers | operator | meters | interface | line | telegrams | security "
        "| every | session | virtual |"
    )
    lines.append("|---|---|---|---|---|---|---|---|---|---|---|")
    for row in profiles.TABLE:
        virtual = [name for name, kind in sorted(METERS.items()) if row.id == kind.PROFILE]
        cells = (
            "`%s`" % row.id,
            row.covers,
            row.operator,
            row.meters,
            row.interface,
            row.line,
            "%s, %s" % (row.family, row.link),
            row.security,
            "%d s" % row.interval,
            _SESSIONS[row.session],
            ", ".join("`%s`" % name for name in virtual) or "-",
        )
        lines.append("| %s |" % " | ".join(cells))
    lines.append("\n## How to connect\n")
    for interface, texts in profile_texts.WIRING.items():
        lines.append("- **%s**: %s" % (interface, texts[1]))
    lines.append("\n## The key in the operator's letter\n")
    for form, texts in profile_texts.KEY_FORMS.items():
        used = sorted({row.operator for row in profiles.TABLE if row.key_form == form})
        lines.append("- %s: %s" % (", ".join(used), texts[1]))
    return "\n".join(lines) + "\n"


# Every generated file, and what returns its text.
GENERATED = {
    ROOT / "docs/configuration.md": configuration,
    ROOT / "docs/meters.md": meters,
}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = 0
    for target, generate in GENERATED.items():
        text = generate()
        if not check:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            print("docs: %s is not current; run make docs" % target.name, file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
