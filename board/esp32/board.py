"""Reference design: any board with an ESP32-WROOM-32, without PSRAM, 4 MiB of flash."""

NAME = "esp32"
CHIP = "ESP32"
CPU_MHZ = 240
ARCH = "xtensawin"
CAPS = ("wifi", "mbus", "p1", "ir")

UARTS = {
    "mbus": {"id": 1, "rx": 16, "tx": 17, "invert": False, "interfaces": ("mbus",)},
    "p1": {"id": 2, "rx": 26, "tx": 27, "invert": True, "interfaces": ("p1",), "request": 25, "supply": 34, "fed": True},
    "ir": {"id": 2, "rx": 32, "tx": 33, "invert": False, "interfaces": ("ir",)},
}  # fmt: skip

RADIO = None
LEDS = {"plain": 2}
BUTTON = 0
