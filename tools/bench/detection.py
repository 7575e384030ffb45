"""How long until the first right reading: after power-on with only the key set, and after an exchange.

Each meter is met at a random moment of its push interval. The limit is three of them, at least 20 s.
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path

from system.harness import Adapter, readings

from tools.meters.amis import Amis
from tools.meters.catalogue import DLMS, METERS
from tools.meters.kaifa import KaifaNetzNoe
from tools.meters.oms_wired import OmsWired

_ATONCE = 2
_LONGEST = 240.0
# A meter that waits to be found sends one search telegram a minute, its push interval until then.
_SEARCH_INTERVAL = 60.0


def _limit(meter) -> float:
    interval = _SEARCH_INTERVAL if isinstance(meter, Amis) else meter.interval
    return max(3 * interval, 20.0)


def _at_random(meter):
    """Return the meter; its first telegram comes after a random part of its interval."""
    begin = meter.run

    async def run(line):
        await asyncio.sleep(random.random() * meter.interval)
        await begin(line)

    meter.run = run
    return meter


def _right(meter, document: dict) -> bool:
    """Tell whether the meter said each value of a measurement, digit by digit, not long ago."""
    said = {}
    for sent in list(meter.sent)[-100:]:
        for code, entry in sent.expected.items():
            said.setdefault(code, []).append(entry["value"])
    found = readings(document)
    return bool(found) and all(
        entry["value"] in said.get(code, ()) for code, entry in found.items()
    )


async def _first(adapter, since: float) -> float:
    """Return the seconds since then until the first right reading."""
    while time.monotonic() - since < _LONGEST:
        document = await adapter.wait_measurement(_LONGEST)
        if _right(adapter.meter, document):
            return time.monotonic() - since
        # Another meter's last reading may still be on its way; a wrong value of this one never is.
        if any(_right(former, document) for former in adapter.formers):
            continue
        raise AssertionError("%s: wrong values: %s" % (adapter.meter.NAME, document))
    raise TimeoutError(adapter.explain())


async def _from_power_on(name: str) -> tuple:
    meter = _at_random(METERS[name]())
    with tempfile.TemporaryDirectory() as folder:
        adapter = Adapter(Path(folder), meter=meter)
        adapter.formers = []
        begun = time.monotonic()
        async with adapter:
            return await _first(adapter, begun), _limit(meter)


async def _all_from_power_on():
    places = asyncio.Semaphore(_ATONCE)

    async def one(name):
        async with places:
            return name, *await _from_power_on(name)

    for done in asyncio.as_completed([one(name) for name in METERS]):
        name, seconds, limit = await done
        yield "first right reading after power-on, only the key set: %s" % name, seconds, limit


async def _all_exchanged():
    """One adapter, whose meter is exchanged for each that pushes on a wire, one after the other."""
    first = KaifaNetzNoe()
    with tempfile.TemporaryDirectory() as folder:
        adapter = Adapter(Path(folder), meter=first)
        adapter.formers = [first]
        async with adapter:
            await adapter.wait_measurement(60)
            await first.wait_sent(2)
            for kind in (*DLMS, OmsWired):
                meter = _at_random(kind(key=first.key, auth_key=first.auth_key))
                begun = time.monotonic()
                await adapter.plug(meter)
                seconds = await _first(adapter, begun)
                adapter.formers = [meter]
                # It runs: the push interval is known before it is exchanged.
                await meter.wait_sent(2)
                yield (
                    "first right reading after an exchange: %s" % kind.NAME,
                    seconds,
                    _limit(meter),
                )


def _rows(found):
    with asyncio.Runner() as runner:
        while True:
            try:
                name, seconds, limit = runner.run(anext(found))
            except StopAsyncIteration:
                return
            label = "%s (limit %g s)" % (name, limit)
            value = round(seconds, 1)
            yield {"name": label, "value": value, "unit": "s", "median": value, "spread": None}


def run():
    """Yield a row per meter and way, as they come."""
    yield from _rows(_all_from_power_on())
    yield from _rows(_all_exchanged())
