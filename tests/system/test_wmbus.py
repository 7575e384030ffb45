"""M17: wireless M-Bus, from the radio chip's buffer to published readings of the one meter."""

import asyncio

import pytest
from system.harness import Adapter, readings

from tools.air import airtime
from tools.meters import wmbus
from tools.meters.oms_wired import OmsWired
from tools.meters.wmbus_neighbourhood import Neighbourhood
from tools.meters.wmbus_nes import WmbusNes


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 110))


async def agrees(adapter, document):
    sent = adapter.sent_at(document)
    assert sent is not None
    assert readings(document) == sent.expected


class LongList(WmbusNes):
    """A telegram of more than 255 octets on the air, as meters with tariffs send it."""

    def records(self):
        rows = super().records()
        for group in ("1", "2"):
            for tariff in (1, 2, 3, 4):
                value = self.house.energy(group + ".8") + tariff
                header = b"\x8e" + (b"\x10", b"\x20", b"\x30", b"\x80\x10")[tariff - 1]
                header += b"\x03" if group == "1" else b"\x83\x3c"
                rows.append(("1-0:%s.8.%d" % (group, tariff), header, 6, value, 0))
        return rows


@pytest.mark.parametrize("form", ["T1/A", "C1/A", "C1/B"])
def test_each_form_with_one_setting(tmp_path, form):
    async def scenario():
        meter = WmbusNes(interval=1)
        meter.FORM = form
        async with Adapter(tmp_path, meter=meter) as unit:
            for _ in range(3):
                await agrees(unit, await unit.wait_measurement())
            assert (await unit.status())["meter"]["rssi_dbm"] == -70

    run(scenario())


def test_a_telegram_longer_than_the_chips_buffer(tmp_path):
    async def scenario():
        meter = LongList(interval=1)
        async with Adapter(tmp_path, meter=meter) as unit:
            for _ in range(4):
                document = await unit.wait_measurement()
                await agrees(unit, document)
            assert len(unit.sent_at(document).frames[0]) > 255

    run(scenario())


def test_of_fifty_meters_ours_alone_is_published_and_none_is_lost(tmp_path):
    async def scenario():
        meter = Neighbourhood(others=49, fastest=4.0, interval=1)
        async with Adapter(tmp_path, meter=meter) as unit:
            await unit.wait_measurement()
            first = len(meter.sent)
            published = {}
            while len(meter.sent) < first + 40:
                document = await unit.wait_measurement()
                await agrees(unit, document)
                time = readings(document)["0-0:1.0.0"]["time"]
                assert time not in published
                published[time] = document
            await asyncio.sleep(0.5)
            whole = {emission.packet for emission in unit.line.emissions if emission.whole}
            missed = [
                sent
                for sent in list(meter.sent)[first : first + 39]
                if sent.frames[0] in whole and sent.expected["0-0:1.0.0"]["time"] not in published
            ]
            assert not missed
            assert sum(sent.frames[0] in whole for sent in list(meter.sent)[first:]) > 25
            # The air was as full as in a block of flats.
            others = [e for e in unit.line.emissions if e.whole]
            assert len(others) > 200
            assert sum(airtime(e.packet) for e in others) > 1.0
            dropped = (await unit.status())["meter"]["dropped"]
            assert dropped["foreign"] > 100
            assert dropped.get("crc", 0) == 0

    run(scenario())


def test_a_dead_radio_is_named_and_holds_up_nothing(tmp_path):
    async def scenario():
        async with Adapter(tmp_path, config={"meter.interface": "radio"}) as unit:

            async def told():
                return "line:radio" in (await unit.get("/api/v1/status")).text

            await unit.wait_until(told)
            assert (await unit.status())["state"] == "no-data"
            assert unit.board.resets == []

    run(scenario())


def test_neighbours_between_two_telegrams_are_no_trouble(tmp_path):
    async def scenario():
        meter = Neighbourhood(others=20, fastest=1.0, interval=9)
        async with Adapter(tmp_path, meter=meter) as unit:
            await unit.wait_measurement(30)
            ends = asyncio.get_running_loop().time() + 12
            while asyncio.get_running_loop().time() < ends:
                assert (await unit.status())["state"] == "ok"
                await asyncio.sleep(0.5)

    run(scenario())


def test_only_the_number_that_was_set_passes(tmp_path):
    async def scenario():
        meter = WmbusNes(interval=1)
        async with Adapter(tmp_path, meter=meter, config={"meter.radio_id": "00000001"}) as unit:
            await meter.wait_sent(4)

            async def told():
                status = await unit.status()
                return status["meter"]["dropped"].get("foreign", 0) >= 2

            await unit.wait_until(told)
            assert (await unit.get("/api/v1/measurement")).status_code == 503

    run(scenario())


def test_mode_s_by_choice(tmp_path):
    class Slow(WmbusNes):
        async def push(self, line):
            emit = line.emit
            line.emit = lambda packet: emit(packet, mode="S")
            try:
                await super().push(line)
            finally:
                line.emit = emit

    async def scenario():
        meter = Slow(interval=1)
        meter.FORM = "S1/A"
        async with Adapter(tmp_path, meter=meter, config={"meter.radio_mode": "S"}) as unit:
            for _ in range(3):
                await agrees(unit, await unit.wait_measurement())

    run(scenario())


def test_a_damaged_packet_costs_itself_only(tmp_path):
    def damaged(frames):
        packet = bytearray(frames[0])
        packet[60] ^= 0x08
        return [bytes(packet)]

    async def scenario():
        meter = WmbusNes(interval=1)
        async with Adapter(tmp_path, meter=meter) as unit:
            await unit.wait_measurement()
            unit.line.inject(damaged)
            for _ in range(3):
                await agrees(unit, await unit.wait_measurement())
            assert (await unit.status())["meter"]["dropped"] == {"crc": 1}

    run(scenario())


def test_a_wired_oms_meter(tmp_path):
    async def scenario():
        meter = OmsWired(interval=2)
        async with Adapter(tmp_path, meter=meter) as unit:
            for _ in range(3):
                await agrees(unit, await unit.wait_measurement(30))

    run(scenario())


def test_line_codes_agree_with_the_devices():
    from mbus.wireless import Unwrapper

    meter = WmbusNes()
    data = wmbus.mode_5(meter.address, 1, b"\x0b\x2b\x01\x02\x03", meter.key)
    frame = wmbus.frame(meter.address, data)
    for form in ("T1/A", "C1/A", "C1/B", "S1/A"):
        unwrapper = Unwrapper()
        assert bytes(unwrapper.unwrap(wmbus.packet(frame, form))) == frame
        assert unwrapper.form == form
