"""The board's button, which connects its pin to ground while it is pressed."""

import asyncio
import time

from machine import Pin

from compat import const

# Contacts bounce for some milliseconds; nobody presses and lets go faster than this.
_POLL_MS = const(40)


class Button:
    """A button at a pin."""

    def __init__(self, pin: int):
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)

    @property
    def pressed(self) -> bool:
        """Whether it is pressed now."""
        return not self._pin.value()

    async def press(self, longest_ms: int) -> int:
        """Wait for the next press and return how many milliseconds it lasted.

        Returns longest_ms as soon as it has lasted that long, without waiting for the release.
        """
        while not self.pressed:
            await asyncio.sleep_ms(_POLL_MS)
        start = time.ticks_ms()
        while self.pressed:
            held = time.ticks_diff(time.ticks_ms(), start)
            if held >= longest_ms:
                return longest_ms
            await asyncio.sleep_ms(_POLL_MS)
        return time.ticks_diff(time.ticks_ms(), start)

    async def released(self):
        """Wait until it is not pressed."""
        while self.pressed:
            await asyncio.sleep_ms(_POLL_MS)
