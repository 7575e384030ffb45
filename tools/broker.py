"""The embedded MQTT broker for runs and tests on this PC: amqtt, on the loopback interface only."""

import logging
import socket

from amqtt.broker import Broker


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class EmbeddedBroker:
    """A broker on 127.0.0.1 that lets everybody in."""

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
