"""`neopixel` of the ESP32 port: what is written goes to the bench, which takes the octets apart."""

import host_bench


class NeoPixel:
    """A chain of n colour LEDs at a pin; `buf` has their octets in the order of the chain."""

    ORDER = (1, 0, 2, 3)

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self.bpp = bpp
        self.buf = bytearray(n * bpp)

    def __len__(self):
        return self.n

    def __setitem__(self, i, v):
        for colour in range(self.bpp):
            self.buf[i * self.bpp + self.ORDER[colour]] = v[colour]

    def __getitem__(self, i):
        return tuple(self.buf[i * self.bpp + self.ORDER[colour]] for colour in range(self.bpp))

    def fill(self, v):
        """Set all LEDs to a colour."""
        for i in range(self.n):
            self[i] = v

    def write(self):
        """Show the colours."""
        host_bench.send({"neopixel": self.pin._id, "bpp": self.bpp, "octets": self.buf.hex()})
