"""Decode the same telegrams over and over, on either runtime; started by tools/bench/decode.py.

stdin: one meter a line, as JSON: {"name", "key", "auth_key", "telegrams": [[frame, …], …]} in hex,
invocation counters rising. stdout: one result a line, as JSON: seconds per telegram of each round,
and on MicroPython the octets allocated for one telegram and the heap in use after few and after
many.
"""

import gc
import json
import sys
import time

if sys.implementation.name == "micropython":
    _root = __file__.rsplit("/tools/", 1)[0]
    sys.path[:0] = [_root + "/lib", _root]

from firmware.meter.dlms_decoder import DlmsDecoder  # noqa: E402 - sys.path is set above
from firmware.meter.normalise import Normaliser  # noqa: E402
from keys import Keys  # noqa: E402
from timestamp import Zone  # noqa: E402

ROUNDS = 7
_ROUND_MS = 150
_FEW, _MANY = 100, 3000

_ticks = time.ticks_us if hasattr(time, "ticks_us") else lambda: time.perf_counter_ns() // 1000


def _cycle(decoder, normaliser, telegrams):
    """Decode and normalise every telegram once, from the octets on the line."""
    decoder.reset_counters()
    for frames in telegrams:
        for frame in frames:
            decoder.feed(frame)
        telegram = decoder.take()
        if telegram is None:
            raise RuntimeError("telegram lost: %s" % decoder.dropped)
        normaliser.reading(telegram, 0, None)


def _seconds(decoder, normaliser, telegrams) -> list:
    """Return seconds per telegram, one for each round."""
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        count, begun = 0, _ticks()
        while True:
            _cycle(decoder, normaliser, telegrams)
            count += len(telegrams)
            passed = _ticks() - begun
            if passed >= 1000 * _ROUND_MS:
                break
        found.append(passed / 1e6 / count)
    return found


def _allocation(decoder, telegrams) -> int:
    """Return the octets allocated to decode one telegram, nothing being freed meanwhile."""
    _ = decoder.reset_counters(), gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for frame in telegrams[0]:
        decoder.feed(frame)
    decoder.take()
    used = gc.mem_alloc() - before
    gc.enable()
    return used


def _in_use(decoder, normaliser, telegrams, count: int) -> int:
    """Return the heap in use after so many more telegrams."""
    while count > 0:
        _cycle(decoder, normaliser, telegrams)
        count -= len(telegrams)
    gc.collect()
    return gc.mem_alloc()


def measure(line: str) -> dict:
    """Return the measurements of one meter."""
    meter = json.loads(line)
    keys = [bytes.fromhex(meter[key]) if meter[key] else None for key in ("key", "auth_key")]
    telegrams = [[bytes.fromhex(frame) for frame in frames] for frames in meter["telegrams"]]
    decoder = DlmsDecoder(Keys(*keys))
    normaliser = Normaliser(Zone("CET-1CEST,M3.5.0,M10.5.0/3"))
    _cycle(decoder, normaliser, telegrams)
    result = {"name": meter["name"], "seconds": _seconds(decoder, normaliser, telegrams)}
    if hasattr(gc, "mem_alloc"):
        result["allocated"] = _allocation(decoder, telegrams)
        result["few"] = _in_use(decoder, normaliser, telegrams, _FEW)
        result["many"] = _in_use(decoder, normaliser, telegrams, _MANY)
    return result


if __name__ == "__main__":
    while True:
        _line = sys.stdin.readline()
        if not _line:
            break
        print(json.dumps(measure(_line)))
