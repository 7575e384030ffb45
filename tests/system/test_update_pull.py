"""The adapter fetches its update from a configured address: over checked TLS, again where it breaks off."""

import asyncio
import contextlib
import datetime
import ipaddress
import re
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from system.harness import Adapter
from system.updates import Maker

from tools import build


class Site:
    """An HTTPS server with one file. breaks: after how many octets it drops its first connections."""

    def __init__(self, folder, content, breaks=()):
        self.content = content
        self.breaks = list(breaks)
        self.asked = []
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "updates")])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                False,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key, hashes.SHA256())
        )
        self.authority = certificate.public_bytes(serialization.Encoding.PEM).decode()
        path = folder / "site.pem"
        path.write_bytes(
            self.authority.encode()
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(path)
        self._server = None
        self.url = None

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        port = self._server.sockets[0].getsockname()[1]
        self.url = "https://127.0.0.1:%d/newest.bundle" % port
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            found = re.search(r"Range: bytes=(\d+)-", head)
            start = int(found[1]) if found else 0
            self.asked.append((head.split(" ")[1], start))
            rest = self.content[start:]
            status = "206 Partial Content" if found else "200 OK"
            writer.write(
                ("HTTP/1.0 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(rest))).encode()
            )
            writer.write(rest[: self.breaks.pop(0)] if self.breaks else rest)
            await writer.drain()
        writer.close()


@pytest.fixture(scope="module")
def maker(tmp_path_factory):
    """Keys and bundles for all tests here."""
    build.build("host")
    return Maker(tmp_path_factory.mktemp("release"))


@contextlib.asynccontextmanager
async def house(tmp_path, maker, site, authority=None):
    """An adapter that is told to fetch from a site."""
    config = {"update.url": site.url, "update.ca": authority or site.authority}
    async with Adapter(
        tmp_path / "house", broker=None, tree=maker.tree_once(), config=config
    ) as made:
        await made.wait_web(30)
        yield made


async def test_an_update_is_fetched_though_the_connection_breaks(tmp_path, maker):
    octets = maker.bundle("0.9.0")
    async with (
        Site(tmp_path, octets, breaks=(10_000, 100_000)) as site,
        house(tmp_path, maker, site) as adapter,
    ):
        answer = await adapter.http.post("/api/v1/update?from=url&restart=0", timeout=90)
        assert answer.status_code == 202, answer.text
        assert answer.json()["new_version"] == "0.9.0"
        starts = [start for _, start in site.asked]
        assert starts[0] == 0 and starts[1] > 0 and starts[2] > starts[1]
        assert {path for path, _ in site.asked} == {"/newest.bundle"}


async def test_a_server_that_cannot_prove_itself_is_not_read(tmp_path, maker):
    (tmp_path / "other").mkdir()
    async with Site(tmp_path, maker.bundle("0.9.0")) as site:
        stranger = Site(tmp_path / "other", b"")
        async with house(tmp_path, maker, site, stranger.authority) as adapter:
            answer = await adapter.http.post("/api/v1/update?from=url", timeout=90)
            assert answer.status_code == 422
            assert site.asked == []
            assert (await adapter.get("/api/v1/update")).json()["slot"] == "a"


async def test_a_bundle_from_the_site_is_checked_like_any_other(tmp_path, maker):
    damaged = bytearray(maker.bundle("0.9.0"))
    damaged[-5] ^= 4
    async with (
        Site(tmp_path, bytes(damaged)) as site,
        house(tmp_path, maker, site) as adapter,
    ):
        answer = await adapter.http.post("/api/v1/update?from=url", timeout=90)
        assert (answer.status_code, answer.json()["error"]) == (422, "update:damaged")


async def test_without_an_address_there_is_nothing_to_fetch(tmp_path, maker):
    async with Adapter(tmp_path / "house", broker=None, tree=maker.tree_once()) as adapter:
        await adapter.wait_web(30)
        answer = await adapter.http.post("/api/v1/update?from=url")
        assert (answer.status_code, answer.json()["error"]) == (422, "update:no-url")
