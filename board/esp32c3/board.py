"""Reference design: any board with an ESP32-C3, 4 MiB of flash."""

NAME = "esp32c3"
CHIP = "ESP32C3"
CPU_MHZ = 160
ARCH = "rv32imc"
CAPS = ("wifi", "mbus", "p1", "ir")

UARTS = {
    "mbus": {"id": 1, "rx": 4, "tx": 5, "invert": False, "interfaces": ("mbus",)},
    "p1": {"id": 1, "rx": 10, "tx": 1, "invert": True, "interfaces": ("p1",), "request": 3},
    "ir": {"id": 1, "rx": 6, "tx": 7, "invert": False, "interfaces": ("ir",)},
}  # fmt: skip

RADIO = None
LEDS = {"neopixel": 8}
BUTTON = 9
