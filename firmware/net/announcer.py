"""When to announce the adapter to Home Assistant; what is said then is in discovery.py."""

import json
import os

from compat import const
from firmware import clock
from firmware.unload import unload

_SHORTEST_EXPIRY_S = const(30)
_JITTER_MS = const(5000)


class Announcer:
    """Publishes the announcement whenever it is due: connected, Home Assistant started, codes learned.

    codes: {code: a value it had}, of all codes seen since the start.
    """

    def __init__(self, config, device, hub, status, mqtt):
        self.config = config
        self.device = device
        self._hub = hub
        self.status = status
        self.mqtt = mqtt
        self.codes = {}
        self._told = None
        self._told_update = None
        self._again_at = None
        self._birth_topic = None

    def topic(self) -> bytes:
        """Return the topic of the announcement."""
        prefix = self.config["discovery.prefix"]
        return ("%s/device/obisgate-%s/config" % (prefix, self.device.id)).encode()

    async def run(self):
        """Announce whenever there is something new to say; returns never."""
        consumer = self._hub.subscribe()
        try:
            while True:
                self._listen_for_birth()
                reading = await consumer.next(1)
                if reading is not None:
                    self._learn(reading)
                    await self.mqtt.passed(reading)
                if self.mqtt.state == "online":
                    await self._look()
        finally:
            consumer.close()

    def _listen_for_birth(self):
        """Let the next connection subscribe to where Home Assistant says that it has started."""
        topic = (self.config["discovery.prefix"] + "/status").encode()
        if topic != self._birth_topic:
            self.mqtt.commands.pop(self._birth_topic, None)
            self.mqtt.commands[topic] = self.birth
            self._birth_topic = topic

    def birth(self, message: bytes):
        """Home Assistant has started: announce again, not all adapters at the same moment."""
        if message == b"online":
            self._again_at = clock.uptime_ms() + os.urandom(1)[0] * _JITTER_MS // 256

    def _learn(self, reading):
        for code, entry in reading.values.items():
            if code.startswith("1-1:") and "1-0:" + code[4:] in reading.values:
                continue
            if entry[0] is not None:
                self.codes[code] = entry[0]

    def expiry_s(self) -> int:
        """Return after how many seconds without a telegram a value is no longer known."""
        seconds = (self._hub.stale_after_ms() + 999) // 1000
        return max(_SHORTEST_EXPIRY_S, (seconds + 9) // 10 * 10)

    async def _look(self):
        client = self.mqtt.client
        wanted = self.config["discovery.homeassistant"]
        now = clock.uptime_ms()
        if self._again_at is not None and now >= self._again_at:
            self._again_at = None
            self._told = None
            self._told_update = None
        if wanted and not self.codes:
            return
        due = (client, wanted, self.topic(), len(self.codes), self.expiry_s() if wanted else 0,
               self.device.name, self.config["device.language"])  # fmt: skip
        if client is None:
            return
        try:
            if wanted and (client, self.status.update) != self._told_update:
                self._told_update = (client, self.status.update)
                await self._publish_update(client)
            if due == self._told:
                return
            if wanted:
                await self._publish(client)
            else:
                await client.publish(self.topic(), b"", True, 1)
        except OSError:
            # The connection went away: its successor is told again.
            return
        self._told = due

    async def _publish_update(self, client):
        version = self.status.info()["version"]
        offered, percent = self.status.update
        state = {
            "installed_version": version,
            "latest_version": offered or version,
            "in_progress": percent is not None,
            "update_percentage": percent,
        }
        await client.publish(self.mqtt.topic("update"), json.dumps(state).encode(), True, 1)

    async def _publish(self, client):
        from firmware.net import discovery

        try:
            await client.publish_pieces(self.topic(), lambda: discovery.pieces(self), True)
        finally:
            # Needed again when a code is learned or Home Assistant starts; until then its RAM is free.
            unload("firmware.net.discovery")
