"""Measure Obisgate on this machine: `make bench` prints a table and writes build/bench.json.

    python -m tools.bench [NAME …]     only some of the parts named in PARTS

Each row has name, value, unit, median and spread (the interquartile range), as far as it was repeated.
"""

import importlib
import json
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "tests")]

# Modules of this folder whose run() returns rows.
PARTS = ("size", "decode", "mbus", "mep", "crypto", "detection", "latency", "heap")


def main() -> int:
    wanted = sys.argv[1:] or PARTS
    rows = []
    for part in wanted:
        if part not in PARTS:
            print("no such part: %s; there are: %s" % (part, " ".join(PARTS)), file=sys.stderr)
            return 1
        print("== %s" % part, flush=True)
        for row in importlib.import_module("tools.bench." + part).run():
            rows.append(row)
            spread = "" if row.get("spread") is None else "  ± %s" % _short(row["spread"])
            print("%-64s %14s %s%s" % (row["name"], _short(row["value"]), row["unit"], spread))
    target = ROOT / "build/bench.json"
    machine = {"python": platform.python_version(), "machine": platform.platform()}
    target.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")
    print("written to %s" % target.relative_to(ROOT))
    return 0


def _short(value) -> str:
    return "%.4g" % value if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
