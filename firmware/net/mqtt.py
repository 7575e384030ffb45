"""Publish readings, status and discovery to an MQTT broker as FORMAT.md says; never hold up the loop."""

import asyncio
import json
import os

from compat import const
from firmware import clock
from firmware.latency import Latency
from firmware.meter import measurement
from firmware.net import resolver
from firmware.net.mqtt_client import MQTTClient, MQTTException

_TIMEOUT_MS = const(8000)
_FIRST_BACKOFF_MS = const(1000)
_MAX_BACKOFF_MS = const(30000)
_REFUSALS = {
    1: "protocol version refused",
    2: "client id refused",
    3: "server unavailable",
    4: "user or password wrong",
    5: "not authorised",
}


class Mqtt:
    """Keeps one connection to the broker. `state` is "off", "connecting", "online" or "waiting".

    config: config.store.Config; device: device.Device; hub, status: where readings and states come from;
    tls: callable(config) -> (TLS context | None, server host name | None), called before each connect.
    announce: coroutine function(client) run after each connect (discovery), or None.
    commands: {topic: function(payload)}, subscribed to at each connect.
    """

    def __init__(self, config, device, hub, status, tls=None, announce=None):
        self.state = "off"
        self.error = None
        self.latency = Latency()
        self.published = 0
        self.reconnects = 0
        self.client = None
        self.commands = {}
        self._config = config
        self._device = device
        self._hub = hub
        self._status = status
        self._tls = tls
        self._announce = announce
        self._document = measurement.Document()
        self._changed = asyncio.Event()
        self._passed = 0  # when the reading was received that was published last
        self._passing = asyncio.Event()
        config.on_change(self._config_changed)

    def _config_changed(self, changes):
        if any(key.startswith("mqtt.") for key in changes):
            self._changed.set()

    @property
    def base(self) -> str:
        """The base topic: the owner's, or `obisgate/<id>`."""
        return self._config["mqtt.topic"] or "obisgate/" + self._device.id

    def topic(self, leaf: str) -> bytes:
        """Return the full topic of a leaf such as "measurement"."""
        return (self.base + "/" + leaf).encode()

    async def run(self):
        """Connect, publish, and connect again with growing, jittered pauses; returns never."""
        backoff = _FIRST_BACKOFF_MS
        while True:
            self._changed.clear()
            if not self._config["mqtt.host"]:
                self.state = "off"
                await self._changed.wait()
                backoff = _FIRST_BACKOFF_MS
            started = clock.uptime_ms()
            self.state = "connecting"
            try:
                await self._session()
            except MQTTException as error:
                code = error.args[0] if error.args else ""
                self.error = _REFUSALS.get(code, str(code))
            except (OSError, ValueError) as error:
                self.error = _cause(error)
            finally:
                client, self.client = self.client, None
                if client is not None:
                    await client.close()
            self.state = "waiting"
            self._status.touch()
            if clock.uptime_ms() - started > 2 * _MAX_BACKOFF_MS:
                backoff = _FIRST_BACKOFF_MS
            self.reconnects += 1
            # Jitter in the upper half, so that a street of adapters does not return in step.
            pause = backoff // 2 + os.urandom(1)[0] * backoff // 512
            backoff = min(2 * backoff, _MAX_BACKOFF_MS)
            try:
                await asyncio.wait_for_ms(self._changed.wait(), pause)
                backoff = _FIRST_BACKOFF_MS
            except asyncio.TimeoutError:
                pass

    async def _session(self):
        config = self._config
        context, hostname = self._tls(config) if self._tls else (None, None)

        async def open_stream():
            address = await resolver.resolve(config["mqtt.host"], self._device.dns_server())
            if context is None:
                return await asyncio.open_connection(address, config["mqtt.port"])
            return await asyncio.open_connection(
                address, config["mqtt.port"], ssl=context, server_hostname=hostname
            )

        user = config["mqtt.user"] or None
        client = MQTTClient(
            b"obisgate-" + self._device.id.encode(),
            config["mqtt.host"],
            open_stream,
            timeout_ms=_TIMEOUT_MS,
            user=user.encode() if user else None,
            password=config["mqtt.password"].encode() if user else None,
            keepalive=config["mqtt.keepalive"],
        )
        client.set_last_will(self.topic("status"), b"offline", retain=True, qos=1)
        client.set_callback(self._command)
        self.client = client
        await client.connect()
        client.last_received = clock.uptime_ms()
        receiver = asyncio.create_task(self._receive(client))
        try:
            await self._greet(client)
            self.state = "online"
            self.error = None
            self._status.touch()
            await self._publish(client, receiver)
        finally:
            receiver.cancel()

    async def _greet(self, client):
        for topic in self.commands:
            await client.subscribe(topic, 1)
        await client.publish(self.topic("status"), b"online", True, 1)
        await self._publish_meter(client)
        if self._announce is not None:
            await self._announce(client)

    async def _publish_meter(self, client):
        meter = json.dumps(self._status.meter()).encode()
        await client.publish(self.topic("meter"), meter, True, 1)
        info = json.dumps(self._status.info()).encode()
        await client.publish(self.topic("info"), info, True, 1)

    async def _publish(self, client, receiver):
        """Publish each reading as it comes, the meter's state when it changes, and a ping in time."""
        consumer = self._hub.subscribe()
        told = self._status.version
        # A task of its own: no reading waits until the broker has acknowledged the state.
        teller = None
        keepalive_ms = self._config["mqtt.keepalive"] * 1000
        next_ping = clock.uptime_ms() + keepalive_ms // 2
        try:
            while True:
                if receiver.done():
                    raise OSError("broker closed the connection")
                now = clock.uptime_ms()
                if now - client.last_received > keepalive_ms * 3 // 2:
                    raise OSError("broker does not answer")
                if self._changed.is_set():
                    await client.disconnect()
                    return
                if now >= next_ping:
                    await client.ping()
                    next_ping = now + keepalive_ms // 2
                if teller is not None and teller.done():
                    await teller
                    teller = None
                if teller is None and told != self._status.version:
                    told = self._status.version
                    teller = asyncio.create_task(self._publish_meter(client))
                reading = await consumer.next(1)
                if reading is not None:
                    await self._publish_reading(client, reading)
        finally:
            consumer.close()
            if teller is not None:
                teller.cancel()

    async def _publish_reading(self, client, reading):
        measurement.write(self._document, reading, self._device.name, clock.uptime_ms())
        await client.publish(self.topic("measurement"), self._document.data())
        self.latency.add(clock.uptime_ms() - reading.received)
        self.published += 1
        self._passed = reading.received
        self._passing.set()

    async def passed(self, reading):
        """Wait until a reading is on its way, or a second: what is less urgent goes after it."""
        while self.state == "online" and self._passed < reading.received:
            self._passing.clear()
            try:
                await asyncio.wait_for_ms(self._passing.wait(), 1000)
            except asyncio.TimeoutError:
                return

    async def _receive(self, client):
        try:
            while True:
                await client.wait_msg()
                client.last_received = clock.uptime_ms()
        except (OSError, EOFError, MQTTException) as error:
            self.error = str(error) or type(error).__name__

    def _command(self, topic, message):
        handler = self.commands.get(bytes(topic))
        if handler is not None:
            handler(bytes(message))

    def snapshot(self) -> dict:
        """Return the connection's state for the status resource; no secret in it."""
        return {
            "state": self.state,
            "error": self.error,
            "published": self.published,
            "reconnects": self.reconnects,
            "latency": self.latency.snapshot(),
        }


def _cause(error) -> str:
    """Return what went wrong: TLS's cause where it lies there, else the error's own words."""
    from firmware.net import tls

    return tls.cause(error) or str(error) or type(error).__name__
