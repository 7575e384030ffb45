"""Run every unit test file again on the MicroPython runtime, one process each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RUNNER = ROOT / "tests" / "micropython_runner.py"
MICROPYTHON = os.environ.get("MICROPYTHON") or Path(sys.executable).with_name("micropython")
FILES = sorted(path for path in HERE.glob("test_*.py") if path != Path(__file__).resolve())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_on_micropython(path):
    done = subprocess.run(
        [MICROPYTHON, "-X", "heapsize=64M", RUNNER, path],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "MICROPYPATH": ":.frozen:" + str(ROOT / "build/third_party")},
        timeout=110,
    )
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
    if done.stdout.rstrip().splitlines()[-1].startswith("0 passed, 0 failed"):
        pytest.skip(done.stdout.strip())
