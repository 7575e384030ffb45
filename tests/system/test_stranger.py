"""A stranger with many connections, long bodies or many guesses holds nothing up; readings keep coming."""

import asyncio
import contextlib
import time

import httpx
import pytest
from system.harness import Adapter

from tools.meters.kaifa import KaifaNetzNoe

INTERVAL = 1
# From a telegram's last character to its reading, beside everything a stranger does (R8.5).
LATEST_MS = 500


@contextlib.asynccontextmanager
async def connection(adapter):
    reader, writer = await asyncio.open_connection("127.0.0.1", adapter.web_port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def send(adapter, *parts: bytes, seconds: float = 20) -> bytes:
    """Send parts and return all that comes back; b"" where the adapter hangs up without a word."""
    async with connection(adapter) as (reader, writer):
        with contextlib.suppress(OSError):
            for part in parts:
                writer.write(part)
                await writer.drain()
        with contextlib.suppress(OSError):
            return await asyncio.wait_for(reader.read(), seconds)
    return b""


def endless(line: bytes, count: int = 4000):
    return [line] * count


HEAD = b"GET /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\n"
LOGIN = b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
LONG = 1 << 20
HOSTILE = {
    "nothing": ([], {b""}),
    "endless request line": ([b"GET /" + b"a" * LONG], {b"431", b"414", b""}),
    "endless header": ([HEAD + b"X: " + b"a" * LONG], {b"431", b""}),
    "endless headers": ([HEAD, *endless(b"X: y\r\n")], {b"431", b""}),
    "other protocol": ([b"GET / SPDY/9\r\n\r\n"], {b"400"}),
    "two lengths": ([HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"], {b"400"}),
    "long body": ([LOGIN + b"Content-Length: %d\r\n\r\n" % LONG, b"x" * LONG], {b"413", b""}),
    "deep json": ([LOGIN + b"Content-Length: 4000\r\n\r\n" + b"[" * 4000], {b"400"}),
    "no json": ([LOGIN + b"Content-Length: 4\r\n\r\n\xff\xfe{}"], {b"400"}),
    "escaped path": ([b"GET /page/..%2f..%2fkeys HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"], {b"404"}),
}


def code(answer: bytes) -> bytes:
    return answer.split(b" ", 2)[1] if answer.startswith(b"HTTP/") else b""


async def heap(adapter) -> int:
    return (await adapter.status())["heap"]["used"]


class Readings:
    """Watches over the readings: the longest time from telegram to telegram, in intervals."""

    def __init__(self, adapter):
        self._adapter = adapter
        self._task = None
        self.gaps = []

    async def __aenter__(self):
        await self._adapter.wait_measurement(60)
        self._task = asyncio.create_task(self._watch())
        return self

    async def _watch(self):
        last = time.monotonic()
        while True:
            await self._adapter.wait_measurement(60)
            now = time.monotonic()
            self.gaps.append(now - last)
            last = now

    async def __aexit__(self, *_):
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


@pytest.mark.timeout(300)
async def test_malformed_requests_are_refused_and_cost_nothing(tmp_path):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with Adapter(tmp_path, meter=meter) as adapter, Readings(adapter) as readings:
        for parts, _ in HOSTILE.values():
            await send(adapter, *parts)
        before = await heap(adapter)
        for name, (parts, allowed) in HOSTILE.items():
            answer = await send(adapter, *parts)
            assert code(answer) in allowed, (name, answer[:200])
            assert b"Traceback" not in answer
        for _ in range(5):
            for parts, _ in HOSTILE.values():
                await send(adapter, *parts)
        assert (await adapter.get("/api/v1/measurement")).status_code == 200
        status = await adapter.status()
        assert await heap(adapter) - before < 16384
        assert status["web"]["refused"].get("failed", 0) == 0
        assert status["mqtt"]["latency"]["p99_ms"] < LATEST_MS
        assert adapter.board.resets == []
    assert max(readings.gaps) < 4 * INTERVAL


@pytest.mark.timeout(300)
async def test_slow_senders_and_idle_connections_hold_nobody_up(tmp_path):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with Adapter(tmp_path, meter=meter) as adapter, Readings(adapter) as readings:
        before = await heap(adapter)
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(200):
                with contextlib.suppress(OSError):
                    await stack.enter_async_context(connection(adapter))
            dripping = asyncio.create_task(_drip(adapter))
            answered = 0
            for _ in range(10):
                with contextlib.suppress(Exception):
                    answered += (await adapter.get("/api/v1/measurement")).status_code == 200
                await asyncio.sleep(0.5)
            assert answered >= 5
            await dripping
        await adapter.wait_until(lambda: _quiet(adapter), 30)
        assert await heap(adapter) - before < 16384
        assert (await adapter.status())["mqtt"]["latency"]["p99_ms"] < LATEST_MS
        assert adapter.board.resets == []
    assert max(readings.gaps) < 4 * INTERVAL


@pytest.mark.timeout(300)
async def test_guessing_passwords_and_tokens_delays_no_reading(tmp_path):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with Adapter(tmp_path, meter=meter) as adapter, Readings(adapter) as readings:
        ends = time.monotonic() + 20
        guesses = 0
        async with httpx.AsyncClient(base_url=adapter.url, timeout=30) as guesser:
            while time.monotonic() < ends:
                body = {"password": "geraten-%d" % guesses}
                headers = {"Authorization": "Bearer guess-%d" % guesses}
                answers = await asyncio.gather(
                    guesser.post("/api/v1/session", json=body),
                    guesser.get("/api/v1/config", headers=headers),
                )
                guesses += 2
                assert {answer.status_code for answer in answers} <= {401, 429}
            assert guesses > 100
            # From the same address even the right token has to wait, but not for ever.
            headers = {"Authorization": "Bearer " + adapter.token}
            answer = await guesser.get("/api/v1/status", headers=headers)
            assert answer.status_code == 429 and int(answer.headers["Retry-After"]) <= 300
        assert adapter.board.resets == []
        assert len(readings.gaps) >= 10
    assert max(readings.gaps) < 4 * INTERVAL


async def _drip(adapter):
    """Send a request one character at a time until the adapter has had enough; it must not take for ever."""
    began = time.monotonic()
    async with connection(adapter) as (reader, writer):
        with contextlib.suppress(OSError):
            for octet in HEAD * 3:
                writer.write(bytes((octet,)))
                await writer.drain()
                await asyncio.sleep(0.2)
                if reader.at_eof():
                    break
    assert time.monotonic() - began < 25


async def _quiet(adapter) -> bool:
    return (await adapter.status())["web"]["open"] <= 1
