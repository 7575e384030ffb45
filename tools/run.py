"""Run the adapter on this PC: `make run`.

What is not given in the environment is chosen and printed:

    METER=      virtual meter (default kaifa; `python -m tools.meters` lists them)
    SERIAL=     serial device or pty of a real meter, in place of the virtual one
    KEY= AUTH_KEY=   keys in hex; PROFILE= the meter's profile, else it is detected
    BROKER=     HOST[:PORT] or mqtt://USER:PASSWORD@HOST:PORT, in place of the embedded one
    PORT=       port of the page; TOKEN= API token
    LINE_LOG=   file to write the line log to, as JSON lines
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from tools.adapter import TREE, Adapter, Broker  # noqa: E402
from tools.broker import EmbeddedBroker  # noqa: E402
from tools.host_board import NoRuntime, micropython  # noqa: E402
from tools.meters.catalogue import METERS  # noqa: E402

_SHOWN = ("1-0:1.8.0", "1-0:2.8.0", "1-0:1.7.0", "1-0:2.7.0", "1-0:32.7.0")


class Refused(Exception):
    """The environment asks for something that cannot be; the text says what."""


def parse_key(name: str) -> bytes:
    """Return the key in an environment variable, empty if it is not set; raises Refused."""
    text = "".join(os.environ.get(name, "").split())
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Refused("%s is written in hexadecimal digits" % name)


def parse_broker(text: str) -> Broker:
    """Return the broker that BROKER= names; raises Refused."""
    url = urlsplit(text if "://" in text else "mqtt://" + text)
    if url.scheme != "mqtt" or not url.hostname:
        raise Refused("BROKER is HOST[:PORT] or mqtt://USER:PASSWORD@HOST:PORT")
    return Broker(url.hostname, url.port or 1883, url.username or "", url.password or "")


def choose_meter():
    """Return the virtual meter that METER= names, or None with SERIAL=; raises Refused."""
    if os.environ.get("SERIAL"):
        return None
    name = os.environ.get("METER") or "kaifa"
    if name not in METERS:
        raise Refused("no virtual meter '%s'; there are: %s" % (name, ", ".join(sorted(METERS))))
    key, auth_key = parse_key("KEY"), parse_key("AUTH_KEY")
    keys = {"key": key} if key else {}
    if auth_key:
        keys["auth_key"] = auth_key
    return METERS[name](**keys)


def summary(payload: bytes) -> str:
    """Return one line that shows a measurement, with the values exactly as sent."""
    document = json.loads(payload, parse_int=str, parse_float=str)
    time = document.get("0-0:1.0.0", {}).get("value", "")
    values = ["%s=%s" % (code, document[code]["value"]) for code in _SHOWN if code in document]
    count = sum(1 for value in document.values() if isinstance(value, dict))
    return "%s  %s  (%d values)" % (time, "  ".join(values), count)


def subscribe(adapter: Adapter) -> mqtt.Client:
    """Print each measurement that the broker passes on."""
    broker = adapter.broker
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    if broker.user:
        client.username_pw_set(broker.user, broker.password)

    def connected(client, _data, _flags, _reason, _properties):
        client.subscribe(adapter.topic + "/measurement")

    def message(_client, _data, message):
        print(summary(message.payload), flush=True)

    client.on_connect = connected
    client.on_message = message
    client.connect_async(broker.host, broker.port)
    client.loop_start()
    return client


def introduction(adapter: Adapter, meter: str) -> str:
    """Return what a user needs to know: the page, a subscribe and a curl command."""
    broker = adapter.broker
    login = "-u %s -P '…' " % broker.user if broker.user else ""
    return """
  meter      %s
  page       %s   (password for settings: %s)
  subscribe  mosquitto_sub -h %s -p %d %s-v -t '%s/#'
  poll       curl -H 'Authorization: Bearer %s' %s/api/v1/measurement

Ctrl-C ends everything. Readings as they come:
""" % (
        meter,
        adapter.url,
        adapter.admin_password,
        broker.host,
        broker.port,
        login,
        adapter.topic,
        adapter.token,
        adapter.url,
    )


async def run():
    """Start everything, and stop it again when the user says so."""
    micropython()
    meter = choose_meter()
    serial = os.environ.get("SERIAL", "")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        if os.environ.get("BROKER"):
            broker = parse_broker(os.environ["BROKER"])
        else:
            embedded = EmbeddedBroker()
            await embedded.start()
            stack.push_async_callback(embedded.stop)
            broker = Broker("127.0.0.1", embedded.port)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="obisgate-"))
        log = os.environ.get("LINE_LOG")
        profile = os.environ.get("PROFILE")
        adapter = Adapter(
            Path(folder),
            meter=meter,
            serial=serial,
            broker=broker,
            keys=(parse_key("KEY"), parse_key("AUTH_KEY")) if serial else None,
            config={"meter.profile": profile} if profile else None,
            token=os.environ.get("TOKEN", ""),
            web_port=int(os.environ.get("PORT") or 0),
            on_line=lambda line: print("  board: " + line, flush=True),
            log_file=stack.enter_context(open(log, "w")) if log else None,
        )
        await stack.enter_async_context(adapter)
        client = subscribe(adapter)
        stack.callback(client.loop_stop)
        stack.callback(client.disconnect)
        kind = "at " + serial if serial else "%s (virtual, %s)" % (meter.NAME, meter.SETTINGS)
        print(introduction(adapter, kind), flush=True)
        stopped = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(adapter.board.ended.wait())
        await asyncio.wait((stopped, ended), return_when=asyncio.FIRST_COMPLETED)
        failed = not stop.is_set()
        stopped.cancel()
        ended.cancel()
        print("\nThe firmware ended by itself." if failed else "\nStopped.", flush=True)
    return 1 if failed else 0


def main() -> int:
    if not TREE.exists():
        print("run: build the firmware first: make build", file=sys.stderr)
        return 1
    try:
        return asyncio.run(run())
    except (Refused, NoRuntime, OSError) as error:
        print("run: %s" % error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
