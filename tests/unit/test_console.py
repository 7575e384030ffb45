"""The console of an adapter that is set up has no prompt (MicroPython only: its own module)."""

from support import MICROPYTHON, skip

if not MICROPYTHON:
    skip("the console is MicroPython's")

import asyncio

from firmware import console


class Context:
    """An adapter as the console sees it."""

    def __init__(self, password_set: bool, repl: bool):
        self.auth = self
        self.password_set = password_set
        self.config = {"device.repl": repl}
        self.wifi = self.device = self.listeners = None


class Interrupts:
    """Takes the place of the module micropython: notes which character interrupts."""

    def __init__(self):
        self.set = []

    def kbd_intr(self, character: int):
        self.set.append(character)


def interrupts(context) -> list:
    """Return what a running console sets."""
    real, console.micropython = console.micropython, Interrupts()
    try:
        guard = console.Console(context)

        async def watch():
            try:
                await asyncio.wait_for(guard.run(), 0.1)
            except asyncio.TimeoutError:
                pass

        asyncio.run(watch())
        return console.micropython.set
    finally:
        console.micropython = real


def test_ctrl_c_works_before_the_set_up_and_where_the_owner_wants_it():
    assert interrupts(Context(False, False)) == [3]
    assert interrupts(Context(True, True)) == [3]


def test_ctrl_c_does_nothing_on_an_adapter_that_is_set_up():
    assert interrupts(Context(True, False)) == [-1]
