"""The PC as a board: the pins are those of an ESP32-WROOM-32, so that the same limits hold."""

import os

NAME = "host"
CHIP = "ESP32"
CPU_MHZ = 240
ARCH = "x64"
CAPS = ("wifi", "mbus", "p1", "ir", "mep", "ccc")
if os.getenv("HOST_PSRAM"):
    CAPS += ("psram",)

# interface: what is wired to it; "meter" takes whatever line is attached to the PC's UART 1.
UARTS = {
    "meter": {
        "id": 1, "rx": 16, "tx": 17, "invert": False,
        "interfaces": ("mbus", "ir", "p1", "mep", "ccc"),
        "request": 25, "supply": 34,
    },
}  # fmt: skip

# An SX1262 on the SPI, where the PC has one: see modules/sx1262_model.py.
RADIO = {
    "chip": "sx1262", "spi": 2, "sck": 18, "mosi": 23, "miso": 19, "cs": 5,
    "reset": 14, "busy": 36, "dio1": 39, "tcxo_mv": 1800, "dio2_switch": True,
}  # fmt: skip

# A colour LED; a board with a plain one has {"plain": pin}.
LEDS = {"neopixel": 4}
BUTTON = 0

# Requests and event streams at once; a PC has sockets enough, an ESP32 has ten.
WEB_CONNECTIONS = 12

# The access point's name server; a PC's own is at 53.
DNS_PORT = int(os.getenv("HOST_DNS_PORT") or 0)
# Seconds within which settings on trial must be confirmed.
CONFIRM_S = int(os.getenv("HOST_CONFIRM_S") or 120)
