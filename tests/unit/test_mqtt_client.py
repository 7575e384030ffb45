"""The MQTT client against a scripted broker: its packets are umqtt.simple's, its waiting never blocks."""

import asyncio

from support import MICROPYTHON, skip

if MICROPYTHON:
    from firmware.net.mqtt_client import MQTTClient, MQTTException

CONNACK = b"\x20\x02\x00\x00"


class Pipe:
    """One direction of a scripted connection."""

    def __init__(self):
        self.data = b""
        self.arrived = asyncio.Event()

    def put(self, data):
        self.data += data
        self.arrived.set()

    async def readexactly(self, count):
        while len(self.data) < count:
            self.arrived.clear()
            await self.arrived.wait()
        taken, self.data = self.data[:count], self.data[count:]
        return taken


class Writer:
    def __init__(self, pipe, stalled=False):
        self.pipe = pipe
        self.stalled = stalled
        self.closed = False

    def write(self, data):
        self.pipe.put(bytes(data))

    async def drain(self):
        if self.stalled:
            await asyncio.Event().wait()

    def close(self):
        self.closed = True

    async def wait_closed(self):
        pass


def run(script, stalled=False, **options):
    """Run script(client, to_client, from_client) with a client over two pipes."""
    if not MICROPYTHON:
        skip("umqtt.simple is a package for the device")
    to_client, from_client = Pipe(), Pipe()
    writer = Writer(from_client, stalled)

    async def open_stream():
        return to_client, writer

    async def main():
        client = MQTTClient(b"id", "broker", open_stream, timeout_ms=100, **options)
        await script(client, to_client, from_client)
        return writer

    return asyncio.run(main())


def failure(kind, awaitable):
    async def attempt():
        try:
            await awaitable
        except kind as error:
            return error
        raise AssertionError("nothing raised")

    return attempt()


def test_connect_packet_carries_will_user_and_keepalive():
    async def script(client, to_client, from_client):
        client.set_last_will(b"t/status", b"offline", retain=True, qos=1)
        to_client.put(CONNACK)
        assert await client.connect() is False
        assert from_client.data == (
            b"\x10\x2f\x00\x04MQTT\x04\xee\x00\x3c\x00\x02id\x00\x08t/status\x00\x07offline"
            b"\x00\x04user\x00\x06secret"
        )

    run(script, user=b"user", password=b"secret", keepalive=60)


def test_refusal_is_an_mqtt_exception_with_the_brokers_code():
    async def script(client, to_client, from_client):
        to_client.put(b"\x20\x02\x00\x05")
        error = await failure(MQTTException, client.connect())
        assert error.args[0] == 5

    run(script)


def test_broker_that_accepts_and_stays_silent_is_a_time_out():
    async def script(client, to_client, from_client):
        await failure(OSError, client.connect())

    run(script)


def test_broker_that_stalls_in_the_middle_of_a_packet_is_a_time_out():
    async def script(client, to_client, from_client):
        to_client.put(CONNACK)
        await client.connect()
        to_client.put(b"\x30\x10\x00")
        await failure(OSError, client.wait_msg())

    run(script)


def test_broker_that_takes_nothing_more_is_a_time_out():
    async def script(client, to_client, from_client):
        await failure(OSError, client.connect())

    run(script, stalled=True)


def test_qos_0_packet():
    async def script(client, to_client, from_client):
        to_client.put(CONNACK)
        await client.connect()
        from_client.data = b""
        await client.publish(b"a/b", memoryview(b"payload"))
        assert from_client.data == b"\x30\x0c\x00\x03a/bpayload"

    run(script)


def test_qos_1_waits_for_its_own_acknowledgement():
    async def script(client, to_client, from_client):
        to_client.put(CONNACK)
        await client.connect()

        async def receive():
            while True:
                await client.wait_msg()

        receiver = asyncio.create_task(receive())
        await failure(OSError, client.publish(b"a", b"1", True, 1))
        to_client.put(b"\x40\x02\x00\x07")
        await failure(OSError, client.publish(b"a", b"1", True, 1))
        from_client.data = b""
        publishing = asyncio.create_task(client.publish(b"a", b"1", True, 1))
        await asyncio.sleep_ms(10)
        assert from_client.data == b"\x33\x06\x00\x01a\x00\x031"
        to_client.put(b"\x40\x02\x00\x03")
        await publishing
        receiver.cancel()

    run(script)


def test_packet_identifiers_wrap():
    async def script(client, to_client, from_client):
        to_client.put(CONNACK)
        await client.connect()
        client._packets.pid = 65535
        publishing = asyncio.create_task(client.publish(b"a", b"1", False, 1))
        await asyncio.sleep_ms(10)
        to_client.put(b"\x40\x02\x00\x01")
        await client.wait_msg()
        await publishing

    run(script)


def test_subscribed_messages_reach_the_callback():
    async def script(client, to_client, from_client):
        got = []
        client.set_callback(lambda topic, message: got.append((topic, message)))
        to_client.put(CONNACK)
        await client.connect()
        subscribing = asyncio.create_task(client.subscribe(b"x", 1))
        await asyncio.sleep_ms(10)
        to_client.put(b"\x90\x03\x00\x01\x01")
        await client.wait_msg()
        await subscribing
        to_client.put(b"\x32\x08\x00\x01x\x00\x09abc")
        await client.wait_msg()
        assert got == [(b"x", b"abc")]
        assert from_client.data.endswith(b"\x40\x02\x00\x09")

    run(script)


def test_packets_longer_than_the_buffer_are_refused():
    async def script(client, to_client, from_client):
        to_client.put(CONNACK)
        await client.connect()
        to_client.put(b"\x30\xff\xff\xff\x7f")
        await failure(MQTTException, client.wait_msg())
        to_client.put(b"\x30\xff\xff\xff\xff")
        await failure(MQTTException, client.wait_msg())

    run(script)


def test_pings_are_two_bytes_and_their_answer_is_taken():
    async def script(client, to_client, from_client):
        to_client.put(CONNACK)
        await client.connect()
        from_client.data = b""
        await client.ping()
        assert from_client.data == b"\xc0\x00"
        to_client.put(b"\xd0\x00")
        assert await client.wait_msg() == 0xD0

    run(script)
