"""The firmware's TLS contexts on MicroPython against Python's ssl and the openssl command."""

import datetime
import ipaddress
import json
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).resolve().parents[2]
PEER = Path(__file__).with_name("tls_peer.py")
_PEM = serialization.Encoding.PEM
_PSK = "00112233445566778899aabbccddeeff"


def _micropython() -> str:
    found = ROOT / "build/venv/bin/micropython"
    if not found.exists():
        pytest.skip("no MicroPython in build/venv")
    return str(found)


def _openssl() -> str:
    return shutil.which("openssl") or pytest.skip("no openssl command")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def adapter():
    """The adapter's HTTPS side; yields (port, certificate in PEM, fingerprint)."""
    port = _free_port()
    process = subprocess.Popen(
        [_micropython(), PEER, ROOT, "server", str(port)], stdout=subprocess.PIPE, text=True
    )
    told = json.loads(process.stdout.readline())
    certificate = x509.load_der_x509_certificate(bytes.fromhex(told["certificate"]))
    yield port, certificate.public_bytes(_PEM).decode(), told["fingerprint"]
    process.kill()
    process.wait()


def _echoed(port: int, context: ssl.SSLContext, name: str) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        assert secure.version() == "TLSv1.2" and "ECDHE-ECDSA" in secure.cipher()[0]
        assert "GCM" in secure.cipher()[0]
        secure.sendall(b"reading\n")
        return secure.recv(100)


def test_python_trusts_the_adapter_by_its_certificate_and_names(adapter):
    port, certificate, _ = adapter
    context = ssl.create_default_context(cadata=certificate)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in ("obisgate.local", "127.0.0.1"):
        assert _echoed(port, context, name) == b"reading\n"


def test_python_sees_the_fingerprint_the_adapter_shows(adapter):
    port, _, fingerprint = adapter
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert certificate.fingerprint(hashes.SHA256()).hex(":").upper() == fingerprint


def test_nobody_trusts_it_without_knowing_it(adapter):
    port, certificate, _ = adapter
    with pytest.raises(ssl.SSLCertVerificationError):
        _echoed(port, ssl.create_default_context(), "obisgate.local")
    with pytest.raises(ssl.SSLCertVerificationError):
        _echoed(port, ssl.create_default_context(cadata=certificate), "other.local")


def test_weak_suites_are_refused_and_the_server_lives_on(adapter):
    port, certificate, _ = adapter
    weak = ssl.create_default_context(cadata=certificate)
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers("ECDHE-ECDSA-AES128-SHA:AES128-SHA")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        _echoed(port, weak, "obisgate.local")
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
    good = ssl.create_default_context(cadata=certificate)
    assert _echoed(port, good, "obisgate.local") == b"reading\n"


def test_the_openssl_command_connects(adapter, tmp_path):
    port, certificate, _ = adapter
    (tmp_path / "adapter.pem").write_text(certificate)
    done = subprocess.run(
        [
            _openssl(), "s_client", "-connect", "127.0.0.1:%d" % port, "-CAfile",
            tmp_path / "adapter.pem", "-verify_return_error", "-verify_hostname", "obisgate.local",
            "-x509_strict", "-quiet", "-ign_eof",
        ],
        input=b"reading\n",
        capture_output=True,
        timeout=30,
    )  # fmt: skip
    assert b"reading\n" in done.stdout, done.stderr.decode()


def _issue(name: str, issuer=None, begin=-10, end=10):
    """A key and a certificate for it; `begin` and `end` in days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = ipaddress.ip_address("127.0.0.1")
    names = [x509.DNSName(name), x509.IPAddress(address)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[1].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(begin))
        .not_valid_after(now + datetime.timedelta(end))
        .add_extension(x509.BasicConstraints(issuer is None, None), True)
        .add_extension(x509.SubjectAlternativeName(names), False)
        .sign(issuer[0] if issuer else key, hashes.SHA256())
    )
    return key, certificate


def _pem(pair) -> str:
    return pair[1].public_bytes(_PEM).decode()


class _Broker:
    """Accepts one TLS connection after another and echoes a line of each."""

    def __init__(self, pair, folder):
        path = folder / "broker.pem"
        key = pair[0].private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(key + pair[1].public_bytes(_PEM))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(path)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.received = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            plain.settimeout(10)
            try:
                with self._context.wrap_socket(plain, server_side=True) as secure:
                    line = secure.recv(100)
                    if line:
                        self.received.append(line)
                        secure.sendall(line)
            except OSError:
                plain.close()

    def close(self):
        self._listener.close()


@pytest.fixture
def broker(tmp_path):
    brokers = []

    def start(pair):
        brokers.append(_Broker(pair, tmp_path))
        return brokers[-1]

    yield start
    for each in brokers:
        each.close()


def _connect(port: int, **settings) -> dict:
    config = {
        "mqtt.tls": "verify",
        "mqtt.host": "broker.lan",
        "mqtt.server_name": "",
        "mqtt.ca": "",
    }
    config.update({"mqtt." + key: value for key, value in settings.items()})
    done = subprocess.run(
        [_micropython(), PEER, ROOT, "client", str(port)],
        input=json.dumps(config) + "\n",
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


_VERIFIED = {"echoed": "reading\n", "protection": "tls-verified"}


def test_the_adapter_trusts_a_broker_of_its_authority(broker):
    authority = _issue("Authority")
    port = broker(_issue("broker.lan", authority)).port
    assert _connect(port, ca=_pem(authority)) == _VERIFIED
    assert _connect(port, ca=_pem(authority), host="127.0.0.1") == _VERIFIED
    assert (
        _connect(port, ca=_pem(authority), host="10.0.0.1", server_name="broker.lan") == _VERIFIED
    )
    bundle = _pem(_issue("Another")) + "a comment\r\n" + _pem(authority).replace("\n", "\r\n")
    assert _connect(port, ca=bundle) == _VERIFIED


def test_the_adapter_trusts_a_self_signed_broker_it_was_given(broker):
    pair = _issue("broker.lan")
    assert _connect(broker(pair).port, ca=_pem(pair)) == _VERIFIED


def test_the_adapter_tells_nothing_to_a_broker_it_cannot_trust(broker):
    authority, other = _issue("Authority"), _issue("Authority")
    good = broker(_issue("broker.lan", authority))
    early = broker(_issue("broker.lan", authority, begin=5))
    late = broker(_issue("broker.lan", authority, end=-5))
    for refused, settings, cause in (
        (good, {"ca": _pem(other)}, "tls:unknown-authority"),
        (good, {"ca": _pem(authority), "host": "other.lan"}, "tls:name-mismatch"),
        (good, {"ca": _pem(authority), "host": "127.0.0.2"}, "tls:name-mismatch"),
        (early, {"ca": _pem(authority)}, "tls:not-yet-valid"),
        (late, {"ca": _pem(authority)}, "tls:expired"),
        (good, {"tls": "psk", "psk_identity": "me", "psk": _PSK}, "tls:handshake"),
    ):
        assert _connect(refused.port, **settings) == {"cause": cause}
        assert refused.received == []


def test_what_is_missing_is_never_made_up_for_by_less_protection(broker):
    port = broker(_issue("broker.lan")).port
    cut = _pem(_issue("Authority"))
    for settings, cause in (
        ({}, "tls:authority-required"),
        ({"ca": cut[:200]}, "tls:authority-malformed"),
        ({"ca": "nonsense"}, "tls:authority-malformed"),
        ({"ca": cut.replace("M", "N")}, "tls:authority-malformed"),
        ({"tls": "psk", "psk_identity": "me", "psk": ""}, "tls:psk-required"),
        ({"tls": "psk", "psk_identity": "", "psk": _PSK}, "tls:psk-required"),
        ({"tls": "psk", "psk_identity": "me", "psk": _PSK[:30]}, "tls:psk-required"),
    ):
        assert _connect(port, **settings) == {"cause": cause}, settings


def test_pre_shared_keys_against_the_openssl_command():
    port = _free_port()
    server = subprocess.Popen(
        [
            _openssl(), "s_server", "-nocert", "-psk", _PSK, "-psk_identity", "me", "-tls1_2",
            "-accept", "127.0.0.1:%d" % port, "-rev",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert any(b"ACCEPT" in line for line in server.stdout)
        settings = {"tls": "psk", "psk_identity": "me"}
        told = _connect(port, psk=_PSK, **settings)
        assert told == {"echoed": "gnidaer\n", "protection": "tls-psk"}
        told = _connect(port, psk=_PSK[:-1] + "e", **settings)
        assert told == {"cause": "tls:handshake"}
    finally:
        server.kill()
        server.wait()
