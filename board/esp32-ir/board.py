"""Off the shelf: any ESP32 board with an IR read/write head of the Hichi kind at its 3.3 V UART."""

NAME = "esp32-ir"
CHIP = "ESP32"
CPU_MHZ = 240
ARCH = "xtensawin"
CAPS = ("wifi", "ir")

UARTS = {
    "ir": {"id": 1, "rx": 16, "tx": 17, "invert": False, "interfaces": ("ir",)},
}  # fmt: skip

RADIO = None
LEDS = {"plain": 2}
BUTTON = 0
