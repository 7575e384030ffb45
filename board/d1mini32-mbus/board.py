"""Off the shelf: a Wemos/LOLIN D1 mini ESP32 with an M-Bus slave click (NCN5150)."""

NAME = "d1mini32-mbus"
CHIP = "ESP32"
CPU_MHZ = 240
ARCH = "xtensawin"
CAPS = ("wifi", "mbus")

UARTS = {
    "mbus": {"id": 1, "rx": 16, "tx": 17, "invert": False, "interfaces": ("mbus",)},
}  # fmt: skip

RADIO = None
LEDS = {"plain": 2}
BUTTON = 0
