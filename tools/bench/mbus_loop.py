"""Decode the same M-Bus telegrams over and over, on either runtime; started by tools/bench/mbus.py.

stdin: one case a line, as JSON: {"name", "kind": "wired" or "radio", "key", "frames"} in hex. stdout: one result
a line, as JSON: seconds per telegram of each round, and on MicroPython the octets allocated for one telegram and
the heap in use after few and after many. The case {"name": "kernels"} gives microseconds per octet instead.
"""

import gc
import json
import sys
import time

if sys.implementation.name == "micropython":
    _root = __file__.rsplit("/tools/", 1)[0]
    sys.path[:0] = [_root + "/lib", _root]

from firmware.meter.normalise import Normaliser  # noqa: E402 - sys.path is set above
from firmware.meter.oms_decoder import OmsDecoder  # noqa: E402
from firmware.meter.wmbus_decoder import WmbusDecoder  # noqa: E402
from keys import Keys  # noqa: E402
from mbus import kernels_plain, wireless  # noqa: E402
from timestamp import Zone  # noqa: E402

ROUNDS = 7
_ROUND_MS = 150
_FEW, _MANY = 100, 3000
_OCTETS = 180

_ticks = time.ticks_us if hasattr(time, "ticks_us") else lambda: time.perf_counter_ns() // 1000


def _cycle(decoder, normaliser, frames):
    decoder.reset_counters()
    for frame in frames:
        decoder.feed(frame)
        telegram = decoder.take()
        if telegram is None:
            raise RuntimeError("telegram lost: %s" % decoder.dropped)
        normaliser.reading(telegram, 0, None)


def _rounds(work, units: int) -> list:
    """Return seconds per unit, one for each round, of work that does so many units."""
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        count, begun = 0, _ticks()
        passed = 0
        while passed < 1000 * _ROUND_MS:
            work()
            count += units
            passed = _ticks() - begun
        found.append(passed / 1e6 / count)
    return found


def _allocation(decoder, frame) -> int:
    """Return the octets allocated to decode one telegram, nothing being freed meanwhile."""
    decoder.reset_counters()
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    decoder.feed(frame)
    decoder.take()
    used = gc.mem_alloc() - before
    gc.enable()
    return used


def _in_use(decoder, normaliser, frames, count: int) -> int:
    while count > 0:
        _cycle(decoder, normaliser, frames)
        count -= len(frames)
    gc.collect()
    return gc.mem_alloc()


def decoding(case: dict) -> dict:
    """Return the measurements of one meter's telegrams."""
    keys = Keys(bytes.fromhex(case["key"]) if case["key"] else None)
    frames = [bytes.fromhex(frame) for frame in case["frames"]]
    if case["kind"] == "radio":
        decoder = WmbusDecoder(keys, everyone=not case["key"])
    else:
        decoder = OmsDecoder(keys)
    normaliser = Normaliser(Zone("CET-1CEST,M3.5.0,M10.5.0/3"))
    _cycle(decoder, normaliser, frames)
    work = lambda: _cycle(decoder, normaliser, frames)  # noqa: E731 - measured as it is
    result = {"name": case["name"], "seconds": _rounds(work, len(frames))}
    if hasattr(gc, "mem_alloc"):
        result["allocated"] = _allocation(decoder, frames[0])
        result["few"] = _in_use(decoder, normaliser, frames, _FEW)
        result["many"] = _in_use(decoder, normaliser, frames, _MANY)
    return result


def kernels() -> dict:
    """Return seconds per octet of each kernel, plain and as machine code."""
    modules = [("plain", kernels_plain)]
    try:
        from mbus import kernels_viper

        modules.append(("viper", kernels_viper))
    except (ImportError, SyntaxError, AttributeError):
        pass
    data = bytes([(at * 37) & 255 for at in range(_OCTETS)])
    target = bytearray(_OCTETS)
    # A code of which every octet is valid: 0x16 0x0D are the nibbles 0 and 1.
    coded = bytes((0x58, 0xD5, 0x8D)) * (_OCTETS // 2)
    chips = b"\x55\xaa" * _OCTETS
    found = {}
    for name, module in modules:
        works = (
            ("CRC", module.crc, (data, 0, _OCTETS)),
            ("3 out of 6", module.three_of_six, (coded, 0, target, _OCTETS, wireless.CODES)),
            ("Manchester", module.manchester, (chips, 0, target, _OCTETS)),
        )
        for kernel, function, given in works:
            work = lambda function=function, given=given: function(*given)  # noqa: E731
            found["%s, %s" % (kernel, name)] = _rounds(work, _OCTETS)
    return {"name": "kernels", "kernels": found}


if __name__ == "__main__":
    while True:
        _line = sys.stdin.readline()
        if not _line:
            break
        _case = json.loads(_line)
        print(json.dumps(kernels() if _case["name"] == "kernels" else decoding(_case)))
