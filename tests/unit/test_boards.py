"""Every board's data: what the firmware reads of it, and that the chip can do what it says."""

import json
import os

from support import MICROPYTHON, ROOT

# Pins by chip: outside, the flash's and PSRAM's, inputs only, straps with what boards put there, USB.
CHIPS = {
    "ESP32": {
        "pins": list(range(20)) + [21, 22, 23, 25, 26, 27] + list(range(32, 40)),
        "taken": (6, 7, 8, 9, 10, 11),
        "psram": (16, 17),
        "inputs": (34, 35, 36, 37, 38, 39),
        "straps": {0: "button", 2: "led", 5: "spi", 12: None, 15: None},
        "console": (1, 3),
        "uarts": (1, 2),
        "spis": (1, 2),
    },
    "ESP32S3": {
        "pins": list(range(22)) + list(range(26, 49)),
        "taken": (26, 27, 28, 29, 30, 31, 32),
        "psram": (33, 34, 35, 36, 37),
        "inputs": (),
        "straps": {0: "button", 3: None, 45: None, 46: None},
        "console": (19, 20, 43, 44),
        "uarts": (1, 2),
        "spis": (1, 2),
    },
    "ESP32C3": {
        "pins": list(range(22)),
        "taken": (12, 13, 14, 15, 16, 17),
        "psram": (),
        "inputs": (),
        "straps": {2: None, 8: "led", 9: "button"},
        "console": (18, 19, 20, 21),
        "uarts": (1,),
        "spis": (1,),
    },
}
ARCHS = {"ESP32": "xtensawin", "ESP32S3": "xtensawin", "ESP32C3": "rv32imc"}
INTERFACES = ("mbus", "p1", "ir", "mep", "ccc")
UART_KEYS = ("id", "rx", "tx", "invert", "interfaces", "request", "enable", "supply", "fed")
OUTPUTS = ("tx", "request", "enable", "sck", "mosi", "cs", "reset", "rx_enable")
INPUTS = ("rx", "supply", "miso", "busy", "dio1")


def _read(path):
    with open(ROOT + "/" + path) as file:
        return file.read()


def boards() -> list:
    """Return (name, its names) of every real board."""
    found = []
    for name in sorted(os.listdir(ROOT + "/board")):
        try:
            text = _read("board/" + name + "/board.py")
        except OSError:
            continue
        if name != "host":
            data = {}
            exec(text, data)
            found.append((name, data))
    return found


def _uses(data):
    """Yield (pin, key, owner) of everything that a board wires."""
    ports = list(data["UARTS"].items())
    if data["RADIO"]:
        ports.append(("radio", data["RADIO"]))
    for owner, port in ports:
        for key in OUTPUTS + INPUTS:
            if key in port:
                yield port[key], key, owner
    leds = data["LEDS"]
    yield leds.get("neopixel", leds.get("plain")), "led", "led"
    yield data["BUTTON"], "button", "button"


def test_there_are_the_reference_boards_and_those_people_own():
    names = [name for name, _ in boards()]
    for name in (
        "obisgate-s3",
        "esp32",
        "esp32c3",
        "d1mini32-mbus",
        "esp32-ir",
        "heltec-lora32-v3",
    ):
        assert name in names


def test_names_chip_and_architecture():
    for name, data in boards():
        assert data["NAME"] == name
        assert data["ARCH"] == ARCHS[data["CHIP"]]
        assert "wifi" in data["CAPS"]


def test_capabilities_say_what_is_wired():
    for name, data in boards():
        wired = set()
        for port in data["UARTS"].values():
            assert not [key for key in port if key not in UART_KEYS], name
            assert port["interfaces"]
            wired.update(port["interfaces"])
        assert wired == {cap for cap in data["CAPS"] if cap in INTERFACES}, name
        assert ("radio" in data["CAPS"]) == (data["RADIO"] is not None), name


def test_the_pins_exist_and_are_free():
    for name, data in boards():
        chip = CHIPS[data["CHIP"]]
        taken = chip["taken"] + chip["console"]
        if "psram" in data["CAPS"]:
            taken += chip["psram"]
        for pin, key, owner in _uses(data):
            assert pin in chip["pins"], (name, owner, key, pin)
            assert pin not in taken, (name, owner, key, pin)


def test_no_pin_is_used_twice():
    for name, data in boards():
        pins = [pin for pin, _, _ in _uses(data)]
        assert len(pins) == len(set(pins)), (name, sorted(pins))


def test_pins_that_only_read_drive_nothing():
    for name, data in boards():
        inputs = CHIPS[data["CHIP"]]["inputs"]
        for pin, key, owner in _uses(data):
            assert key in INPUTS or pin not in inputs, (name, owner, key, pin)


def test_straps_carry_only_what_a_start_survives():
    for name, data in boards():
        straps = CHIPS[data["CHIP"]]["straps"]
        for pin, key, owner in _uses(data):
            assert pin not in straps or key == straps[pin], (name, owner, key, pin)


def test_uart_and_spi_numbers_exist():
    for name, data in boards():
        chip = CHIPS[data["CHIP"]]
        for port in data["UARTS"].values():
            assert port["id"] in chip["uarts"], name
        if data["RADIO"]:
            assert data["RADIO"]["spi"] in chip["spis"], name


def test_every_pin_is_in_the_netlist():
    for name, data in boards():
        rows = json.loads(_read("board/" + name + "/hardware.json"))["netlist"]
        text = " ".join([" ".join(row[1:3]) + " " for row in rows]) + " "
        for pin, key, owner in _uses(data):
            if owner == "p1" and key == "tx":
                continue  # P1 has no way to the meter; the UART's output goes nowhere
            assert "GPIO%d " % pin in text, (name, owner, key, pin)


def test_hardware_agrees_with_the_board():
    for name, data in boards():
        hardware = json.loads(_read("board/" + name + "/hardware.json"))
        assert (hardware["psram_mb"] > 0) == ("psram" in data["CAPS"]), name
        assert hardware["chip"] == data["CHIP"].lower()
        assert hardware["flash_mb"] in (4, 8, 16)
        assert _read("board/" + hardware["partitions"])
        fed = [kind for kind, port in data["UARTS"].items() if port.get("fed")]
        assert sorted(hardware["supplies"]) == sorted(["usb"] + fed), name


if not MICROPYTHON:
    import pytest
    from esp_idf_defs import PartitionTable

    from tools import power, wiring

    @pytest.mark.parametrize("name", power.names())
    def test_partitions_parse_and_fit_the_flash(name):
        hardware = power.hardware(name)
        table = PartitionTable.from_csv(_read("board/" + hardware["partitions"]))
        table.verify()
        end = max(part.offset + part.size for part in table)
        assert end == hardware["flash_mb"] << 20
        assert table.find_by_name("vfs").subtype == 0x81
        apps = [part for part in table if part.type == 0]
        assert all(part.size >= 0x1F0000 for part in apps)
        assert len(apps) == (1 if hardware["flash_mb"] == 4 else 2)

    @pytest.mark.parametrize("name", power.names())
    def test_power_fits_every_supply(name):
        assert power.problems(power.hardware(name)) == []

    def test_the_arithmetic_of_the_budget():
        data = {
            "supplies": ["usb", "mep"],
            "loads": [{"average_ma": 100, "peak_ma": 300}, {"average_ma": 10, "peak_ma": 20}],
            "loads_saving": [{"average_ma": 200, "peak_ma": 310}],
        }
        # 110 mA and 320 mA at 3.3 V; 5 V × 500 mA through a linear regulator.
        assert power.budget(data, "usb") == ("usb", 363, 1650, 1056, 1650)
        # 24 V × 40 mA and 50 mA, 85 % of it.
        assert power.budget(data, "mep") == ("mep", 660, 816, 1023, 1020)
        assert power.problems(data) == ["mep: 1023 mW at the peak, 1020 allowed"]

    def test_the_bus_feeds_no_more_than_the_transceiver():
        assert power.MBUS_DRAWN_MA <= power.MBUS_LOADS_MA

    @pytest.mark.parametrize("name", power.names())
    def test_the_drawing_shows_the_netlist(name):
        drawn = (power.ROOT / "board" / name / "wiring.svg").read_text()
        assert drawn == wiring.drawing(power.hardware(name))
