"""A whole adapter on this PC: a line with a virtual or real meter, the board, its provisioning."""

import asyncio
import contextlib
import json
import secrets
import shutil
import urllib.request
from collections import namedtuple
from pathlib import Path

from tools import build, romfs
from tools.broker import free_port
from tools.host_board import HEAP, ROOT, HostBoard
from tools.line import Line, SerialLine

TREE = ROOT / "build/host"
_TRY_AGAIN_S = 0.2

Broker = namedtuple("Broker", ("host", "port", "user", "password"), defaults=("", ""))


class Adapter:
    """One adapter with what it is connected to. `async with` starts and stops it.

    folder: where its flash and state lie. meter: a tools.meters.base.Meter, or None.
    serial: device of a real meter, in its place. broker: a Broker, or None. keys: (key, auth_key) as
    bytes or None; by default those of the virtual meter. config: settings beyond those needed here.
    line_options: more arguments of tools.line.Line. image: flash as littlefs in a file, where loose files of
    the firmware would not fit: it lies in a slot.
    psram: a board with PSRAM. heap: of its Python, such as "400K". rom: the firmware is run where it lies,
    as where it is frozen into MicroPython, and not loaded into that heap.
    """

    def __init__(
        self,
        folder: Path,
        meter=None,
        serial: str = "",
        broker: "Broker | None" = None,
        keys=None,
        config: "dict | None" = None,
        token: str = "",
        web_port: int = 0,
        on_line=None,
        line_options: "dict | None" = None,
        image: bool = False,
        psram: bool = False,
        heap: str = HEAP,
        rom: bool = False,
        mac: str = "02004f624701",
        tree: Path = TREE,
        provision: bool = True,
        log_file=None,
    ):
        self.folder = Path(folder)
        self.meter = meter
        self.broker = broker
        self.token = token or secrets.token_urlsafe(18)
        self.admin_password = secrets.token_urlsafe(12)
        self.web_port = web_port or free_port()
        if serial:
            self.line = SerialLine(serial, log_file)
        elif hasattr(meter, "air"):
            self.line = meter.air
        elif meter:
            self.line = Line(meter.settings, log_file=log_file, **(line_options or {}))
        else:
            self.line = None
        self._keys = keys if keys is not None or not meter else (meter.key, meter.auth_key)
        self._config = config or {}
        self._on_line = on_line
        self._image = image
        self._psram = psram
        self._heap = heap
        self._rom = rom
        self._mac = mac
        self._tree = tree
        self._provision = provision
        self._meter_task = None
        self._installing = None
        self.board = None

    @property
    def id(self) -> str:
        """The adapter's id: the last six digits of its MAC address."""
        return self._mac[-6:]

    @property
    def url(self) -> str:
        """Where its page is."""
        return "http://127.0.0.1:%d" % self.web_port

    @property
    def topic(self) -> str:
        """Its MQTT base topic."""
        return self._config.get("mqtt.topic") or "obisgate/" + self.id

    def provisioning(self) -> dict:
        """Return what provision.json says."""
        config = {"web.port": self.web_port, "web.mode": "http", "wifi.ssid": "host"}
        if self.broker:
            config["mqtt.host"] = self.broker.host
            config["mqtt.port"] = self.broker.port
            config["mqtt.tls"] = "off"
            if self.broker.user:
                config["mqtt.user"] = self.broker.user
                config["mqtt.password"] = self.broker.password
        if hasattr(self.meter, "air"):
            # Nothing is wired that could tell what to listen to.
            config["meter.profile"] = self.meter.PROFILE
        config.update(getattr(self.meter, "owner_settings", {}))
        config.update(self._config)
        given = {"config": config, "token": self.token, "admin_password": self.admin_password}
        key, auth_key = self._keys or (b"", b"")
        if key:
            given["key"] = key.hex()
        if auth_key:
            given["auth_key"] = auth_key.hex()
        return given

    async def start(self):
        """Lay out the flash, start the line, the meter and the board."""
        flash = self.folder / "flash"
        if self._image:
            tree = self.folder / "tree"
            flash = self.folder / "flash.img"
        else:
            tree = flash
        if not tree.exists():
            if self._rom:
                tree.mkdir(parents=True)
                for script in ("boot.py", "main.py"):
                    shutil.copy(self._tree / script, tree)
            elif self._image and self._tree == TREE:
                ship(tree)
            else:
                shutil.copytree(self._tree, tree)
            if self._provision:
                (tree / "provision.json").write_text(json.dumps(self.provisioning()))
        uarts = {}
        if self.line:
            await self.line.start()
            if not hasattr(self.meter, "air"):
                uarts[1] = self.line.port
        self.board = HostBoard(
            flash,
            self.folder / "state",
            uarts,
            mac=self._mac,
            image=self._image,
            psram=self._psram,
            heap=self._heap,
            rom=romfs.image(self._tree) if self._rom else b"",
            tree=tree if self._image else None,
            on_line=self._on_line,
        )
        if hasattr(self.meter, "air"):
            self.board.radio = self.line.port
        if self.meter:
            self.board.on_pin = self._pin
            self._meter_task = asyncio.create_task(self.meter.run(self.line))
        await self.board.start()
        if hasattr(self.meter, "install"):
            self._installing = asyncio.create_task(self._install_key())

    async def _install_key(self):
        """Tell the meter the adapter's public key, as the operator of one that agrees on keys does."""
        request = urllib.request.Request(
            self.url + "/api/v1/key", headers={"Authorization": "Bearer " + self.token}
        )

        def ask() -> dict:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)

        while True:
            try:
                told = await asyncio.to_thread(ask)
            except OSError:
                await asyncio.sleep(_TRY_AGAIN_S)
                continue
            self.meter.install(bytes.fromhex(told["exchange"]["public_key"]))
            return

    async def stop(self):
        """Take the power away, and the meter."""
        if self._installing:
            self._installing.cancel()
        if self.board:
            await self.board.stop()
        await self.unplug()
        if self.line:
            await self.line.stop()

    async def unplug(self):
        """Take the meter off the line."""
        if self._meter_task:
            self._meter_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._meter_task
            self._meter_task = None

    async def plug(self, meter):
        """Put another virtual meter on the line."""
        await self.unplug()
        self.meter = meter
        self.line.plug(meter.settings)
        self._meter_task = asyncio.create_task(meter.run(self.line))

    def _pin(self, pin, level):
        """Let the meter see the data request line of the host board."""
        if pin == _request_pin():
            self.meter.request(bool(level))

    async def __aenter__(self):
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *exception):
        await self.stop()


def ship(tree: Path):
    """Lay the host board's flash out as it leaves the factory: the firmware in slot a."""
    tree.mkdir()
    for name in build.ROOT_FILES:
        shutil.copyfile(TREE / name, tree / name)
    slot = build.slot(build.version(), build.firmware_files("host"))
    (tree / "a.slot").write_bytes(slot)


def _request_pin() -> "int | None":
    import runpy

    uarts = runpy.run_path(str(ROOT / "board/host/board.py"))["UARTS"]
    return next((port["request"] for port in uarts.values() if "request" in port), None)
