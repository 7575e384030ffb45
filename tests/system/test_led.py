"""The LED of a running adapter tells what the status says."""

import asyncio

from system.harness import Adapter

from firmware.led_language import DARK, SIGNALS, WINK_MS, signal
from tools.meters.kaifa import KaifaNetzNoe
from tools.page import leds


class Watch:
    """Notes each change of the LED as (time, lit)."""

    def __init__(self, adapter):
        self.changes = []
        self.colours = set()
        adapter.board.on_led = self._changed

    def _changed(self, time, colours):
        colour = tuple(colours[0])
        self.colours.add(colour)
        lit = colour != DARK
        if not self.changes or self.changes[-1][1] != lit:
            self.changes.append((time, lit))

    def runs(self) -> list:
        """Return (lit, seconds) of every run that has ended."""
        pairs = zip(self.changes, self.changes[1:], strict=False)
        return [(lit, after - time) for (time, lit), (after, _) in pairs]

    def groups(self) -> list:
        """Return the numbers of flashes between long pauses, in order; unfinished groups left out."""
        counts, count = [], 0
        for lit, seconds in self.runs():
            if lit and seconds < 0.5:
                count += 1
            elif not lit and seconds > 0.9:
                counts.append(count)
                count = 0
        return counts[1:]


async def _until(condition, timeout=25):
    async def holds():
        while not condition():
            await asyncio.sleep(0.1)

    await asyncio.wait_for(holds(), timeout)


async def test_winks_at_each_telegram(tmp_path):
    adapter = Adapter(tmp_path, KaifaNetzNoe(interval=2), config={"meter.line": "2400 8E1"})
    async with adapter:
        await adapter.wait_measurement()
        watch = Watch(adapter)
        for _ in range(4):
            await adapter.wait_measurement()
        winks = [seconds for lit, seconds in watch.runs() if not lit]
        assert len(winks) >= 3
        assert all(abs(seconds - WINK_MS / 1000) < 0.15 for seconds in winks)
        green = signal("ok").colour
        assert {tuple(part * 20 // 100 for part in green), DARK} == watch.colours


async def test_two_troubles_are_both_told(tmp_path):
    meter = KaifaNetzNoe(interval=2)
    nobody = {"mqtt.host": "127.0.0.1", "mqtt.port": 9, "mqtt.tls": "off"}
    wrong = (bytes(16), b"")
    adapter = Adapter(tmp_path, meter=meter, broker=None, keys=wrong, config=nobody)
    async with adapter:
        await adapter.wait_web()

        async def named():
            return (await adapter.status())["cause"] == "key:wrong"

        await adapter.wait_until(named)
        watch = Watch(adapter)
        key, broker = signal("key").flashes, signal("broker").flashes
        await _until(lambda: {key, broker} <= set(watch.groups()), 40)
        assert set(watch.groups()[-2:]) == {key, broker}


def test_the_page_shows_the_same_table():
    legend = leds()
    assert [entry["colour"] for entry in legend] == ["#%02x%02x%02x" % s.colour for s in SIGNALS]
    for entry, row in zip(legend, SIGNALS, strict=True):
        assert len(entry["pattern"]) % 2 == 0
        if row.flashes:
            assert len(entry["pattern"]) == 2 * row.flashes
        assert all(entry["text"])
