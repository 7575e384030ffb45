"""Takes updates: uploaded in pieces or fetched, one at a time, and started on trial."""

import asyncio
import gc

import board
from compat import const
from firmware import clock
from firmware.device import VERSION
from firmware.update import slots, trial

_KEYS = __file__.rpartition("/")[0] + "/release_keys.bin"
_RESTART_MS = const(1500)
# An upload that nobody goes on with is forgotten after that time.
_ABANDONED_MS = const(600000)


def release_keys() -> bytes:
    """Return the moduli of the keys whose signature counts, b"" for a build without any."""
    try:
        with open(_KEYS, "rb") as file:
            return file.read()
    except OSError:
        return b""


class Updater:
    """State of the update: `state` is idle, receiving, ready, trial or refused, and `cause` why.

    app: the App with its root, hub, wifi, status, log and reset.
    """

    def __init__(self, app):
        self.state = "idle"
        self.cause = ""
        self.busy = False
        self.available = None
        self._app = app
        self._receiver = None
        self._sink = None
        self._touched = 0
        if slots.on_trial(app.root):
            self.state = "trial"
        elif "back" in slots.read(app.root):
            self.state = "refused"
            self.cause = "trial:" + str(slots.read(app.root).get("why"))

    def snapshot(self) -> dict:
        """Return what `GET /api/v1/update` answers."""
        receiver = self._receiver
        if self.state == "trial" and not slots.on_trial(self._app.root):
            self.state = "idle"
        return {
            "version": VERSION,
            "slot": slots.running(),
            "state": self.state,
            "cause": self.cause,
            "received": receiver.received if receiver else 0,
            "size": receiver.size if receiver else 0,
            "new_version": receiver.version if receiver else None,
            "spare_version": slots.version(slots.spare(), self._app.root),
            "available": self.available,
        }

    def begin(self, size: int, insist: bool = False, check_only: bool = False):
        """Start to take a bundle of that size. Raises bundle.Refused where that cannot be now."""
        from firmware.update import bundle

        if slots.on_trial(self._app.root):
            # The spare slot is the way back until the trial is over.
            raise bundle.Refused("on-trial")
        if self._receiver is not None:
            self._receiver.abandon()
        if not check_only and slots.read(self._app.root).get("trial"):
            # What was to be tried at the next start makes room.
            slots.confirm(self._app.root)
        gc.collect()
        self._sink = None if check_only else slots.Spare(self._app.root)
        self._receiver = bundle.Receiver(
            self._sink,
            size,
            release_keys(),
            board.NAME,
            board.ARCH,
            None if insist else VERSION,
            check_only,
        )
        self._show("receiving", "")

    def offset(self, size: int) -> int:
        """Return where an upload of this size may go on: 0 for a new one."""
        receiver = self._receiver
        if self.state != "receiving" or receiver is None or receiver.size != size:
            return 0
        if clock.uptime_ms() - self._touched > _ABANDONED_MS:
            return 0
        return receiver.received

    async def feed(self, data) -> bool:
        """Take octets; returns whether the bundle is whole. Raises bundle.Refused with the cause."""
        from firmware.update import bundle

        receiver = self._receiver
        before = receiver.received * 20 // receiver.size
        try:
            await receiver.feed(data)
        except bundle.Refused as refused:
            self._receiver = None
            self._app.log.add("update-refused")
            self._show("refused", str(refused))
            raise
        self._touched = clock.uptime_ms()
        if receiver.received * 20 // receiver.size != before:
            self._tell(receiver.received * 20 // receiver.size * 5)
        return receiver.done

    def abort(self, cause: str):
        """Forget what came of a bundle."""
        if self._receiver is not None:
            self._receiver.abandon()
            self._receiver = None
        self._show("refused", cause)

    def checked(self) -> "str | None":
        """End a check: return the version that is on offer, if it is newer than this one."""
        from firmware.update import bundle

        found = self._receiver.version
        self._receiver = None
        newer = bundle.version(found) > bundle.version(VERSION)
        self.available = found if newer else None
        self._show("idle", "")
        return self.available

    def arm(self):
        """Let the next start try the bundle that is whole.

        Raises bundle.Refused("image") for a MicroPython that the boot loader does not take, "no-space".
        """
        from firmware.update import bundle

        app = self._app
        if self._sink.image is not None:
            # First: alone, without a trial that confirms it, it is gone again at the start after.
            try:
                self._sink.image.start_next()
            except OSError:
                self.abort("image")
                raise bundle.Refused("image")
        try:
            slots.start_trial(slots.spare(), trial.expectation(app), trial.duration(app), app.root)
        except OSError:
            self.abort("no-space")
            raise bundle.Refused("no-space")
        self._show("ready", "")

    def restart(self):
        """Reset the board once the answer to whoever asked is out."""
        asyncio.create_task(self._restart())

    async def _restart(self):
        await asyncio.sleep_ms(_RESTART_MS)
        self._app.reset("restart was asked for")

    def _show(self, state: str, cause: str):
        self.state = state
        self.cause = cause
        self._tell(None)

    def _tell(self, percent: "int | None"):
        """Let the page and MQTT know how far it is."""
        version = self._receiver.version if percent is not None else None
        self._app.status.update = (version or self.available, percent)
        self._app.status.touch()
