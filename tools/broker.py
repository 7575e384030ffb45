"""MQTT brokers for runs and tests on this PC, on the loopback interface only."""

import asyncio
import logging
import shutil
import socket
import tempfile
from pathlib import Path

from amqtt.broker import Broker


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class EmbeddedBroker:
    """amqtt in this process, on 127.0.0.1; it lets everybody in."""

    def __init__(self, port: int = 0):
        self.port = port or free_port()
        self._broker = None

    async def start(self):
        """Listen."""
        # amqtt tells of every connection, and calls one that ends without a DISCONNECT an error.
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.CRITICAL)
        self._broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:%d" % self.port}},
                "plugins": {
                    "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
                },
            }
        )
        await self._broker.start()

    async def stop(self):
        """Close all connections."""
        if self._broker:
            await self._broker.shutdown()
            self._broker = None


class Mosquitto:
    """A Mosquitto on 127.0.0.1 that lets everybody in, where it is installed."""

    def __init__(self, port: int = 0):
        self.port = port or free_port()
        self._process = None
        self._folder = None
        self._reading = None

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @staticmethod
    def installed() -> bool:
        """Tell whether this machine has it."""
        return _mosquitto() is not None

    async def start(self):
        """Listen; returns once it does."""
        self._folder = tempfile.TemporaryDirectory(prefix="mosquitto-")
        configuration = Path(self._folder.name) / "mosquitto.conf"
        configuration.write_text("listener %d 127.0.0.1\nallow_anonymous true\n" % self.port)
        self._process = await asyncio.create_subprocess_exec(
            _mosquitto(), "-c", configuration, stderr=asyncio.subprocess.PIPE
        )
        async for line in self._process.stderr:
            if b" running" in line:
                self._reading = asyncio.create_task(self._read_log())
                return
        raise OSError("mosquitto does not start")

    async def _read_log(self):
        # Unread, its log would fill the pipe and stop it.
        while await self._process.stderr.readline():
            pass

    async def stop(self):
        """End it."""
        if self._process:
            self._process.terminate()
            await self._process.wait()
            self._reading.cancel()
            self._folder.cleanup()
            self._process = None


def _mosquitto() -> "str | None":
    # Debian puts it where only the superuser's path leads.
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
