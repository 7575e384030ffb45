"""The PC as a board: the pins are those of an ESP32-WROOM-32, so that the same limits hold."""

import os

NAME = "host"
CHIP = "ESP32"
ARCH = "x64"
CAPS = ("wifi", "mbus", "p1", "ir", "mep", "ccc")
if os.getenv("HOST_PSRAM"):
    CAPS += ("psram",)

# interface: what is wired to it; "meter" takes whatever line is attached to the PC's UART 1.
UARTS = {
    "meter": {
        "id": 1, "rx": 16, "tx": 17, "invert": False,
        "interfaces": ("mbus", "p1", "ir", "mep", "ccc"),
        "request": 25, "supply": 34,
    },
}  # fmt: skip

# A colour LED; a board with a plain one has {"plain": pin}.
LEDS = {"neopixel": 4}
BUTTON = 0

# The access point's name server; a PC's own is at 53.
DNS_PORT = int(os.getenv("HOST_DNS_PORT") or 0)
