"""The clock is set by real datagrams, by the first server that answers properly, and nothing is held up."""

import asyncio
import json
import struct
import time

import pytest

from tools.host_board import ROOT, micropython

_SCRIPT = """
import sys
sys.path[:] = [%r + "/lib", %r, ".frozen"]
import asyncio, json
from firmware.net.sntp import Sntp
class Device:
    def dns_server(self):
        return None
stored = []
sntp = Sntp({"time.ntp": %r, "time.zone": "CET-1CEST,M3.5.0,M10.5.0/3"}, Device(), stored.append)
longest = 0
async def tick():
    global longest
    import time
    while True:
        before = time.ticks_ms()
        await asyncio.sleep_ms(5)
        longest = max(longest, time.ticks_diff(time.ticks_ms(), before))
async def main():
    asyncio.create_task(tick())
    done = await sntp.look()
    print(json.dumps({"done": done, "stored": stored, "server": sntp.server, "error": sntp.error, "longest": longest}))
asyncio.run(main())
"""


class Server(asyncio.DatagramProtocol):
    """An SNTP server; damage(reply) may spoil what it answers, None leaves it silent."""

    def __init__(self, unix: int, damage=lambda reply: reply):
        self.unix = unix
        self.damage = damage
        self.asked = 0

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        self.name = "127.0.0.1:%d" % self.transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *exception):
        self.transport.close()

    def datagram_received(self, data, source):
        self.asked += 1
        assert len(data) == 48 and data[0] & 7 == 3
        reply = bytearray(48)
        reply[0], reply[1] = 0x24, 2
        reply[24:32] = data[40:48]
        struct.pack_into("!II", reply, 40, self.unix + 2208988800 & 0xFFFFFFFF, 0)
        spoiled = self.damage(reply)
        if spoiled is not None:
            self.transport.sendto(bytes(spoiled), source)


async def look(names: str) -> dict:
    """Let the firmware's client ask the servers once, on MicroPython."""
    script = _SCRIPT % (str(ROOT), str(ROOT), names)
    process = await asyncio.create_subprocess_exec(
        str(micropython()),
        "-c",
        script,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def test_the_clock_is_set():
    unix = 1900000000
    async with Server(unix) as server:
        result = await look(server.name)
    assert result["done"] and result["server"] == server.name
    assert result["stored"] == [list(time.gmtime(unix)[:6])]


@pytest.mark.timeout(60)
async def test_silent_lying_and_foreign_servers_are_passed_over_without_holding_the_loop():
    def kiss(reply):
        reply[1] = 0
        return reply

    def replayed(reply):
        reply[24:32] = bytes(8)
        return reply

    async with (
        Server(1, lambda reply: None) as silent,
        Server(1900000000, kiss) as unsynchronised,
        Server(1900000000, replayed) as other,
        Server(1800000000) as good,
    ):
        names = ",".join(server.name for server in (silent, unsynchronised, other, good))
        result = await look(names + ",127.0.0.1:1")
        assert [server.asked for server in (silent, unsynchronised, other, good)] == [1, 1, 1, 1]
    assert result["server"] == good.name
    assert result["stored"] == [list(time.gmtime(1800000000)[:6])]
    assert result["longest"] < 100


@pytest.mark.timeout(60)
async def test_without_any_server_the_reason_is_told():
    async with Server(1, lambda reply: None) as silent:
        result = await look(silent.name)
    assert not result["done"] and result["stored"] == []
    assert result["error"] == silent.name + ": no answer"
