"""HTTPS by the adapter's own certificate, MQTT by TLS, and the meter's key exchanged under way."""

import asyncio
import contextlib
import datetime
import ssl

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from system.harness import Adapter, Subscription, readings

from crypto.fingerprint import fingerprint
from tools import adapter as assembly
from tools import seal_key
from tools.broker import EmbeddedBroker, free_port
from tools.meters.kaifa import KaifaNetzNoe

_NEW_KEY = bytes.fromhex("9c3e51d07ab84f268e1f60a3c2d57b94")


def _pinned(certificate: bytes) -> ssl.SSLContext:
    """A context that trusts this one certificate (DER) and the name in it."""
    return ssl.create_default_context(cadata=certificate)


async def _https(adapter, port: int):
    """Wait for HTTPS; return a client that trusts the certificate whose fingerprint the status tells."""

    async def open_now():
        access = (await adapter.status())["access"]
        return (access.get("web") or {}).get("fingerprint")

    told = await adapter.wait_until(open_now, 60)
    pem = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
    certificate = ssl.PEM_cert_to_DER_cert(pem)
    assert fingerprint(certificate) == told
    return certificate


def _client(adapter, port: int, certificate: bytes) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url="https://127.0.0.1:%d" % port,
        verify=_pinned(certificate),
        timeout=20,
        headers={"Authorization": "Bearer " + adapter.token, "Host": "obisgate-624701.local"},
        # The name in the certificate is asked for, whatever address the request goes to.
        transport=_Named(verify=_pinned(certificate)),
    )


class _Named(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        request.extensions["sni_hostname"] = "obisgate-624701.local"
        return await super().handle_async_request(request)


async def test_https_by_the_adapters_own_certificate(tmp_path):
    port = free_port()
    config = {"web.mode": "both", "web.https_port": port}
    async with Adapter(
        tmp_path, meter=KaifaNetzNoe(interval=2), config=config, psram=True
    ) as adapter:
        certificate = await _https(adapter, port)
        async with _client(adapter, port, certificate) as client:
            document = await adapter.wait_measurement()
            answer = await client.get("/api/v1/measurement")
            assert answer.status_code == 200
            assert adapter.sent_at(document).expected == readings(document)
            answer = await client.get("/api/v1/measurement", headers={"Authorization": "Bearer x"})
            assert answer.status_code == 401
        await adapter.board.power_cycle()
        assert await _https(adapter, port) == certificate


async def test_a_key_is_exchanged_under_way(tmp_path):
    """Sealed in the clear channel: the old key serves until the meter changes over."""
    meter = KaifaNetzNoe(interval=2)
    async with Adapter(tmp_path, meter=meter) as adapter:
        await adapter.wait_measurement()
        told = (await adapter.get("/api/v1/key")).json()["exchange"]
        public = bytes.fromhex(told["public_key"])
        assert fingerprint(public) == told["fingerprint"]

        async def put(body):
            return await adapter.http.put("/api/v1/key", json=body, timeout=40)

        answer = await put({"key": _NEW_KEY.hex()})
        assert (answer.status_code, answer.json()["error"]) == (403, "key:channel-not-encrypted")
        answer = await put(seal_key.wrapped(_NEW_KEY, _NEW_KEY))
        assert (answer.status_code, answer.json()["error"]) == (422, "key:not-accepted")

        answer = await put(seal_key.sealed(public, _NEW_KEY))
        assert answer.status_code == 200, answer.text
        assert answer.json()["candidate"]
        # The old key is still the right one.
        await adapter.wait_measurement()
        await adapter.wait_measurement()
        meter.key = _NEW_KEY
        documents = [await adapter.wait_measurement() for _ in range(5)]
        shown = [adapter.sent_at(document) for document in documents]
        sent = list(meter.sent)
        sent = sent[sent.index(shown[0]) : sent.index(shown[-1]) + 1]
        assert len([telegram for telegram in sent if telegram not in shown]) <= 1
        state = (await adapter.get("/api/v1/key")).json()
        assert state["proven"] and not state["candidate"]


async def test_a_key_wrapped_under_the_old_one_is_taken(tmp_path):
    meter = KaifaNetzNoe(interval=2)
    old_key = meter.key
    async with Adapter(tmp_path, meter=meter) as adapter:
        await adapter.wait_measurement()
        meter.key = _NEW_KEY
        answer = await adapter.http.put(
            "/api/v1/key", json=seal_key.wrapped(old_key, _NEW_KEY), timeout=40
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["result"] == "ok"
        await adapter.wait_measurement()


class _TlsFront:
    """TLS before a broker: what a broker on port 8883 is to a client."""

    def __init__(self, folder, inner_port: int):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker.home")])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(2))
            .not_valid_after(now + datetime.timedelta(2))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("broker.home")]), False)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        path = folder / "front.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + pem
        )
        self.certificate = pem.decode()
        self.port = free_port()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(path)
        self._inner_port = inner_port
        self._server = None

    async def __aenter__(self):
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self._context
        )
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner_port)
        await asyncio.gather(self._copy(reader, inner_writer), self._copy(inner_reader, writer))

    async def _copy(self, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        writer.close()


async def test_mqtt_by_tls_and_not_to_a_broker_of_another_name(tmp_path):
    inner = EmbeddedBroker()
    await inner.start()
    try:
        async with _TlsFront(tmp_path, inner.port) as front:
            config = {
                "mqtt.tls": "verify",
                "mqtt.ca": front.certificate,
                "mqtt.server_name": "broker.home",
            }
            adapter = Adapter(
                tmp_path / "adapter",
                meter=KaifaNetzNoe(interval=2),
                broker=assembly.Broker("127.0.0.1", front.port),
                config=config,
            )
            plain = Subscription(assembly.Broker("127.0.0.1", inner.port), adapter.topic + "/#")
            await plain.start()
            try:
                async with adapter:
                    while not (await plain.get(40))[0].endswith("/measurement"):
                        pass
                    assert (await adapter.status())["access"]["mqtt"] == "tls-verified"
                    await adapter.http.put(
                        "/api/v1/config", json={"mqtt.server_name": "other.home"}
                    )

                    async def refused():
                        return (await adapter.status())["mqtt"]["error"] == "tls:name-mismatch"

                    await adapter.wait_until(refused, 40)
            finally:
                await plain.stop()
    finally:
        await inner.stop()
