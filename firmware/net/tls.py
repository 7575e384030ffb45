"""TLS contexts, made with the port's `tls` module itself.

The `ssl` wrapper of micropython-lib switches certificate checks off and hides pre-shared keys, so it
is not used. There is no context here that encrypts without knowing to whom: a broker is checked by
its certificate and name, or by a pre-shared key, or the connection is plain and says so.

Handshakes run in mbedTLS in pieces of up to half a second on an ESP32; the UART buffers of
drivers/ are sized for that.
"""

import gc
from binascii import a2b_base64

import tls

VERIFIED = "tls-verified"
PSK = "tls-psk"
PLAIN = "plain"

# What mbedTLS says, in part, and the cause it stands for. Order matters: it may say several.
_CAUSES = (
    ("Common Name", "tls:name-mismatch"),
    ("starts in the future", "tls:not-yet-valid"),
    ("has expired", "tls:expired"),
    ("not correctly signed", "tls:unknown-authority"),
)

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_END = b"-----END CERTIFICATE-----"


def server(identity) -> "tls.SSLContext":
    """Return a server context for config.certificate.Identity: ECDHE and AES-GCM only."""
    gc.collect()
    context = tls.SSLContext(tls.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    context.set_ciphers(_suites(context, "TLS-ECDHE-ECDSA-"))
    return context


def client(authorities: bytes) -> "tls.SSLContext":
    """Return a client context that accepts only certificates of these authorities (PEM or DER).

    The host name is checked too: wrap_socket refuses to work without `server_hostname`. The
    validity is checked against the clock, which must be set before.
    """
    if not authorities:
        raise ValueError("tls:authority-required")
    gc.collect()
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED
    try:
        for certificate in _certificates(authorities):
            context.load_verify_locations(certificate)
    except ValueError:
        raise ValueError("tls:authority-malformed")
    context.set_ciphers(_suites(context, "TLS-ECDHE-"))
    return context


def client_psk(name: bytes, key: bytes) -> "tls.SSLContext":
    """Return a client context for a pre-shared key of at least 16 octets.

    ValueError where the port cannot (MicroPython before 1.29) or the key is too short.
    """
    if len(key) < 16 or not name:
        raise ValueError("tls:psk-required")
    gc.collect()
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    try:
        context.psk_identity = name
        context.psk_key = key
    except AttributeError:
        raise ValueError("tls:psk-unsupported")
    # There is no certificate to check; the key proves the server, and only PSK suites are offered.
    context.verify_mode = tls.CERT_NONE
    context.set_ciphers(_suites(context, "TLS-PSK-"))
    return context


def mqtt(config) -> tuple:
    """Return (context, host name to check) for the broker that `config` names.

    (None, None) if the owner chose no encryption. ValueError with a cause if what the chosen
    protection needs is missing: it never falls back to less.
    """
    mode = config["mqtt.tls"]
    if mode == "off":
        return None, None
    name = config["mqtt.server_name"] or config["mqtt.host"]
    if mode == "psk":
        key = bytes.fromhex(config["mqtt.psk"])
        return client_psk(config["mqtt.psk_identity"].encode(), key), name
    return client(config["mqtt.ca"].encode()), name


def protection(config) -> str:
    """Return what protects the connection to the broker, for the status and the page."""
    return {"verify": VERIFIED, "psk": PSK, "off": PLAIN}[config["mqtt.tls"]]


def cause(error) -> "str | None":
    """Return the cause behind what a handshake raised (OSError or ValueError), None if not TLS's."""
    text = str(error)
    if text.startswith("tls:"):
        return text
    for part, name in _CAUSES:
        if part in text:
            return name
    return "tls:handshake" if "MBEDTLS" in text else None


def _suites(context, prefix: str) -> list:
    return [s for s in context.get_ciphers() if s.startswith(prefix) and "-GCM-" in s]


def _certificates(authorities: bytes):
    """Yield each certificate in DER; not every port's mbedTLS reads PEM."""
    if authorities[:1] == b"\x30":
        yield authorities
        return
    blocks = authorities.split(_BEGIN)
    if len(blocks) == 1:
        raise ValueError
    for block in blocks[1:]:
        body, end, _ = block.partition(_END)
        if not end:
            raise ValueError
        yield a2b_base64(b"".join(body.split()))
