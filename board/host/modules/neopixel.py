"""`neopixel` of the ESP32 port: what is written goes to the bench."""

import host_bench


class NeoPixel(list):
    """A chain of n colour LEDs at a pin; a list has most of what it takes."""

    def __init__(self, pin, n, bpp=3, timing=1):
        super().__init__([(0,) * bpp] * n)
        self.pin = pin
        self.n = n
        self.bpp = bpp

    def fill(self, v):
        """Set all LEDs to a colour."""
        for i in range(self.n):
            self[i] = v

    def write(self):
        """Show the colours."""
        host_bench.send({"neopixel": self.pin._id, "colours": list(self)})
