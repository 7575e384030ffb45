"""Every setting, declared once.

This table drives validation, storage, `/api/v1/config`, the settings form and docs/configuration.md.
Secrets are write-only: they are stored sealed and read as `true` (set) or `false`.
"""

from collections import namedtuple

import line_settings
from timestamp import Zone

# kind: "bool", "int" (limit = lowest, highest), "text" (limit = longest, in UTF-8 octets),
# "choice" (limit = the choices). check: None, or a function(text) that raises ValueError with a cause.
Row = namedtuple("Row", ("key", "kind", "default", "limit", "check", "secret", "de", "en"))

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


def _url(text: str):
    scheme, _, rest = text.partition("://")
    if scheme != "https" or not rest or " " in text:
        raise ValueError("an https:// address is expected")
    _host(rest.split("/")[0].split(":")[0])


def _line(text: str):
    line_settings.parse(text)


TABLE = (
    Row("device.name", "text", "", 32, _name, False,
        "Name des Adapters im Netz; leer: obisgate- und die letzten sechs Stellen der MAC-Adresse",
        "Name of the adapter in the network; empty: obisgate- and the last six digits of the MAC"),
    Row("device.language", "choice", "de", ("de", "en"), None, False,
        "Sprache der Seiten", "Language of the pages"),
    Row("device.led", "int", 20, (0, 100), None, False,
        "Helligkeit der LED in Prozent", "Brightness of the LED in per cent"),
    Row("device.repl", "bool", False, None, None, False,
        "Python-Konsole am USB-Anschluss zulassen; wer das Gerät anfassen kann, kann es dann auslesen",
        "Allow the Python console on USB; whoever can touch the device can then read it out"),
    Row("meter.profile", "text", "auto", 40, None, False,
        "Netzbetreiber und Zähler; auto: selbst erkennen",
        "Network operator and meter; auto: detect"),
    Row("meter.interface", "choice", "auto",
        ("auto", "mbus", "p1", "ir", "mep", "radio", "ccc"), None, False,
        "Schnittstelle, an der der Zähler hängt", "Interface the meter is connected to"),
    Row("meter.line", "text", "", 24, _line, False,
        "Baudrate, Datenbits, Parität und Stoppbits von Hand, z. B. 2400 8E1 oder 115200 8N1 inverted;"
        " leer: selbst erkennen",
        "Baud, data bits, parity and stop bits by hand, e.g. 2400 8E1 or 115200 8N1 inverted;"
        " empty: detect"),
    Row("meter.radio_mode", "choice", "auto", ("auto", "S", "T", "C"), None, False,
        "Funkkanal (EN 13757-4): S 868,3 MHz, T und C 868,95 MHz",
        "Radio channel (EN 13757-4): S 868.3 MHz, T and C 868.95 MHz"),
    Row("meter.radio_id", "text", "", 8, _meter_id, False,
        "Nummer des eigenen Funkzählers (acht Ziffern); leer: der, den der Schlüssel öffnet",
        "Number of the own radio meter (eight digits); empty: the one the key opens"),
    Row("meter.security", "choice", "auto",
        ("auto", "plain", "encrypted", "authenticated"), None, False,
        "Verlangte Sicherung der Telegramme; auto: was das Profil vorsieht",
        "Required security of the telegrams; auto: what the profile says"),
    Row("meter.interval", "int", 0, (0, 3600), None, False,
        "Abfrageintervall in Sekunden, wo der Adapter abfragt; 0: so schnell der Zähler antwortet",
        "Polling interval in seconds, where the adapter polls; 0: as fast as the meter answers"),
    Row("wifi.ssid", "text", "", 32, None, False, "Name des WLANs", "Name of the Wi-Fi network"),
    Row("wifi.password", "text", "", 63, _passphrase, True,
        "Passwort des WLANs", "Password of the Wi-Fi network"),
    Row("wifi.address", "text", "", 15, _address, False,
        "Feste IPv4-Adresse; leer: vom Router (DHCP)", "Static IPv4 address; empty: from the router (DHCP)"),
    Row("wifi.netmask", "text", "255.255.255.0", 15, _address, False,
        "Netzmaske zur festen Adresse", "Netmask of the static address"),
    Row("wifi.gateway", "text", "", 15, _address, False,
        "Router zur festen Adresse", "Router of the static address"),
    Row("wifi.dns", "text", "", 15, _address, False,
        "Namensdienst zur festen Adresse; leer: der Router",
        "Name server of the static address; empty: the router"),
    Row("mqtt.host", "text", "", 253, _host, False,
        "MQTT-Broker; leer: kein MQTT", "MQTT broker; empty: no MQTT"),
    Row("mqtt.port", "int", 8883, (1, 65535), None, False,
        "Port des Brokers: 8883 mit TLS, 1883 ohne", "Port of the broker: 8883 with TLS, 1883 without"),
    Row("mqtt.tls", "choice", "verify", ("verify", "psk", "off"), None, False,
        "verify: TLS, Zertifikat und Name des Brokers werden geprüft; psk: TLS mit gemeinsamem Schlüssel;"
        " off: unverschlüsselt, jeder im Netz kann mitlesen",
        "verify: TLS, certificate and name of the broker are checked; psk: TLS with a shared key;"
        " off: not encrypted, anyone in the network can read along"),
    Row("mqtt.ca", "text", "", 8192, _certificate, False,
        "Zertifikat der Stelle, die das des Brokers ausgestellt hat (PEM)",
        "Certificate of the authority that issued the broker's (PEM)"),
    Row("mqtt.server_name", "text", "", 253, _host, False,
        "Name im Zertifikat des Brokers, wenn er anders heißt als die Adresse oben",
        "Name in the broker's certificate, where it differs from the address above"),
    Row("mqtt.user", "text", "", 128, None, False, "Benutzer am Broker", "User at the broker"),
    Row("mqtt.password", "text", "", 256, None, True, "Passwort am Broker", "Password at the broker"),
    Row("mqtt.psk_identity", "text", "", 128, None, False,
        "Name zum gemeinsamen Schlüssel (TLS-PSK)", "Identity of the shared key (TLS-PSK)"),
    Row("mqtt.psk", "text", "", 128, _psk, True,
        "Gemeinsamer Schlüssel (TLS-PSK), hexadezimal", "Shared key (TLS-PSK), hexadecimal"),
    Row("mqtt.topic", "text", "", 128, _topic, False,
        "Basis der Topics; leer: obisgate/ und die letzten sechs Stellen der MAC-Adresse",
        "Base of the topics; empty: obisgate/ and the last six digits of the MAC"),
    Row("mqtt.keepalive", "int", 60, (5, 3600), None, False,
        "Lebenszeichen zum Broker, in Sekunden", "Keep-alive to the broker, in seconds"),
    Row("web.mode", "choice", "redirect", ("https", "redirect", "both", "http"), None, False,
        "https: nur verschlüsselt; redirect: HTTP leitet zu HTTPS; both: beides;"
        " http: nur unverschlüsselt, jeder im Netz kann mitlesen",
        "https: encrypted only; redirect: HTTP leads to HTTPS; both: either;"
        " http: not encrypted, anyone in the network can read along"),
    Row("web.port", "int", 80, (1, 65535), None, False, "Port für HTTP", "Port for HTTP"),
    Row("web.https_port", "int", 443, (1, 65535), None, False, "Port für HTTPS", "Port for HTTPS"),
    Row("web.hosts", "text", "", 255, _hosts, False,
        "Weitere Namen, unter denen die Seite aufgerufen werden darf, durch Beistriche getrennt",
        "Further names the page may be called by, separated by commas"),
    Row("time.zone", "text", "CET-1CEST,M3.5.0,M10.5.0/3", 64, Zone, False,
        "Zeitzone als POSIX-Regel", "Time zone as a POSIX rule"),
    Row("time.ntp", "text", "pool.ntp.org", 255, _hosts, False,
        "Zeitserver, durch Beistriche getrennt; leer: keiner",
        "Time servers, separated by commas; empty: none"),
    Row("update.check", "bool", False, None, None, False,
        "Täglich nach neuer Firmware fragen", "Ask for new firmware daily"),
    Row("update.url", "text", "", 255, _url, False,
        "Adresse, unter der neue Firmware angekündigt wird",
        "Address where new firmware is announced"),
    Row("discovery.homeassistant", "bool", True, None, None, False,
        "Sich bei Home Assistant über MQTT anmelden", "Announce to Home Assistant over MQTT"),
    Row("discovery.prefix", "text", "homeassistant", 64, _topic, False,
        "Topic, auf dem Home Assistant Anmeldungen erwartet",
        "Topic on which Home Assistant expects announcements"),
)  # fmt: skip

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


def describe() -> list:
    """Return the table for the form: one object per setting, without functions."""
    rows = []
    for row in TABLE:
        rows.append(
            {
                "key": row.key,
                "kind": row.kind,
                "default": row.default,
                "limit": row.limit,
                "secret": row.secret,
                "de": row.de,
                "en": row.en,
            }
        )
    return rows


def migrate(values: dict, version: int) -> dict:
    """Return stored values of an older version in the form of this one.

    Unknown keys are dropped: they belong to a version that went away.
    Raises ValueError for a version from the future, which a downgrade may find.
    """
    if not 1 <= version <= VERSION:
        raise ValueError("configuration of version %d" % version)
    return {key: value for key, value in values.items() if key in ROWS}
