"""A TCP proxy before a broker that misbehaves in the ways brokers and networks do."""

import asyncio
import contextlib

_MIDDLE_OF_CONNACK = 2


class FaultyBroker:
    """Stands on its own port before the broker at a port. `mode` may change at any time:

    "pass"     does nothing wrong
    "refuse"   does not listen
    "silent"   accepts and never answers
    "stall"    stops in the middle of the first packet it passes on, and stays connected
    "vanish"   what is connected stays so, but nothing passes any more, either way
    """

    def __init__(self, behind: int):
        self.mode = "pass"
        self.port = None
        self.accepted = 0
        self._behind = behind
        self._server = None
        self._tasks = set()

    async def start(self):
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port or 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        """Listen no more and drop every connection."""
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def become(self, mode: str):
        """Misbehave in a way from now on; connections of before are dropped unless they "vanish"."""
        if mode != "vanish":
            await self.stop()
        self.mode = mode
        if mode not in ("refuse", "vanish"):
            await self.start()

    async def _serve(self, reader, writer):
        self.accepted += 1
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            if self.mode == "silent":
                await asyncio.Event().wait()
            await self._relay(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _relay(self, reader, writer):
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        limit = _MIDDLE_OF_CONNACK if self.mode == "stall" else None
        try:
            await asyncio.gather(
                self._pipe(reader, behind_writer, None), self._pipe(behind_reader, writer, limit)
            )
        finally:
            behind_writer.close()

    async def _pipe(self, reader, writer, limit):
        while data := await reader.read(1 if limit else 4096):
            if self.mode == "vanish" or limit == 0:
                await asyncio.Event().wait()
            if limit:
                limit -= 1
            writer.write(data)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
        writer.close()
