"""Report what the firmware takes of a board's flash and RAM, and refuse what does not fit.

    python -m tools.size --board NAME [--interface KIND] [--json FILE]

Flash: size of each .mpy. RAM: heap that stays in use after the import, measured on the MicroPython runtime
one module after the other in one process, times 5/8, because an object of the 64-bit runtime takes
1.6 times what it takes on the chip. Only what the board's interface loads at run time counts; of
several interfaces the dearest.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import build, power
from tools.host_board import micropython

FLASH_LIMIT = 400_000
# What stays besides modules: objects, buffers, tasks, a meter's line, what loads on demand and stays.
# Measured on the host board: heap in use while readings flow (/api/v1/status), less what its runtime and
# its stand-ins hold, times 5/8, less the imports below. By meter: Kaifa 45, P1 44, radio 48, MEP 60 KB.
WORKING_KB = 60
# A frozen module's code stays in flash: 0.4 octets of RAM for one of .mpy, where a file takes 1.7.
_FROZEN, _FILES = 4, 17
# One TLS connection takes 37 KB of the IDF's heap (docs/hardware.md), beside the Python heap.
TLS_KB = 37
_NUMERATOR, _DENOMINATOR = 5, 8
# In MicroPython's own image on the chip, so that they take nothing of the heap.
_BUILT_IN = ("asyncio", "esp32", "machine", "neopixel", "network", "time")

# What runs on every board. A module that one of these imports counts with it.
ALWAYS = (
    "firmware.app", "firmware.meter.recognise", "firmware.net.wifi", "firmware.net.mqtt",
    "firmware.net.mqtt_client", "firmware.net.tls", "firmware.web.listeners", "firmware.web.server",
    "firmware.web.api", "firmware.web.stream", "firmware.update.keeper", "firmware.net.sntp",
    "firmware.net.announcer", "firmware.console", "firmware.indicator", "firmware.button_actions",
    "drivers.button", "drivers.leds", "drivers.supply",
)  # fmt: skip
# What the meters of an interface load beside that.
BY_INTERFACE = {
    "mbus": ("drivers.uart", "firmware.meter.dlms_decoder"),
    "p1": ("drivers.uart", "firmware.meter.dlms_decoder"),
    "ir": ("drivers.uart", "firmware.meter.dlms_decoder"),
    "ccc": ("drivers.uart", "firmware.meter.dlms_decoder"),
    "mep": ("drivers.uart", "drivers.mep", "firmware.meter.mep_decoder", "firmware.meter.poll"),
    "radio": ("drivers.sx1262", "firmware.meter.wmbus_decoder"),
}

_MEASURE = """
import builtins, gc, sys
import vfs
vfs.umount("/")
for place, folder in %r:
    vfs.mount(vfs.VfsPosix(folder), place)
sys.path[:] = ["/.size", "/.host", "/.size/lib", ".frozen"]
plain = builtins.__import__
nested = [0]
def used():
    gc.collect()
    return gc.mem_alloc()
def measured(name, *more):
    if name in sys.modules or (len(more) > 3 and more[3]):
        return plain(name, *more)
    before = set(sys.modules)
    nested.append(0)
    start = used()
    module = plain(name, *more)
    taken = used() - start
    inner = nested.pop()
    nested[-1] += taken
    new = [found for found in sys.modules if found not in before]
    if new and taken - inner > 0:
        print(name, taken - inner)
    return module
builtins.__import__ = measured
for name in %r:
    try:
        __import__(name)
    except Exception as error:
        print("FAILED", name, repr(error))
"""


class SizeError(Exception):
    """A measurement that failed, with the module and the reason."""


def measure(tree: Path, modules: tuple) -> list:
    """Return [(module, octets of a 32-bit heap that its import holds)], in the order of import.

    Raises SizeError for a module that does not import.
    """
    from tools import host_board

    host_board.compile_modules()
    with tempfile.TemporaryDirectory() as state:
        # The host's modules keep resets and pins in files of their own.
        places = (
            ("/.host", str(build.BUILD / "host_modules")),
            ("/.state", state),
            ("/.size", str(tree)),
        )
        script = _MEASURE % (places, tuple(modules))
        done = subprocess.run(
            [micropython(), "-X", "heapsize=4M", "-c", script],
            capture_output=True,
            text=True,
            cwd=state,
        )
    found = []
    for line in done.stdout.splitlines():
        words = line.split(" ")
        if words[0] == "FAILED":
            raise SizeError("%s does not import: %s" % (words[1], " ".join(words[2:])))
        if words[0].split(".")[0] in _BUILT_IN or words[0].startswith("host_"):
            continue
        found.append((words[0], int(words[1]) * _NUMERATOR // _DENOMINATOR))
    if done.returncode or not found:
        raise SizeError(done.stdout + done.stderr)
    return sorted(found, key=lambda row: -row[1])


def interface_modules(data: dict, interface: str) -> tuple:
    """Return what a board loads for an interface."""
    return ALWAYS + BY_INTERFACE[interface]


def report(name: str, only: "str | None" = None) -> dict:
    """Return what a board takes and has: see main."""
    data = build.board_data(name)
    hardware = power.hardware(name)
    sizes = build.build(name)
    # The machine code of another processor cannot be measured here: the host's twin stands for it.
    build.build("host")
    kinds = [cap for cap in data["CAPS"] if cap in BY_INTERFACE and only in (None, cap)]
    dearest = max(
        (
            (sum(octets for _, octets in found), kind, found)
            for kind, found in (
                (kind, measure(build.BUILD / "host", interface_modules(data, kind)))
                for kind in kinds
            )
        ),
    )
    imports, interface, modules = dearest
    return {
        "board": name,
        "flash": sum(sizes.values()),
        "flash_limit": FLASH_LIMIT,
        "parts": build.part_sizes(sizes),
        "interface": interface,
        "modules": modules,
        "code": hardware["code"],
        "files": imports + WORKING_KB * 1024,
        "frozen": imports * _FROZEN // _FILES + WORKING_KB * 1024,
        "ram_limit": hardware["heap_kb"] * 1024,
    }


def problems(result: dict) -> list:
    """Return what does not fit, in words."""
    found = []
    if result["flash"] > result["flash_limit"]:
        found.append("flash: %d octets, %d allowed" % (result["flash"], result["flash_limit"]))
    if result[result["code"]] > result["ram_limit"]:
        found.append(
            "RAM: %d octets with the %s interface, %d there are; the largest module is %s"
            % (
                result[result["code"]],
                result["interface"],
                result["ram_limit"],
                max(result["modules"], key=lambda row: row[1])[0],
            )
        )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", required=True)
    parser.add_argument("--interface", choices=sorted(BY_INTERFACE))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    try:
        result = report(arguments.board, arguments.interface)
    except (build.BuildError, SizeError, OSError) as error:
        print("size: %s" % error, file=sys.stderr)
        return 1
    for part, size in sorted(result["parts"].items()):
        print("%8d  %s" % (size, part))
    print("%8d  flash, of %d" % (result["flash"], result["flash_limit"]))
    for module, octets in result["modules"]:
        print("%8d  RAM of %s" % (octets, module))
    print("%8d  RAM of objects and buffers" % (WORKING_KB * 1024))
    for code, words in (("files", "as files"), ("frozen", "frozen into MicroPython")):
        print(
            "%8d  RAM, of %d, with the %s interface and the code %s%s"
            % (
                result[code],
                result["ram_limit"],
                result["interface"],
                words,
                ", as this board has it" if code == result["code"] else "",
            )
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")
    for problem in problems(result):
        print("size: %s does not fit: %s" % (arguments.board, problem), file=sys.stderr)
    return 1 if problems(result) else 0


if __name__ == "__main__":
    sys.exit(main())
