"""`make run` on this PC: one command shows readings, Ctrl-C ends everything, a serial device will do."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import tty

import httpx
import pytest
from system.harness import exact, readings

from tools.broker import EmbeddedBroker, free_port
from tools.host_board import ROOT
from tools.meters.kaifa import KaifaNetzNoe

KEY = "00112233445566778899aabbccddeeff"


class Run:
    """`python -m tools.run` with some variables set; `read` waits for a line of its output."""

    def __init__(self, **variables):
        self._variables = variables
        self.output = []

    async def __aenter__(self):
        keep = {"PATH", "HOME", "MICROPYTHON", "TMPDIR"}
        environment = {name: value for name, value in os.environ.items() if name in keep}
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tools.run",
            cwd=ROOT,
            env={**environment, **self._variables},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return self

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def read(self, pattern: str, timeout: float = 40) -> re.Match:
        """Return the match of the next line that matches a pattern."""

        async def found():
            async for line in self.process.stdout:
                self.output.append(line.decode())
                match = re.search(pattern, self.output[-1])
                if match:
                    return match
            raise AssertionError("ended without it:\n" + "".join(self.output))

        return await asyncio.wait_for(found(), timeout)

    async def interrupt(self) -> int:
        """Press Ctrl-C; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        async for line in self.process.stdout:
            self.output.append(line.decode())
        return await asyncio.wait_for(self.process.wait(), 20)


def _children(process: int) -> list:
    """Return the ids of the processes that a process started and that still run, on Linux."""
    found = []
    if not os.path.isdir("/proc"):
        return found
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open("/proc/%s/stat" % entry) as file:
                if int(file.read().rpartition(")")[2].split()[1]) == process:
                    found.append(int(entry))
    return found


async def test_run_shows_readings_and_ends_cleanly():
    async with Run(TOKEN="a-token-of-my-own-choice", METER="kaifa-ksmwest") as run:
        await run.read(r"meter +kaifa-ksmwest")
        url = (await run.read(r"page +(http://127\.0\.0\.1:\d+)"))[1]
        await run.read(r"subscribe +mosquitto_sub -h 127\.0\.0\.1 -p \d+ -v -t 'obisgate/\w{6}/#'")
        await run.read(r"poll +curl -H 'Authorization: Bearer a-token-of-my-own-choice' " + url)
        reading = await run.read(r"^\d{4}-\d\d-\d\dT\S+  1-0:1\.8\.0=(\d+)")
        headers = {"Authorization": "Bearer a-token-of-my-own-choice"}
        async with httpx.AsyncClient() as client:
            answer = await client.get(url + "/api/v1/measurement", headers=headers)
        assert readings(exact(answer.content))["1-0:1.8.0"]["value"] >= reading[1]
        await run.read(r"^\d{4}-\d\d-\d\dT")
        children = _children(run.process.pid)
        assert await run.interrupt() == 0, "".join(run.output)
        for child in children:
            with pytest.raises(ProcessLookupError):
                os.kill(child, 0)
        assert not [line for line in run.output if "Traceback" in line]


async def test_run_reads_a_serial_device():
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    meter = KaifaNetzNoe(key=bytes.fromhex(KEY), interval=2)

    class Pty:
        """The meter's end of the cable."""

        heard = None

        async def send(self, frames, gap):
            for frame in frames:
                os.write(master, frame)
                await asyncio.sleep(gap)

    async with Run(SERIAL=os.ttyname(slave), KEY=KEY, PROFILE="auto") as run:
        pushing = asyncio.create_task(meter.run(Pty()))
        reading = await run.read(r"^\S+  1-0:1\.8\.0=(\d+)  1-0:2\.8\.0=(\d+)")
        # A telegram counts as sent after the pause behind it; its reading may come before that.
        await meter.wait_sent()
        sent = [
            (str(s.expected["1-0:1.8.0"]["value"]), str(s.expected["1-0:2.8.0"]["value"]))
            for s in meter.sent
        ]
        assert (reading[1], reading[2]) in sent
        assert await run.interrupt() == 0
        pushing.cancel()
    os.close(master)
    os.close(slave)


async def test_run_uses_the_broker_and_the_port_it_is_given(tmp_path):
    broker = EmbeddedBroker()
    await broker.start()
    port = free_port()
    log = tmp_path / "line.jsonl"
    variables = {
        "BROKER": "127.0.0.1:%d" % broker.port,
        "PORT": str(port),
        "LINE_LOG": str(log),
    }
    async with Run(**variables) as run:
        await run.read(r"page +http://127\.0\.0\.1:%d " % port)
        await run.read(r"mosquitto_sub -h 127\.0\.0\.1 -p %d " % broker.port)
        await run.read(r"^\S+  1-0:1\.8\.0=\d+")
        assert await run.interrupt() == 0
    await broker.stop()
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    sent = [entry["sent"] for entry in entries if "sent" in entry]
    received = "".join(entry.get("received", "") for entry in entries)
    assert any(frame in received for frame in sent)


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"METER": "sundial"}, "no virtual meter 'sundial'; there are: "),
        ({"KEY": "not hex"}, "KEY is written in hexadecimal digits"),
        ({"BROKER": "http://somewhere"}, "BROKER is HOST"),
        ({"SERIAL": "/dev/does-not-exist"}, "does-not-exist"),
        ({"MICROPYTHON": "/does/not/exist"}, "no MicroPython runtime at /does/not/exist"),
    ],
)
async def test_run_refuses_with_a_reason(variables, text):
    async with Run(**variables) as run:
        await run.read("run: .*" + re.escape(text), 20)
        assert await asyncio.wait_for(run.process.wait(), 10) == 1
