"""The whole firmware under test: a virtual meter, its line, the board, a broker, and who listens.

async with Adapter(tmp_path, meter=KaifaNetzNoe(interval=2)) as adapter:
    document = await adapter.wait_measurement()
    assert readings(document) == adapter.sent_at(document).expected
"""

import asyncio
import contextlib
import json

import httpx
import paho.mqtt.client as mqtt

from tools import adapter as assembly
from tools.broker import EmbeddedBroker
from tools.meters.base import Number


def exact(text: "str | bytes") -> dict:
    """Return a JSON document whose numbers keep their exact text, as Number."""
    return json.loads(text, parse_int=Number, parse_float=Number)


def readings(document: dict) -> dict:
    """Return {code: {"value": Number | str, "time": Unix time}} of a measurement document."""
    found = {}
    for code, entry in document.items():
        if isinstance(entry, dict):
            found[code] = dict(entry)
            if "time" in entry:
                found[code]["time"] = int(entry["time"])
    return found


def meter_time(document: dict) -> int:
    """Return the meter's own time of a measurement document, in Unix seconds."""
    return max(entry["time"] for entry in readings(document).values() if "time" in entry)


class Subscription:
    """What arrives on one MQTT topic, oldest first: (topic, payload, retained, time of the loop)."""

    def __init__(self, broker, topic: str):
        self._loop = asyncio.get_running_loop()
        self._broker = broker
        self._topic = topic
        self._messages = asyncio.Queue()
        self._subscribed = asyncio.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe(self._topic)
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        if broker.user:
            self._client.username_pw_set(broker.user, broker.password)

    async def start(self):
        """Connect; returns once the broker confirmed the subscription."""
        self._client.connect_async(self._broker.host, self._broker.port)
        self._client.loop_start()
        await asyncio.wait_for(self._subscribed.wait(), 10)

    async def stop(self):
        """Disconnect."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def get(self, timeout: float = 60.0) -> tuple:
        """Return the next message; raises TimeoutError."""
        return await asyncio.wait_for(self._messages.get(), timeout)

    def waiting(self) -> list:
        """Return what has arrived and was not taken."""
        found = []
        while not self._messages.empty():
            found.append(self._messages.get_nowait())
        return found

    def _on_subscribe(self, *_):
        self._call(self._subscribed.set)

    def _on_message(self, _client, _data, message):
        entry = (message.topic, message.payload, bool(message.retain), self._loop.time())
        self._call(self._messages.put_nowait, entry)

    def _call(self, function, *arguments):
        # The client's thread may outlive the loop for a moment.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)


class Adapter(assembly.Adapter):
    """The assembly of tools/adapter.py with what tests need.

    broker: "embedded" (default), None, a started broker object with `port`, or a tools.adapter.Broker.
    faults: faults of tools.line for the first telegrams.
    """

    def __init__(self, folder, meter=None, broker="embedded", faults=(), **more):
        self._embedded = EmbeddedBroker() if broker == "embedded" else None
        if self._embedded:
            broker = self._embedded
        if hasattr(broker, "start"):
            broker = assembly.Broker("127.0.0.1", broker.port)
        super().__init__(folder, meter=meter, broker=broker, **more)
        for fault in faults:
            self.line.inject(fault)
        self._subscriptions = []
        self._measurements = None
        self.http = None

    async def start(self):
        self.http = httpx.AsyncClient(
            base_url=self.url, timeout=10, headers={"Authorization": "Bearer " + self.token}
        )
        if self._embedded:
            await self._embedded.start()
            self._measurements = await self.subscribe("measurement")
        await super().start()

    async def stop(self):
        await super().stop()
        for subscription in self._subscriptions:
            await subscription.stop()
        if self._embedded:
            await self._embedded.stop()
        await self.http.aclose()

    async def subscribe(self, leaf: str) -> Subscription:
        """Subscribe to a topic under the adapter's own, such as "measurement" or "#"."""
        subscription = Subscription(self.broker, self.topic + "/" + leaf)
        await subscription.start()
        self._subscriptions.append(subscription)
        return subscription

    async def wait_measurement(self, timeout: float = 60.0) -> dict:
        """Return the next measurement published by MQTT, with exact numbers; raises TimeoutError."""
        try:
            return exact((await self._measurements.get(timeout))[1])
        except asyncio.TimeoutError:
            raise TimeoutError(
                "no measurement in %.0f s; %s" % (timeout, self.explain())
            ) from None

    async def get(self, path: str, **more) -> httpx.Response:
        """GET a path with the token."""
        return await self.http.get(path, **more)

    async def measurement(self) -> dict:
        """Return what REST answers as the latest measurement, with exact numbers."""
        response = await self.get("/api/v1/measurement")
        response.raise_for_status()
        return exact(response.content)

    async def status(self) -> dict:
        """Return what REST answers as the status."""
        response = await self.get("/api/v1/status")
        response.raise_for_status()
        return response.json()

    async def wait_until(self, condition, timeout: float = 60.0, pause: float = 0.05):
        """Ask an async condition() until it answers something true, and return that."""

        async def answered():
            while True:
                with contextlib.suppress(httpx.TransportError, httpx.HTTPStatusError):
                    answer = await condition()
                    if answer:
                        return answer
                await asyncio.sleep(pause)

        return await asyncio.wait_for(answered(), timeout)

    async def wait_web(self, timeout: float = 60.0):
        """Wait until the page's port answers."""

        async def answers():
            return (await self.get("/api/v1/status")).status_code

        await self.wait_until(answers, timeout)

    def sent_at(self, document: dict):
        """Return the meter's Sent whose clock the document shows; None if it sent none such."""
        time = meter_time(document)
        for sent in reversed(self.meter.sent):
            if any(entry.get("time") == time for entry in sent.expected.values()):
                return sent
        return None

    def line_log(self) -> list:
        """Return the line log, see tools.line.Port.log."""
        return self.line.log()

    def explain(self) -> str:
        """Return the board's last words, for a failing test."""
        return "resets %s, board: %s" % (
            self.board.resets,
            "\n".join(list(self.board.output)[-15:]),
        )
