"""Many adapters at one broker: connect N of them, let each publish at its meter's interval, and measure.

    python -m tools.fleet [--adapters 2000] [--seconds 60] [--broker HOST:PORT] [--pid PID]

Without --broker a Mosquitto of its own is started. Each adapter has its own connection with its own will,
greets as the firmware does (status and meter retained, QoS 1) and publishes a measurement (QoS 0) at
the interval of one of the profiles. A subscriber counts what arrives and how late. --pid names a broker's
process on this machine, whose CPU time is measured; one started here is known. With a clustered broker
give the address of any node, or of its load balancer.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import sys
import time
from pathlib import Path

import paho.mqtt.client as mqtt

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

from firmware.meter import profiles  # noqa: E402 - sys.path is set above
from tools.broker import Mosquitto  # noqa: E402

_KEEPALIVE = 60
_CONNECTS_PER_SECOND = 400
# A measurement as a Kaifa's: every adapter's differs in name, time and values.
_CODES = ("1-0:1.8.0", "1-0:2.8.0", "1-0:1.7.0", "1-0:2.7.0", "1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0",
          "1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0", "1-0:13.7.0")  # fmt: skip


class Client:
    """A paho client driven by the running loop instead of a thread of its own."""

    def __init__(self, name: str, arguments):
        self.loop = asyncio.get_running_loop()
        self.ready = asyncio.Event()
        self.lost = 0
        self.mqtt = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name)
        if arguments.user:
            self.mqtt.username_pw_set(arguments.user, arguments.password)
        if arguments.ca:
            self.mqtt.tls_set(arguments.ca, arguments.cert, arguments.key)
        self.mqtt.on_socket_open = lambda _c, _u, sock: self.loop.add_reader(
            sock, self.mqtt.loop_read
        )
        self.mqtt.on_socket_close = lambda _c, _u, sock: self.loop.remove_reader(sock)
        self.mqtt.on_socket_register_write = self._writable
        self.mqtt.on_socket_unregister_write = lambda _c, _u, sock: self.loop.remove_writer(sock)
        self.mqtt.on_connect = self._connected
        self.mqtt.on_disconnect = self._disconnected

    def _writable(self, _client, _data, sock):
        self.loop.add_writer(sock, self.mqtt.loop_write)

    def _connected(self, _client, _data, _flags, reason, _properties):
        if not reason.is_failure:
            self.ready.set()

    def _disconnected(self, *_):
        self.lost += 1

    def connect(self, host: str, port: int):
        """Begin to connect; `ready` is set when the broker has accepted."""
        self.mqtt.connect(host, port, _KEEPALIVE)


class Adapter(Client):
    """One simulated adapter."""

    def __init__(self, number: int, arguments):
        self.id = "%06x" % number
        super().__init__("obisgate-" + self.id, arguments)
        self.base = "obisgate/" + self.id
        self.profile = profiles.TABLE[number % len(profiles.TABLE)]
        self.sent = 0
        self.mqtt.will_set(self.base + "/status", "offline", 1, True)

    async def run(self, sent_at: dict, until: float):
        """Greet, then publish at the meter's interval, begun at a random moment, until that time."""
        await self.ready.wait()
        self.mqtt.publish(self.base + "/status", "online", 1, True)
        self.mqtt.publish(self.base + "/meter", '{"state": "ok"}', 1, True)
        interval = self.profile.interval
        due = time.monotonic() + random.random() * interval
        while due < until:
            await asyncio.sleep(max(0, due - time.monotonic()))
            self.publish(sent_at)
            due += interval
            self.mqtt.loop_misc()

    def publish(self, sent_at: dict):
        """Send one measurement; it is told apart by its name and count."""
        now = int(time.time())
        document = {"api_version": "v1", "name": "obisgate-" + self.id, "sma_time": self.sent}
        for position, code in enumerate(_CODES):
            document[code] = {"value": 1000 * position + self.sent % 1000, "time": now}
        sent_at[(self.id, self.sent)] = time.monotonic()
        self.mqtt.publish(self.base + "/measurement", json.dumps(document, separators=(",", ":")))
        self.sent += 1


class Listener(Client):
    """Receives every measurement and notes how long it was on its way."""

    def __init__(self, sent_at: dict, arguments):
        super().__init__("fleet-listener-%d" % os.getpid(), arguments)
        self.delays = []
        self.unknown = 0
        self.octets = 0
        self._sent_at = sent_at
        self.subscribed = asyncio.Event()
        self.mqtt.on_message = self._message
        self.mqtt.on_subscribe = lambda *_: self.subscribed.set()

    def _message(self, _client, _data, message):
        document = json.loads(message.payload)
        sent = self._sent_at.pop((document["name"][9:], document["sma_time"]), None)
        if sent is None:
            self.unknown += 1
            return
        self.delays.append(time.monotonic() - sent)
        self.octets += len(message.payload)


def broker_usage(pid: "int | None") -> "tuple | None":
    """Return (CPU seconds, resident octets) of a process, or None where it cannot be seen."""
    try:
        fields = Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
        pages = int(Path("/proc/%d/statm" % pid).read_text().split()[1])
    except (OSError, TypeError):
        return None
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE")


async def fleet(arguments, host: str, port: int, pid: "int | None") -> dict:
    """Run the fleet and return what was measured."""
    sent_at = {}
    empty = broker_usage(pid)
    listener = Listener(sent_at, arguments)
    listener.connect(host, port)
    await asyncio.wait_for(listener.ready.wait(), 10)
    listener.mqtt.subscribe("obisgate/+/measurement")
    await asyncio.wait_for(listener.subscribed.wait(), 10)
    adapters = [Adapter(number, arguments) for number in range(arguments.adapters)]
    began = time.monotonic()
    for count, adapter in enumerate(adapters):
        adapter.connect(host, port)
        await asyncio.sleep(max(0, began + count / _CONNECTS_PER_SECOND - time.monotonic()))
    await asyncio.wait_for(asyncio.gather(*(a.ready.wait() for a in adapters)), 60)
    connected = time.monotonic() - began
    before, start = broker_usage(pid), time.monotonic()
    until = start + arguments.seconds
    await asyncio.gather(*(adapter.run(sent_at, until) for adapter in adapters))
    measured = time.monotonic() - start
    after = broker_usage(pid)
    deadline = time.monotonic() + 10
    while sent_at and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    return report(adapters, listener, sent_at, connected, measured, (empty, before, after))


def report(adapters, listener, missing, connected, measured, usage) -> dict:
    """Return the results by name."""
    sent = sum(adapter.sent for adapter in adapters)
    delays = sorted(listener.delays)
    result = {
        "adapters": len(adapters),
        "connected_in_s": round(connected, 2),
        "seconds": round(measured, 2),
        "sent": sent,
        "received": len(delays),
        "lost": len(missing),
        "connections_lost": sum(adapter.lost for adapter in adapters) + listener.lost,
        "messages_per_s": round(sent / measured, 1),
        "octets_per_message": round(listener.octets / max(1, len(delays))),
        "mean_interval_s": round(statistics.mean(a.profile.interval for a in adapters), 2),
    }
    if delays:
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
            position = min(len(delays) - 1, int(share * len(delays)))
            result["delay_%s_ms" % name] = round(1000 * delays[position], 1)
    if all(usage):
        empty, before, after = usage
        cpu = after[0] - before[0]
        result["broker_cpu_percent_of_a_core"] = round(100 * cpu / measured, 1)
        result["broker_cpu_us_per_message"] = round(1e6 * cpu / max(1, sent), 1)
        result["broker_resident_MB"] = round(after[1] / 1e6, 1)
        result["broker_octets_per_connection"] = round((after[1] - empty[1]) / len(adapters))
    return result


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--adapters", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--broker", help="HOST:PORT; without it a Mosquitto is started")
    parser.add_argument("--pid", type=int, help="process of a broker on this machine")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default=os.environ.get("FLEET_PASSWORD", ""))
    parser.add_argument("--ca", help="certificate of the broker's authority: connect by TLS")
    parser.add_argument("--cert", help="client certificate")
    parser.add_argument("--key", help="its key")
    arguments = parser.parse_args()
    wanted = arguments.adapters + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    own = None
    if arguments.broker:
        host, _, port = arguments.broker.partition(":")
        address = host, int(port or 1883)
        pid = arguments.pid
    else:
        own = Mosquitto()
        await own.start()
        address = "127.0.0.1", own.port
        pid = own.pid
    try:
        result = await fleet(arguments, *address, pid)
    finally:
        if own:
            await own.stop()
    print(json.dumps(result, indent=2))
    return 1 if result["lost"] or result["connections_lost"] else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
