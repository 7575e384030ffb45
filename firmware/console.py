"""The USB console: Improv Wi-Fi for browser flashers, and no Python prompt on an adapter that is set up."""

import asyncio
import sys

import micropython

from compat import const

_LOOK_MS = const(2000)
_CTRL_C = const(3)
_NOTHING = const(-1)


class Console:
    """Guards the console and answers Improv on it."""

    def __init__(self, context):
        """context: firmware.app.App."""
        self._context = context

    @property
    def prompt_allowed(self) -> bool:
        """Whether Ctrl-C may lead to the prompt: before the set-up, or if the owner turned it on."""
        context = self._context
        return not context.auth.password_set or context.config["device.repl"]

    async def run(self):
        """Serve until cancelled."""
        answering = asyncio.create_task(self._answer())
        try:
            while not answering.done():
                micropython.kbd_intr(_CTRL_C if self.prompt_allowed else _NOTHING)
                await asyncio.sleep_ms(_LOOK_MS)
            # Awaiting it raises what ended it, for the supervisor to count.
            await answering
        finally:
            answering.cancel()

    async def _answer(self):
        """Answer Improv; what does that is loaded once somebody speaks."""
        stream = asyncio.StreamReader(sys.stdin.buffer)
        waiting = [await _read(stream)]
        from firmware.net.improv import Improv

        async def read():
            return waiting.pop() if waiting else await _read(stream)

        context = self._context
        write = sys.stdout.buffer.write
        await Improv(context.wifi, context.device, self._url, read, write).run()

    def _url(self) -> str:
        context = self._context
        name = context.device.address() or context.device.host_name + ".local"
        return "http://%s/" % name if context.listeners is None else context.listeners.url(name)


async def _read(stream) -> bytes:
    data = await stream.read(64)
    if not data:
        # A console that has ended (a PC's) never speaks again.
        await asyncio.Event().wait()
    return data
