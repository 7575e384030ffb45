"""`neopixel` of the ESP32 port: what is written goes to the bench."""

import host_bench


class NeoPixel:
    """A chain of n colour LEDs at a pin."""

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self.bpp = bpp
        self.fill((0,) * bpp)

    def __len__(self):
        return self.n

    def __setitem__(self, i, v):
        self._colours[i] = bytes(v[: self.bpp])

    def __getitem__(self, i):
        return tuple(self._colours[i])

    def fill(self, v):
        """Set all LEDs to a colour."""
        self._colours = [bytes(v[: self.bpp])] * self.n

    def write(self):
        """Show the colours."""
        host_bench.send({"neopixel": self.pin._id, "colours": [list(c) for c in self._colours]})
