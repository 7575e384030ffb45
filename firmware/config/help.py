"""What every setting means, in German and English: the texts to the table in schema.py.

A module of its own, because only the form and docs/configuration.md need it and its texts take room.
"""

TEXTS = {
    "device.name": (
        "Name des Adapters im Netz; leer: obisgate- und die letzten sechs Stellen der MAC-Adresse",
        "Name of the adapter in the network; empty: obisgate- and the last six digits of the MAC",
    ),
    "device.language": (
        "Sprache der Seiten",
        "Language of the pages",
    ),
    "device.led": (
        "Helligkeit der LED in Prozent",
        "Brightness of the LED in per cent",
    ),
    "device.repl": (
        "Python-Konsole am USB-Anschluss zulassen; wer das Gerät anfassen kann, kann es dann auslesen",
        "Allow the Python console on USB; whoever can touch the device can then read it out",
    ),
    "meter.profile": (
        "Netzbetreiber und Zähler; auto: selbst erkennen",
        "Network operator and meter; auto: detect",
    ),
    "meter.interface": (
        "Schnittstelle, an der der Zähler hängt",
        "Interface the meter is connected to",
    ),
    "meter.line": (
        "Baudrate, Datenbits, Parität und Stoppbits von Hand, z. B. 2400 8E1 oder 115200 8N1 inverted; leer: selbst erkennen",
        "Baud, data bits, parity and stop bits by hand, e.g. 2400 8E1 or 115200 8N1 inverted; empty: detect",
    ),
    "meter.radio_mode": (
        "Funkkanal (EN 13757-4): S 868,3 MHz, T und C 868,95 MHz",
        "Radio channel (EN 13757-4): S 868.3 MHz, T and C 868.95 MHz",
    ),
    "meter.radio_id": (
        "Nummer des eigenen Funkzählers (acht Ziffern); leer: der, den der Schlüssel öffnet",
        "Number of the own radio meter (eight digits); empty: the one the key opens",
    ),
    "meter.security": (
        "Verlangte Sicherung der Telegramme; auto: was das Profil vorsieht",
        "Required security of the telegrams; auto: what the profile says",
    ),
    "meter.interval": (
        "Abfrageintervall in Sekunden, wo der Adapter abfragt; 0: so schnell der Zähler antwortet",
        "Polling interval in seconds, where the adapter polls; 0: as fast as the meter answers",
    ),
    "meter.agreement_key": (
        "Öffentlicher Schlüssel des Zählers zur Schlüsselvereinbarung (P-256, 128 Hexadezimalziffern), falls der Netzbetreiber einen nennt",
        "The meter's public key for key agreement (P-256, 128 hexadecimal digits), where the operator names one",
    ),
    "meter.signing_key": (
        "Öffentlicher Schlüssel, mit dem der Zähler unterschreibt (P-256, 128 Hexadezimalziffern); ist er gesetzt, wird nur mit diesem Zähler ein Schlüssel vereinbart",
        "Public key of the meter's signatures (P-256, 128 hexadecimal digits); where it is set, keys are agreed on with this meter only",
    ),
    "wifi.ssid": (
        "Name des WLANs",
        "Name of the Wi-Fi network",
    ),
    "wifi.password": (
        "Passwort des WLANs",
        "Password of the Wi-Fi network",
    ),
    "wifi.address": (
        "Feste IPv4-Adresse; leer: vom Router (DHCP)",
        "Static IPv4 address; empty: from the router (DHCP)",
    ),
    "wifi.netmask": (
        "Netzmaske zur festen Adresse",
        "Netmask of the static address",
    ),
    "wifi.gateway": (
        "Router zur festen Adresse",
        "Router of the static address",
    ),
    "wifi.dns": (
        "Namensdienst zur festen Adresse; leer: der Router",
        "Name server of the static address; empty: the router",
    ),
    "mqtt.host": (
        "MQTT-Broker; leer: kein MQTT",
        "MQTT broker; empty: no MQTT",
    ),
    "mqtt.port": (
        "Port des Brokers: 8883 mit TLS, 1883 ohne",
        "Port of the broker: 8883 with TLS, 1883 without",
    ),
    "mqtt.tls": (
        "verify: TLS, Zertifikat und Name des Brokers werden geprüft; psk: TLS mit gemeinsamem Schlüssel; off: unverschlüsselt, jeder im Netz kann mitlesen",
        "verify: TLS, certificate and name of the broker are checked; psk: TLS with a shared key; off: not encrypted, anyone in the network can read along",
    ),
    "mqtt.ca": (
        "Zertifikat der Stelle, die das des Brokers ausgestellt hat (PEM)",
        "Certificate of the authority that issued the broker's (PEM)",
    ),
    "mqtt.server_name": (
        "Name im Zertifikat des Brokers, wenn er anders heißt als die Adresse oben",
        "Name in the broker's certificate, where it differs from the address above",
    ),
    "mqtt.user": (
        "Benutzer am Broker",
        "User at the broker",
    ),
    "mqtt.password": (
        "Passwort am Broker",
        "Password at the broker",
    ),
    "mqtt.psk_identity": (
        "Name zum gemeinsamen Schlüssel (TLS-PSK)",
        "Identity of the shared key (TLS-PSK)",
    ),
    "mqtt.psk": (
        "Gemeinsamer Schlüssel (TLS-PSK), hexadezimal",
        "Shared key (TLS-PSK), hexadecimal",
    ),
    "mqtt.topic": (
        "Basis der Topics; leer: obisgate/ und die letzten sechs Stellen der MAC-Adresse",
        "Base of the topics; empty: obisgate/ and the last six digits of the MAC",
    ),
    "mqtt.keepalive": (
        "Lebenszeichen zum Broker, in Sekunden",
        "Keep-alive to the broker, in seconds",
    ),
    "web.mode": (
        "https: nur verschlüsselt; redirect: HTTP leitet zu HTTPS; both: beides; http: nur unverschlüsselt, jeder im Netz kann mitlesen",
        "https: encrypted only; redirect: HTTP leads to HTTPS; both: either; http: not encrypted, anyone in the network can read along",
    ),
    "web.port": (
        "Port für HTTP",
        "Port for HTTP",
    ),
    "web.https_port": (
        "Port für HTTPS",
        "Port for HTTPS",
    ),
    "web.hosts": (
        "Weitere Namen, unter denen die Seite aufgerufen werden darf, durch Beistriche getrennt",
        "Further names the page may be called by, separated by commas",
    ),
    "time.zone": (
        "Zeitzone als POSIX-Regel",
        "Time zone as a POSIX rule",
    ),
    "time.ntp": (
        "Zeitserver, durch Beistriche getrennt; leer: keiner",
        "Time servers, separated by commas; empty: none",
    ),
    "update.check": (
        "Täglich nach neuer Firmware fragen, sobald eine Adresse dafür da ist",
        "Ask for new firmware daily, once there is an address for it",
    ),
    "update.url": (
        "Adresse, unter der das neueste Firmware-Bündel liegt",
        "Address of the newest firmware bundle",
    ),
    "update.ca": (
        "Zertifikat der Stelle, die den Server dieser Adresse ausweist (PEM)",
        "Certificate of the authority that vouches for that address's server (PEM)",
    ),
    "discovery.homeassistant": (
        "Sich bei Home Assistant über MQTT anmelden",
        "Announce to Home Assistant over MQTT",
    ),
    "discovery.prefix": (
        "Topic, auf dem Home Assistant Anmeldungen erwartet",
        "Topic on which Home Assistant expects announcements",
    ),
}
