"""Wired M-Bus records against pymeterbus, on recorded telegrams and on those of the virtual meter."""

import json
import math
import warnings
from decimal import Decimal
from pathlib import Path

import pytest

from firmware.meter.oms_decoder import OmsDecoder
from keys import Keys
from mbus.describe import describe
from tools.bench import mbus as bench
from tools.meters.oms_wired import OmsWired

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    meterbus = pytest.importorskip("meterbus")

_RECORDED = Path(__file__).parents[3] / "shared/telegrams/mbus.json"
_UNITS = {
    "MeasureUnit.WH": "Wh",
    "MeasureUnit.J": "J",
    "MeasureUnit.W": "W",
    "MeasureUnit.M3": "m³",
    "MeasureUnit.M3_H": "m³/h",
    "MeasureUnit.C": "°C",
    "MeasureUnit.K": "K",
    "MeasureUnit.V": "V",
    "MeasureUnit.A": "A",
}
_FUNCTIONS = {
    "FunctionType.INSTANTANEOUS_VALUE": "instantaneous",
    "FunctionType.MAXIMUM_VALUE": "maximum",
    "FunctionType.MINIMUM_VALUE": "minimum",
    "FunctionType.ERROR_STATE_VALUE": "error",
}


def _frames() -> list:
    meter = OmsWired()
    found = []
    for _ in range(3):
        meter.house.advance(meter.house.time + 1)
        found.append(("oms-wired", bench._plain_records(meter)))
    for entry in json.loads(_RECORDED.read_text()) if _RECORDED.exists() else []:
        if entry["interface"] == "mbus-wired" and entry["expected"].get("records"):
            found.append((entry["id"], bytes.fromhex(entry["frames_hex"][0])))
    return found


def _own(frame: bytes) -> list:
    decoder = OmsDecoder(Keys(None), everyone=True)
    decoder.feed(frame)
    assert decoder.take() is not None
    return decoder.records


_CASES = _frames()


@pytest.mark.parametrize("case", _CASES, ids=["%s-%d" % (c[0], n) for n, c in enumerate(_CASES)])
def test_both_read_the_same_numbers(case):
    _, frame = case
    own = _own(frame)
    theirs = list(meterbus.load(frame).records)
    assert len(own) == len(theirs)
    compared = 0
    for record, peer in zip(own, theirs, strict=True):
        shown = peer.interpreted
        unit = _UNITS.get(shown["unit"])
        value = peer.value
        if unit is None or isinstance(value, (str, bytes)) or value is None:
            continue
        if isinstance(value, float) and math.isnan(value):
            assert record.value is None
            continue
        if record.unit != unit or record.manufacturer or record.qualifiers:
            continue  # pymeterbus looks at the last VIFE only
        mine = Decimal(describe(record)["value"])
        # It calculates in binary floats.
        assert math.isclose(mine, float(value), rel_tol=1e-6, abs_tol=1e-9), record
        assert record.storage == shown["storage_number"]
        assert record.function == _FUNCTIONS[shown["function"]]
        compared += 1
    if case[0] == "oms-wired":
        assert compared == 4
