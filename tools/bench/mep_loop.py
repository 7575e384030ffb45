"""Runs on MicroPython, on this PC or on a board: what one exchange with a NES meter costs.

Prints one JSON object per measurement: {"name", "unit", "rounds": [value, …]}.
"""

import gc
import json
import sys
import time

if sys.implementation.name == "micropython":
    _root = __file__.rsplit("/tools/", 1)[0] if "/tools/" in __file__ else "."
    sys.path[:0] = [_root + "/lib", _root]

import kernels
import kernels_plain

from c1219 import request
from c1219.digest import Digest
from c1219.exchange import Exchange
from firmware.meter.mep_decoder import MepDecoder
from keys import Keys

ROUNDS = 7
_KEY = bytes(range(3, 19))
# The longest answer there is: 465 octets of a table, after the body of a partial read.
_ASKED = bytes(12)
_ANSWER = bytes(i * 7 & 255 for i in range(468))
_STEPS = 576
_SOURCES = (
    list(range(8, 26))
    + list(range(81, 85))
    + list(range(104, 108))
    + list(range(185, 200))
    + list(range(202, 216))
)


def _rounds(function, count: int) -> list:
    """Return microseconds per call, one for each round."""
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        begun = time.ticks_us()
        for _ in range(count):
            function()
        found.append(time.ticks_diff(time.ticks_us(), begun) / count)
    return found


def _show(name: str, unit: str, rounds: list) -> None:
    print(json.dumps({"name": name, "unit": unit, "rounds": rounds}))


def _pass(oma) -> None:
    state = bytearray(8)
    step = oma(state, _KEY, _ASKED, 0, len(_ASKED), 0)
    step = oma(state, _KEY, _ANSWER, 0, len(_ANSWER), step)
    oma(state, _KEY, bytes(192), 0, (192 - step) % 192, step)


def _digest() -> None:
    for name, oma, count in (("plain", kernels_plain.oma, 20), ("kernel", kernels.oma, 2000)):
        rounds = _rounds(lambda oma=oma: _pass(oma), count)
        _show("MEP digest of a 465-octet answer, " + name, "us", rounds)
        octet = [1000 * us / _STEPS for us in rounds]
        _show("MEP digest per octet, " + name, "ns", octet)


def _sign(frame, body: bytes) -> bytes:
    digest = Digest(_KEY)
    digest.feed(frame, 2, len(frame) - 8)
    digest.feed(body, 0, len(body))
    return (len(body) + 8).to_bytes(2, "big") + body + bytes(digest.value())


def _known() -> MepDecoder:
    decoder = MepDecoder(Keys(_KEY))
    meter = decoder.meter
    meter.absorb(request.BT15, 0, 17, bytes(17))
    meter.absorb(request.BT21, 0, 10, bytes([3, 14, 0, 11, 0, 0, 0, 4, 0, 55]))
    meter.absorb(request.BT22, 0, 11, bytes([0, 1, 2, 3, 4, 5, 6, 7, 26, 27, 28]))
    meter.absorb(request.BT27, 0, 55, bytes(_SOURCES))
    return decoder


def _exchange(decoder, read: tuple, data: bytes, answers: dict) -> None:
    """One exchange as the session does it; what the meter signs is prepared outside the clock."""
    frame = decoder.request(read)
    decoder.check(frame)
    sequence = bytes(frame[10:14])
    if sequence not in answers:
        answers[sequence] = _sign(bytes(frame), b"\0" + len(data).to_bytes(2, "big") + data)
        decoder._exchange.sequence -= 1
        return
    decoder.feed(answers[sequence])
    assert decoder.take() is not None


def _exchanges(name: str, read: tuple, size: int) -> None:
    decoder = _known()
    data = bytes(i & 3 if i % 4 == 0 else 0 for i in range(size))
    answers = {}
    count = 40
    first = decoder._exchange.sequence
    for _ in range(2 * count):
        _exchange(decoder, read, data, answers)

    def again():
        decoder._exchange.sequence = first
        for _ in range(count):
            _exchange(decoder, read, data, answers)

    rounds = [us / count for us in _rounds(again, 5)]
    _show("MEP exchange, " + name, "us", rounds)
    _show("MEP exchanges, " + name, "1/s", [1000000 / us for us in rounds])
    if hasattr(gc, "mem_alloc"):
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        again()
        _show("MEP exchange, %s, allocated" % name, "B", [(gc.mem_alloc() - before) // count])
        gc.enable()
        gc.collect()
        few = gc.mem_alloc()
        for _ in range(3000 // count):
            again()
        gc.collect()
        _show("MEP exchange, %s, heap growth over 3000" % name, "B", [gc.mem_alloc() - few])


def _encrypted() -> None:
    asked = Exchange(_KEY, encrypted=True)
    packet = bytearray(478)
    packet[0:2] = (476).to_bytes(2, "big")

    def one():
        frame = asked.request(request.BT23, 0, 465)
        asked.check(frame)
        try:
            asked.open(packet)
        except ValueError:
            pass

    _show("MEP exchange of 465 octets under RC4", "us", _rounds(one, 20))


_digest()
_exchanges("powers, 128 octets", (request.BT28, 0, 128), 128)
_exchanges("energies, 220 octets", (request.BT23, 0, 220), 220)
_encrypted()
