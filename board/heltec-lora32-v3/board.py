"""Off the shelf: Heltec WiFi LoRa 32 V3, an ESP32-S3 with an SX1262 for wireless M-Bus."""

NAME = "heltec-lora32-v3"
CHIP = "ESP32S3"
CPU_MHZ = 240
ARCH = "xtensawin"
CAPS = ("wifi", "mbus", "radio")

UARTS = {
    "mbus": {"id": 1, "rx": 4, "tx": 5, "invert": False, "interfaces": ("mbus",)},
}  # fmt: skip

RADIO = {"chip": "sx1262", "spi": 1, "sck": 9, "mosi": 10, "miso": 11, "cs": 8, "reset": 12, "busy": 13, "dio1": 14, "tcxo_mv": 1800, "dio2_switch": True}  # fmt: skip
LEDS = {"plain": 35}
BUTTON = 0
