"""What goes wrong on the line costs the damaged telegram only, counted by cause (R8.3, R9)."""

import pytest
from system.harness import Adapter, meter_time, readings

from tools.line import cut, flip, lose, noise
from tools.meters.kaifa import KaifaKsmWest, KaifaNetzNoe

INTERVAL = 1.7  # a telegram of this list takes 1.45 s

# name: (fault, causes of which at least one must be counted)
DAMAGE = {
    "bit in the start": (flip(0, 3), ("noise", "truncated", "sequence")),
    "bit in the length": (flip(1, 0), ("noise", "length")),
    "bit in the system title": (flip(15, 2), ("checksum",)),
    "bit in the ciphertext": (flip(100, 7), ("checksum",)),
    "bit in the second segment": (flip(270, 4), ("checksum",)),
    "bit in the stop octet": (flip(255, 1), ("noise", "length", "truncated", "checksum")),
    "one octet lost": (lose(60), ("checksum", "length", "noise", "truncated")),
    "many octets lost": (lose(30, 150), ("checksum", "length", "noise", "truncated")),
    "cut in the first segment": (cut(120), ("truncated",)),
    "cut in the header": (cut(5), ("truncated", "noise")),
    "second segment missing": (cut(256), ("truncated", "sequence")),
}
HARMLESS = {
    "noise before and after": noise(b"\x00\xff\x68\x12\x68", b"\x16\x68\xfa"),
    "half a frame before": noise(b"\x68\xfa\xfa\x68\x53\xff\x00"),
}


async def _dropped(adapter) -> dict:
    return (await adapter.status())["meter"]["dropped"]


def _settings(adapter) -> list:
    """Return the line settings that the adapter has received with, in order."""
    return [entry["settings"] for entry in adapter.line_log() if "settings" in entry]


async def _until(adapter, time) -> list:
    """Return the measurements published until the one of a meter time, checked against what was sent."""
    found = []
    while True:
        document = await adapter.wait_measurement(3 * INTERVAL + 2)
        assert readings(document) == adapter.sent_at(document).expected
        found.append(meter_time(document))
        if found[-1] >= time:
            return found


def _time(sent) -> int:
    return max(entry["time"] for entry in sent.expected.values())


async def test_only_the_damaged_telegram_is_lost(tmp_path):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with Adapter(tmp_path, meter=meter) as adapter:
        await adapter.wait_measurement()
        await meter.wait_sent()
        found = len(_settings(adapter))
        for name, (fault, causes) in DAMAGE.items():
            before = await _dropped(adapter)
            adapter.line.inject(fault)
            await meter.wait_sent(2)
            damaged, good = _time(meter.sent[-2]), _time(meter.sent[-1])
            published = await _until(adapter, good)
            assert good in published, name
            assert damaged not in published, name
            after = await _dropped(adapter)
            counted = {key for key in after if after[key] > before.get(key, 0)}
            assert counted & set(causes), (name, counted)
        status = await adapter.status()
        assert status["state"] == "ok"
        assert status["meter"]["line"] == "2400 8E1"
        assert len(_settings(adapter)) == found, "the right settings were given up"


async def test_noise_around_a_telegram_costs_nothing(tmp_path):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with Adapter(tmp_path, meter=meter) as adapter:
        await adapter.wait_measurement()
        for name, fault in HARMLESS.items():
            adapter.line.inject(fault)
            await meter.wait_sent(2)
            noisy, next_one = _time(meter.sent[-2]), _time(meter.sent[-1])
            published = await _until(adapter, next_one)
            assert noisy in published or name == "half a frame before", name
            assert next_one in published, name


async def test_telegrams_that_run_together_are_both_read(tmp_path):
    meter = KaifaNetzNoe(interval=4)
    meter.GAP = 0.0
    async with Adapter(tmp_path, meter=meter) as adapter:
        await adapter.wait_measurement()
        meter.burst = 1
        await meter.wait_sent(2)
        first, second = _time(meter.sent[-2]), _time(meter.sent[-1])
        assert second - first < meter.interval - 1
        published = await _until(adapter, second)
        assert first in published


async def test_a_cut_telegram_runs_into_the_next(tmp_path):
    meter = KaifaNetzNoe(interval=4)
    async with Adapter(tmp_path, meter=meter) as adapter:
        await adapter.wait_measurement()
        await meter.wait_sent()
        adapter.line.inject(cut(200))
        meter.burst = 1
        await meter.wait_sent(2)
        damaged, good = _time(meter.sent[-2]), _time(meter.sent[-1])
        published = await _until(adapter, good)
        assert damaged not in published
        assert good in published


@pytest.mark.parametrize("kind", [KaifaNetzNoe, KaifaKsmWest])
async def test_random_bit_errors_never_give_a_wrong_value(tmp_path, kind):
    meter = kind(interval=2.1)
    options = {"bit_errors": 1.5e-4, "seed": 7}
    async with Adapter(tmp_path, meter=meter, line_options=options) as adapter:
        await meter.wait_sent(12)
        # One more without errors, so that there is something to wait for.
        adapter.line.bit_errors = 0
        await meter.wait_sent(2)
        published = await _until(adapter, _time(meter.sent[-1]))
        assert 2 <= len(published) < len(meter.sent)
        assert sum((await _dropped(adapter)).values()) > 0


async def test_a_replayed_telegram_is_refused(tmp_path):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with Adapter(tmp_path, meter=meter) as adapter:
        await adapter.wait_measurement()
        await meter.wait_sent(2)
        old = meter.sent[-2].frames
        adapter.line.inject(lambda frames: old)
        await meter.wait_sent(2)
        published = await _until(adapter, _time(meter.sent[-1]))
        assert _time(meter.sent[-2]) not in published
        assert len(published) == len(set(published))
        assert (await _dropped(adapter)).get("replay") == 1


async def test_a_wrong_key_says_so_and_the_right_one_is_read(tmp_path):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with Adapter(tmp_path, meter=meter, keys=(bytes(16), b"")) as adapter:
        await adapter.wait_web()

        async def named():
            status = await adapter.status()
            return status["state"] == "key-wrong" and status

        status = await adapter.wait_until(named, 15)
        assert status["cause"] == "key:wrong"
        answer = await adapter.get("/api/v1/measurement")
        assert answer.status_code == 503
        assert "key" in answer.text


async def test_without_a_key_the_status_asks_for_it(tmp_path):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with Adapter(tmp_path, meter=meter, keys=(b"", b"")) as adapter:
        await adapter.wait_web()

        async def named():
            return (await adapter.status())["state"] == "key-required"

        await adapter.wait_until(named, 15)


async def test_a_meter_that_falls_silent_and_speaks_again(tmp_path):
    meter = KaifaNetzNoe(interval=INTERVAL)
    async with Adapter(tmp_path, meter=meter) as adapter:
        await adapter.wait_measurement()
        await adapter.unplug()

        async def silent():
            return (await adapter.status())["state"] == "no-data"

        await adapter.wait_until(silent, 40, 0.5)
        await adapter.plug(KaifaNetzNoe(interval=INTERVAL, counter=meter.counter + 10))
        document = await adapter.wait_measurement()
        while adapter.sent_at(document) is None:
            document = await adapter.wait_measurement()
        assert readings(document) == adapter.sent_at(document).expected
        assert adapter.board.resets == []
