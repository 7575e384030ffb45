"""A stranger in the home network: readings keep flowing, memory comes back, connections are not used up."""

import asyncio
import contextlib
import random

import pytest
from system.harness import Adapter

from tools.meters.catalogue import METERS

LINE = {"meter.line": "2400 8E1"}


async def say(adapter, octets: bytes, listen: float = 2.0) -> bytes:
    """Send octets on a connection of their own and return what is answered within some seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", adapter.web_port)
    try:
        writer.write(octets)
        with contextlib.suppress(OSError):
            await writer.drain()
        with contextlib.suppress(asyncio.TimeoutError, OSError):
            return await asyncio.wait_for(reader.read(2000), listen)
        return b""
    finally:
        writer.transport.abort()


@pytest.mark.timeout(240)
async def test_hostile_requests_change_nothing(tmp_path):
    meter = METERS["kaifa"](interval=3)
    async with Adapter(tmp_path, meter=meter, config=LINE) as adapter:
        await adapter.wait_measurement(60)
        await adapter.status()
        floor = (await adapter.status())["heap"]["used"]
        published = (await adapter.status())["mqtt"]["published"]
        began = len(meter.sent)
        random.seed(1)
        for octets, status in (
            (b"GET /" + b"a" * 500000 + b" HTTP/1.1\r\n\r\n", b"431"),
            (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 3000 + b"\r\n", b"431"),
            (b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400"),
            (b"PUT /api/v1/status HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", b"413"),
            (
                b"POST /api/v1/session HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
                b"501",
            ),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n", b"400"),
            (b"GET /%00%ff%2e%2e/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"404"),
            (b"GET /page/../../config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"404"),
            (b"GET /api/v1/measurement HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"403"),
        ):
            answer = await say(adapter, octets)
            assert answer.startswith(b"HTTP/1.0 " + status), (octets[:40], answer[:80])
        for _ in range(30):
            await say(adapter, random.randbytes(random.randrange(1, 3000)) + b"\r\n\r\n", 0.5)
        idle = [await asyncio.open_connection("127.0.0.1", adapter.web_port) for _ in range(40)]
        assert (await adapter.get("/api/v1/measurement")).status_code == 200
        for _, writer in idle:
            writer.transport.abort()
        # One octet a second: ended by the deadline for the head.
        reader, writer = await asyncio.open_connection("127.0.0.1", adapter.web_port)
        with contextlib.suppress(OSError):
            for octet in b"GET / HTTP/1.1\r\n":
                writer.write(bytes((octet,)))
                await writer.drain()
                if reader.at_eof():
                    break
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(reader.read(1), 1)
        assert reader.at_eof() or reader.exception()
        writer.close()
        await meter.wait_sent(1)
        status = await adapter.wait_until(
            lambda: _published(adapter, published + len(meter.sent) - began - 1)
        )
        assert status["mqtt"]["latency"]["max_ms"] < 500
        assert (
            status["web"]["refused"]["malformed"] >= 3
            and status["web"]["refused"]["too-large"] >= 3
        )
        assert status["web"]["open"] == 1
        assert status["heap"]["used"] <= floor * 11 // 10
        assert adapter.board.resets in ([], 0)


async def _published(adapter, count: int):
    status = await adapter.status()
    return status if status["mqtt"]["published"] >= count else None
