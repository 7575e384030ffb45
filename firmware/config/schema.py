"""Every setting, declared once.

This table drives validation, storage, `/api/v1/config`, the settings form and docs/configuration.md; what
each setting means is said in help.py.
Secrets are write-only: they are stored sealed and read as `true` (set) or `false`.
"""

from collections import namedtuple

import line_settings
from timestamp import Zone

# kind: "bool", "int" (limit = lowest, highest), "text" (limit = longest, in UTF-8 octets),
# "choice" (limit = the choices). check: None, or a function(text) that raises ValueError with a cause.
Row = namedtuple("Row", ("key", "kind", "default", "limit", "check", "secret"))

VERSION = 1


def _address(text: str):
    fields = text.split(".")
    if len(fields) != 4:
        raise ValueError("not an IPv4 address")
    for field in fields:
        if not (_digits(field) and len(field) <= 3 and int(field) <= 255):
            raise ValueError("not an IPv4 address")


def _digits(text: str) -> bool:
    return bool(text) and all("0" <= c <= "9" for c in text)


def _host(text: str):
    """Accept a host name (RFC 1123, 2.1) or an IPv4 address."""
    for label in text.rstrip(".").split("."):
        if not 1 <= len(label) <= 63 or label[0] == "-" or label[-1] == "-":
            raise ValueError("not a host name")
        if not all(c in "abcdefghijklmnopqrstuvwxyz0123456789-_" for c in label.lower()):
            raise ValueError("not a host name")


def _hosts(text: str):
    for name in text.split(","):
        _host(name.strip())


def _name(text: str):
    """Accept what may be a host name too: the adapter is announced under its name."""
    _host(text)
    if "." in text or len(text) > 32:
        raise ValueError("letters, digits and '-' only, at most 32")


def _topic(text: str):
    if "+" in text or "#" in text or text[0] == "/" or text[-1] == "/" or "\0" in text:
        raise ValueError("no '+', '#', and no '/' at the ends")


def _certificate(text: str):
    if "-----BEGIN CERTIFICATE-----" not in text or "-----END CERTIFICATE-----" not in text:
        raise ValueError("a certificate in PEM form is expected")


def _psk(text: str):
    if len(text) % 2 or len(text) < 32:
        raise ValueError("at least 32 hexadecimal digits, two per octet")
    if not all(c in "0123456789abcdef" for c in text.lower()):
        raise ValueError("hexadecimal digits expected")


def _passphrase(text: str):
    if len(text) < 8:
        raise ValueError("a Wi-Fi password has 8 to 63 characters")


def _meter_id(text: str):
    if not (_digits(text) and len(text) == 8):
        raise ValueError("eight digits, as printed on the meter")


def _public_key(text: str):
    from firmware.config import public_key

    public_key.parse(text)


def _url(text: str):
    scheme, _, rest = text.partition("://")
    if scheme != "https" or not rest or " " in text:
        raise ValueError("an https:// address is expected")
    _host(rest.split("/")[0].split(":")[0])


def _line(text: str):
    line_settings.parse(text)


TABLE = (
    Row("device.name", "text", "", 32, _name, False),
    Row("device.language", "choice", "de", ("de", "en"), None, False),
    Row("device.led", "int", 20, (0, 100), None, False),
    Row("device.repl", "bool", False, None, None, False),
    Row("meter.profile", "text", "auto", 40, None, False),
    Row(
        "meter.interface",
        "choice",
        "auto",
        ("auto", "mbus", "p1", "ir", "mep", "radio", "ccc"),
        None,
        False,
    ),
    Row("meter.line", "text", "", 24, _line, False),
    Row("meter.radio_mode", "choice", "auto", ("auto", "S", "T", "C"), None, False),
    Row("meter.radio_id", "text", "", 8, _meter_id, False),
    Row(
        "meter.security",
        "choice",
        "auto",
        ("auto", "plain", "encrypted", "authenticated"),
        None,
        False,
    ),
    Row("meter.interval", "int", 0, (0, 3600), None, False),
    Row("meter.agreement_key", "text", "", 255, _public_key, False),
    Row("meter.signing_key", "text", "", 255, _public_key, False),
    Row("wifi.ssid", "text", "", 32, None, False),
    Row("wifi.password", "text", "", 63, _passphrase, True),
    Row("wifi.address", "text", "", 15, _address, False),
    Row("wifi.netmask", "text", "255.255.255.0", 15, _address, False),
    Row("wifi.gateway", "text", "", 15, _address, False),
    Row("wifi.dns", "text", "", 15, _address, False),
    Row("mqtt.host", "text", "", 253, _host, False),
    Row("mqtt.port", "int", 8883, (1, 65535), None, False),
    Row("mqtt.tls", "choice", "verify", ("verify", "psk", "off"), None, False),
    Row("mqtt.ca", "text", "", 8192, _certificate, False),
    Row("mqtt.server_name", "text", "", 253, _host, False),
    Row("mqtt.user", "text", "", 128, None, False),
    Row("mqtt.password", "text", "", 256, None, True),
    Row("mqtt.psk_identity", "text", "", 128, None, False),
    Row("mqtt.psk", "text", "", 128, _psk, True),
    Row("mqtt.topic", "text", "", 128, _topic, False),
    Row("mqtt.keepalive", "int", 60, (5, 3600), None, False),
    Row("web.mode", "choice", "redirect", ("https", "redirect", "both", "http"), None, False),
    Row("web.port", "int", 80, (1, 65535), None, False),
    Row("web.https_port", "int", 443, (1, 65535), None, False),
    Row("web.hosts", "text", "", 255, _hosts, False),
    Row("time.zone", "text", "CET-1CEST,M3.5.0,M10.5.0/3", 64, Zone, False),
    Row("time.ntp", "text", "pool.ntp.org", 255, _hosts, False),
    Row("update.check", "bool", True, None, None, False),
    Row("update.url", "text", "", 255, _url, False),
    Row("update.ca", "text", "", 8192, _certificate, False),
    Row("discovery.homeassistant", "bool", True, None, None, False),
    Row("discovery.prefix", "text", "homeassistant", 64, _topic, False),
)

ROWS = {row.key: row for row in TABLE}


def check(key: str, value):
    """Return a value in the form it is stored in.

    Raises ValueError with the cause, which never repeats the value, since it may be a secret.
    An empty text always means the setting's default meaning, so it passes every check.
    """
    row = ROWS.get(key)
    if row is None:
        raise ValueError("no such setting")
    if row.kind == "bool":
        if not isinstance(value, bool):
            raise ValueError("true or false expected")
        return value
    if row.kind == "int":
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("a whole number is expected")
        if not row.limit[0] <= value <= row.limit[1]:
            raise ValueError("from %d to %d" % row.limit)
        return value
    if not isinstance(value, str):
        raise ValueError("text expected")
    if row.kind == "choice":
        if value not in row.limit:
            raise ValueError("one of " + ", ".join(row.limit))
        return value
    if len(value.encode()) > row.limit:
        raise ValueError("at most %d characters" % row.limit)
    if not row.secret and row.check is not _certificate and not _printable(value):
        raise ValueError("no control characters")
    if value and row.check is not None:
        row.check(value)
    return value


def _printable(value: str) -> bool:
    return all(ord(c) >= 32 and ord(c) != 127 for c in value)


def describe():
    """Yield the table for the form: one object per setting, without functions."""
    from firmware.config.help import TEXTS

    for row in TABLE:
        yield {
            "key": row.key,
            "kind": row.kind,
            "default": row.default,
            "limit": row.limit,
            "secret": row.secret,
            "de": TEXTS[row.key][0],
            "en": TEXTS[row.key][1],
        }


def migrate(values: dict, version: int) -> dict:
    """Return stored values of an older version in the form of this one.

    Unknown keys are dropped: they belong to a version that went away.
    Raises ValueError for a version from the future, which a downgrade may find.
    """
    if not 1 <= version <= VERSION:
        raise ValueError("configuration of version %d" % version)
    return {key: value for key, value in values.items() if key in ROWS}
