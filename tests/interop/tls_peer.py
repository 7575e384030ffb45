"""A TLS peer on MicroPython, made of the firmware's own modules; for test_tls_interop.py.

micropython tls_peer.py ROOT server PORT   make an identity, tell its certificate, echo lines
micropython tls_peer.py ROOT client PORT   connect by the settings on stdin, tell what came of it
"""

import asyncio
import json
import sys

sys.path[:0] = [sys.argv[1] + "/lib", sys.argv[1]]

from firmware.config import certificate  # noqa: E402 - sys.path is set above
from firmware.net import tls  # noqa: E402


class _Store:
    kept = None

    def seal_steps(self, name, secret):
        yield
        self.kept = secret

    def unseal_steps(self, name):
        yield
        return self.kept


async def _echo(reader, writer):
    try:
        writer.write(await reader.readline())
        await writer.drain()
    except (OSError, ValueError):
        pass
    writer.close()
    await writer.wait_closed()


async def _serve(port):
    identity = await certificate.load_or_make(_Store(), ("obisgate.local",), ("127.0.0.1",))
    await asyncio.start_server(_echo, "127.0.0.1", port, ssl=tls.server(identity))
    print(
        json.dumps(
            {"certificate": identity.certificate.hex(), "fingerprint": identity.fingerprint}
        )
    )
    while True:
        await asyncio.sleep(3600)


async def _connect(port, config):
    context, name = tls.mqtt(config)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname=name
    )
    writer.write(b"reading\n")
    await writer.drain()
    return await reader.readline()


def _client(port, config):
    try:
        echoed = asyncio.run(_connect(port, config))
    except (OSError, ValueError) as error:
        print(json.dumps({"cause": tls.cause(error)}))
    else:
        print(json.dumps({"echoed": echoed.decode(), "protection": tls.protection(config)}))


if sys.argv[2] == "server":
    asyncio.run(_serve(int(sys.argv[3])))
else:
    _client(int(sys.argv[3]), json.loads(sys.stdin.readline()))
