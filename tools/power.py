"""Calculate each board's power budget from its data: what it draws against what may be drawn.

    python -m tools.power [--board NAME]

Whole milliwatts; loads are currents at 3.3 V.
"""

import argparse
import json
import sys
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RAIL_MV = 3300

# mv: voltage; average_ma, peak_ma: what may be drawn; efficiency: percent that reaches the 3.3 V rail;
# saving: whether the firmware saves power while it is fed so (drivers/supply.py).
Supply = namedtuple("Supply", ("title", "mv", "average_ma", "peak_ma", "efficiency", "saving"))

SUPPLIES = {
    # USB 2.0, 7.2.1: 500 mA; a linear regulator passes 3.3 of 5 V.
    "usb": Supply("USB, 5 V", 5000, 500, 500, 66, False),
    # DSMR 5 P1, 5.4: 250 mA continuously.
    "p1": Supply("P1, 5 V", 5000, 250, 250, 66, True),
    # MEP: 40 mA on average, 50 mA at the peak, at 24 V.
    "mep": Supply("MEP, 24 V", 24000, 40, 50, 85, True),
}
# Concept B.1, I3: four loads of 1.5 mA. It feeds the transceiver only, never the adapter.
MBUS_LOADS_MA = 6
MBUS_DRAWN_MA = 3  # NCN5150 with the resistor for two loads

Budget = namedtuple("Budget", ("supply", "average_mw", "average_limit", "peak_mw", "peak_limit"))


def hardware(name: str) -> dict:
    """Return the data of board/NAME/hardware.json."""
    return json.loads((ROOT / "board" / name / "hardware.json").read_text())


def names() -> list:
    """Return the boards that have hardware of their own."""
    return sorted(path.parent.name for path in ROOT.glob("board/*/hardware.json"))


def available_mw(supply: Supply, milliamperes: int) -> int:
    """Return what reaches the 3.3 V rail of a current that a supply gives."""
    return supply.mv * milliamperes * supply.efficiency // 100 // 1000


def budget(data: dict, supply_name: str) -> Budget:
    """Return what a board draws from a supply and what it may.

    The peak is everything at once but the transmitter's own average, which the peak replaces.
    """
    supply = SUPPLIES[supply_name]
    loads = data["loads_saving" if supply.saving else "loads"]
    average = sum(load["average_ma"] for load in loads) * RAIL_MV // 1000
    peak = sum(load["peak_ma"] for load in loads) * RAIL_MV // 1000
    return Budget(
        supply_name,
        average,
        available_mw(supply, supply.average_ma),
        peak,
        available_mw(supply, supply.peak_ma),
    )


def problems(data: dict) -> list:
    """Return what does not fit, in words."""
    found = []
    for name in data["supplies"]:
        result = budget(data, name)
        if result.average_mw > result.average_limit:
            found.append(
                "%s: %d mW on average, %d allowed"
                % (name, result.average_mw, result.average_limit)
            )
        if result.peak_mw > result.peak_limit:
            found.append(
                "%s: %d mW at the peak, %d allowed" % (name, result.peak_mw, result.peak_limit)
            )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", choices=names())
    arguments = parser.parse_args()
    failed = False
    print("| board | supply | average, mW | may | peak, mW | may |\n|---|---|---|---|---|---|")
    for name in [arguments.board] if arguments.board else names():
        data = hardware(name)
        for supply in data["supplies"]:
            result = budget(data, supply)
            print("| %s | %s | %d | %d | %d | %d |" % (name, SUPPLIES[supply].title, *result[1:]))
        for problem in problems(data):
            print("power: %s: %s" % (name, problem), file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
