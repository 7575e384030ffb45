"""Reference design: an ESP32-S3-WROOM-1-N16R8 that carries every interface."""

NAME = "obisgate-s3"
CHIP = "ESP32S3"
CPU_MHZ = 240
ARCH = "xtensawin"
CAPS = ("wifi", "psram", "mbus", "p1", "ir", "mep", "ccc", "radio")

UARTS = {
    "mbus": {"id": 1, "rx": 4, "tx": 5, "invert": False, "interfaces": ("mbus",)},
    "p1": {"id": 1, "rx": 6, "tx": 7, "invert": True, "interfaces": ("p1",), "request": 8, "supply": 9, "fed": True},
    "ir": {"id": 2, "rx": 10, "tx": 11, "invert": False, "interfaces": ("ir",)},
    "mep": {"id": 2, "rx": 12, "tx": 13, "invert": False, "interfaces": ("mep",), "enable": 14, "supply": 15, "fed": True},
    "ccc": {"id": 1, "rx": 16, "tx": 17, "invert": False, "interfaces": ("ccc",), "enable": 18},
}  # fmt: skip

RADIO = {"chip": "sx1262", "spi": 1, "sck": 38, "mosi": 39, "miso": 40, "cs": 41, "reset": 42, "busy": 47, "dio1": 48, "tcxo_mv": 1800, "dio2_switch": True}  # fmt: skip
LEDS = {"neopixel": 21}
BUTTON = 0
