"""HTTP clients that poll the measurement ten times a second each, in a process of their own.

    TOKEN=… python -m tools.bench.http_load URL CLIENTS

Runs until it is ended.
"""

import asyncio
import contextlib
import os
import sys

import httpx

_PAUSE = 0.1


async def _poll(client):
    while True:
        await asyncio.sleep(_PAUSE)
        with contextlib.suppress(httpx.TransportError):
            answer = await client.get("/api/v1/measurement")
            # Busy is an answer: more connections at a time than the board has room for.
            if answer.status_code != 503:
                answer.raise_for_status()


async def main(url: str, clients: int):
    headers = {"Authorization": "Bearer " + os.environ["TOKEN"]}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        await asyncio.gather(*(_poll(client) for _ in range(clients)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
