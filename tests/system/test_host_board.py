"""The PC as a board behaves like the ESP32's port where that is unpleasant."""

import asyncio
import contextlib
import socket

import pytest

from line_settings import parse
from tools.host_board import ROOT, HostBoard
from tools.line import Line

CAUSES = {"PWRON": 1, "HARD": 2, "WDT": 3, "SOFT": 5}
TELEGRAM = bytes(range(0x30, 0x70))


class Bench:
    """A board with one script as its main.py, and a line to nowhere in particular."""

    def __init__(self, folder, script, meter="2400 8E1", **options):
        self.flash = folder / "flash"
        self.flash.mkdir()
        (self.flash / "main.py").write_text(script)
        self.line = Line(parse(meter))
        self._options = options
        self._folder = folder
        self.board = None
        self._printed = asyncio.Queue()

    async def __aenter__(self):
        await self.line.start()
        self.board = HostBoard(
            self.flash,
            self._folder / "state",
            {1: self.line.port},
            on_line=self._printed.put_nowait,
            **self._options,
        )
        await self.board.start()
        return self

    async def __aexit__(self, *_):
        await self.board.stop()
        await self.line.stop()

    async def printed(self) -> str:
        """Return the next line that the board prints."""
        return await asyncio.wait_for(self._printed.get(), 20)


async def _lines(folder, script, count=1, **options):
    async with Bench(folder, script, **options) as bench:
        return [await bench.printed() for _ in range(count)]


RECEIVE = """
import machine, sys, time
uart = machine.UART(1, %s, tx=17, rx=16)
print("open")
received = bytearray()
quiet = time.ticks_ms()
while time.ticks_diff(time.ticks_ms(), quiet) < 600:
    data = uart.read()
    if data:
        received.extend(data)
        quiet = time.ticks_ms()
print(received.hex())
"""


async def _receive(folder, arguments, meter="2400 8E1", data=TELEGRAM):
    async with Bench(folder, RECEIVE % arguments, meter) as bench:
        assert await bench.printed() == "open"
        await bench.line.send([data])
        return bytes.fromhex(await bench.printed())


async def test_uart_receives_what_was_sent(tmp_path):
    assert await _receive(tmp_path, "2400, 8, 0, 1") == TELEGRAM


async def test_uart_inverted_line(tmp_path):
    got = await _receive(
        tmp_path, "115200, 8, None, 1, invert=machine.UART.INV_RX", "115200 8N1 inverted"
    )
    assert got == TELEGRAM


@pytest.mark.parametrize(
    "arguments", ["9600, 8, 0, 1", "1200, 8, 0, 1", "2400, 8, 0, 1, invert=machine.UART.INV_RX"]
)
async def test_uart_with_wrong_settings_receives_garbage(tmp_path, arguments):
    got = await _receive(tmp_path, arguments)
    assert got
    assert TELEGRAM[:4] not in got


async def test_uart_delivers_octets_with_wrong_parity_silently(tmp_path):
    assert await _receive(tmp_path, "2400, 8, 1, 1") == TELEGRAM


async def test_uart_read_without_data_is_none(tmp_path):
    script = "import machine\nu = machine.UART(1, 2400)\nprint(u.read(), u.any())"
    assert await _lines(tmp_path, script) == ["None 0"]


async def test_uart_drops_what_its_buffer_cannot_hold_and_tells_nobody(tmp_path):
    script = """
import machine, time
uart = machine.UART(1, 115200, rxbuf=256)
print("open")
while uart.any() < 256:
    time.sleep_ms(1)
time.sleep_ms(200)
print(uart.read().hex())
"""
    data = bytes(i & 0xFF for i in range(600))
    async with Bench(tmp_path, script, "115200 8N1") as bench:
        assert await bench.printed() == "open"
        await bench.line.send([data])
        assert bytes.fromhex(await bench.printed()) == data[:256]
        assert bench.line.overflowed == len(data) - 256


async def test_uart_change_of_settings_flushes(tmp_path):
    script = """
import machine, time
uart = machine.UART(1, 2400, 8, 0, 1)
print("open")
while uart.any() < 10:
    time.sleep_ms(1)
uart.init(2400, 8, 0, 1)
print(uart.any(), uart.read())
while uart.any() < 3:
    time.sleep_ms(1)
print(uart.read().hex())
"""
    async with Bench(tmp_path, script) as bench:
        assert await bench.printed() == "open"
        await bench.line.send([bytes(10)])
        assert await bench.printed() == "0 None"
        await bench.line.send([b"abc"])
        assert await bench.printed() == b"abc".hex()


async def test_uart_transmits_at_line_speed(tmp_path):
    script = """
import machine, time
uart = machine.UART(1, 2400, 8, 0, 1)
start = time.ticks_ms()
uart.write(bytes(range(48)))
at_once = uart.txdone()
uart.flush()
print(at_once, time.ticks_diff(time.ticks_ms(), start))
"""
    async with Bench(tmp_path, script) as bench:
        heard = bytearray()
        bench.line.heard = heard.extend
        at_once, milliseconds = (await bench.printed()).split()
        assert at_once == "False"
        assert 48 * 11 / 2400 * 1000 - 20 <= int(milliseconds) < 600
        while len(heard) < 48:
            await asyncio.sleep(0.01)
        assert heard == bytes(range(48))


async def test_reset_causes_and_what_outlives_them(tmp_path):
    script = """
import machine, time
rtc = machine.RTC()
print(machine.reset_cause(), rtc.memory(), time.gmtime()[0])
if machine.reset_cause() == machine.PWRON_RESET:
    rtc.memory(b"kept")
    rtc.datetime((2026, 5, 1, 0, 12, 0, 0, 0))
    machine.reset()
if machine.reset_cause() == machine.HARD_RESET:
    machine.WDT(timeout=300)
    time.sleep(60)
if machine.reset_cause() == machine.WDT_RESET:
    machine.soft_reset()
print("end")
"""
    async with Bench(tmp_path, script) as bench:
        assert [await bench.printed() for _ in range(4)] == [
            "1 b'' 2000",
            "2 b'kept' 2026",
            "3 b'kept' 2026",
            "5 b'kept' 2026",
        ]
        assert bench.board.resets == [CAUSES[name] for name in ("HARD", "WDT", "SOFT")]
        assert await bench.printed() == "end"
        await bench.board.power_cycle()
        assert await bench.printed() == "1 b'' 2000"


async def test_a_fed_watchdog_does_not_bite(tmp_path):
    script = """
import machine, time
watchdog = machine.WDT(timeout=300)
for _ in range(20):
    time.sleep_ms(50)
    watchdog.feed()
print("alive")
time.sleep(60)
"""
    async with Bench(tmp_path, script) as bench:
        assert await bench.printed() == "alive"
        assert bench.board.resets == []
        await bench.board.wait_start(2)
        assert bench.board.resets == [CAUSES["WDT"]]


async def test_epoch_is_2000(tmp_path):
    script = "import time\nprint(time.gmtime(0)[0], time.mktime((2000, 1, 2, 0, 0, 0, 0, 0)))"
    assert await _lines(tmp_path, script) == ["2000 86400"]


async def test_sockets_run_out(tmp_path):
    script = """
import machine, socket
uart = machine.UART(1)
sockets = []
try:
    while True:
        sockets.append(socket.socket())
except OSError as error:
    print(20 <= len(sockets) <= 24, error.args[0])
"""
    assert await _lines(tmp_path, script) == ["True 24"]


async def test_nvs_keeps_what_was_committed(tmp_path):
    script = """
import esp32, machine
nvs = esp32.NVS("test")
buffer = bytearray(4)
try:
    print(nvs.get_i32("number"), nvs.get_blob("blob", buffer), buffer)
except OSError as error:
    print(error.args[0])
try:
    nvs.get_i32("lost")
except OSError as error:
    print("lost")
nvs.set_i32("number", -5)
nvs.set_blob("blob", b"abc")
nvs.commit()
nvs.set_i32("lost", 1)
if machine.reset_cause() != machine.HARD_RESET:
    machine.reset()
"""
    lines = await _lines(tmp_path, script, 4)
    assert lines == ["-4354", "lost", "-5 3 bytearray(b'abc\\x00')", "lost"]


async def test_an_image_that_is_not_confirmed_rolls_back(tmp_path):
    script = """
import esp32, machine
running = esp32.Partition(esp32.Partition.RUNNING)
print(running.info()[4])
if machine.reset_cause() == machine.PWRON_RESET:
    other = running.get_next_update()
    try:
        other.set_boot()
    except OSError as error:
        print(error.args[0])
    other.writeblocks(0, bytes((0xE9,)) + bytes(4095))
    other.set_boot()
    machine.reset()
if running.info()[4] == "ota_1":
    machine.reset()
"""
    assert await _lines(tmp_path, script, 4) == ["ota_0", "-5379", "ota_1", "ota_0"]


async def test_wifi_joins_and_refuses_a_second_connect_meanwhile(tmp_path):
    script = """
import network, time
sta = network.WLAN(network.WLAN.IF_STA)
try:
    sta.connect("home", "secret12")
except OSError as error:
    print(error)
sta.active(True)
sta.connect("home", "secret12")
try:
    sta.connect("home", "secret12")
except OSError as error:
    print(error)
print(sta.status() == network.STAT_CONNECTING, sta.ifconfig()[0])
while not sta.isconnected():
    time.sleep_ms(10)
print(sta.ifconfig()[0])
"""
    assert await _lines(tmp_path, script, 4) == [
        "Wifi Not Started",
        "Wifi Internal Error",
        "True 0.0.0.0",
        "127.0.0.1",
    ]


async def test_wifi_with_a_wrong_password_and_a_network_that_goes(tmp_path):
    script = """
import network, time
sta = network.WLAN(network.WLAN.IF_STA)
sta.active(True)
def wait(state):
    while sta.status() != state:
        time.sleep_ms(10)
print("up")
sta.connect("home", "wrong")
wait(network.STAT_WRONG_PASSWORD)
sta.disconnect()
sta.connect("home", "secret12")
wait(network.STAT_GOT_IP)
print("joined")
wait(network.STAT_NO_AP_FOUND)
print("gone", sta.isconnected())
wait(network.STAT_GOT_IP)
print("back")
"""
    async with Bench(tmp_path, script) as bench:
        bench.board.set_wifi(networks={"home": "secret12"})
        assert await bench.printed() == "up"
        assert await bench.printed() == "joined"
        bench.board.set_wifi(up=False)
        assert await bench.printed() == "gone False"
        bench.board.set_wifi(up=True)
        assert await bench.printed() == "back"


async def test_pins_go_both_ways(tmp_path):
    script = """
import machine, time
button = machine.Pin(0, machine.Pin.IN, machine.Pin.PULL_UP)
print(button.value())
machine.Pin(25, machine.Pin.OUT, value=1)
while button.value():
    time.sleep_ms(5)
try:
    machine.Pin(34, machine.Pin.OUT)
except ValueError as error:
    print(error)
"""
    async with Bench(tmp_path, script) as bench:
        assert await bench.printed() == "1"
        bench.board.set_pin(0, 0)
        assert await bench.printed() == "pin can only be input"
        assert bench.board.pins == {25: 1}


HELD = """
import gc

def held():
    gc.collect()
    return gc.mem_alloc()

before = held()
import esp32, machine, neopixel, network, time

def use():
    buffer = bytearray(16)
    machine.RTC().memory(b"kept")
    pin = machine.Pin(25, machine.Pin.OUT, value=1)
    pin.toggle()
    uart = machine.UART(1, 2400, 8, 0, 1, rxbuf=2048)
    station = network.WLAN(network.WLAN.IF_STA)
    station.active(True)
    station.disconnect()
    esp32.Partition(esp32.Partition.RUNNING).get_next_update().info()
    return (
        machine.RTC().memory(), machine.unique_id(), machine.reset_cause(), machine.freq(),
        machine.Pin(25).value(), uart.readline(), station.config("mac"), station.isconnected(),
        network.STAT_GOT_IP, network.hostname(), len(esp32.idf_heap_info(esp32.HEAP_DATA)),
        time.mktime((2000, 1, 2, 0, 0, 0, 0, 0)), len(neopixel.NeoPixel(pin, 3)),
    )

print(use())
first = held()
print(use())
print(first - before, held() - first)
"""


async def test_what_is_c_on_the_chip_holds_little_of_the_heap(tmp_path):
    values, again, held = await _lines(tmp_path, HELD, 3)
    assert values == again
    assert values == (
        "(b'kept', b'\\x02\\x00ObG\\x01', 1, 160000000, 0, None, b'\\x02\\x00ObG\\x01', False, "
        "1010, 'mpy-esp32', 1, 86400, 3)"
    )
    once, more = map(int, held.split())
    assert once < 15 * 1024, "%d octets" % once
    assert more < 128, "%d octets" % more


POWER_CUT = """
import os
before = sorted(os.listdir("/"))
for i in range(1000):
    with open("/value.new", "w") as file:
        file.write(str(i) * 200)
    os.rename("/value.new", "/value")
"""
CHECK = """
import os
with open("/value") as file:
    text = file.read()
print(len(text) // 200 * 200 == len(text) and text == text[: len(text) // 200] * 200)
"""


async def test_power_cut_at_a_flash_write_leaves_the_file_whole(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "main.py").write_text(POWER_CUT)
    lines = asyncio.Queue()
    for cut in (400, 401, 402, 403):
        board = HostBoard(
            tmp_path / ("flash%d.img" % cut),
            tmp_path / ("state%d" % cut),
            {},
            image=True,
            tree=tree,
            cut=cut,
            on_line=lines.put_nowait,
        )
        await board.start()
        await asyncio.wait_for(board.ended.wait(), 30)
        assert not board.running
        await board.stop()
        # The same flash again, with another script in its place, finds the old or the new file.
        await _replace_main(board, CHECK)
        await board.start()
        assert await asyncio.wait_for(lines.get(), 20) == "True"
        await board.stop()


async def _replace_main(board, script):
    """Write main.py on a board's littlefs image, with MicroPython itself."""
    runtime = await asyncio.create_subprocess_exec(
        _micropython(),
        "-c",
        "import sys, vfs\n"
        "sys.path.append(%r)\n"
        "from flash import Flash, mount\n"
        "files = mount(Flash(%r))\n"
        "f = files.open('/main.py', 'w')\n"
        "f.write(%r)\n"
        "f.close()\n" % (str(ROOT / "board/host"), str(board.flash), script),
    )
    assert await runtime.wait() == 0


def _micropython():
    from tools.host_board import micropython

    return micropython()


async def test_serial_device_takes_the_place_of_the_meter(tmp_path):
    import os
    import tty

    from tools.line import SerialLine

    master, slave = os.openpty()
    tty.setraw(slave)
    line = SerialLine(os.ttyname(slave))
    await line.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    control_reader, control = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(b"data\n")
    control.write(b"control\ninit 9600 8 N 1 0 0 64\n")
    assert await control_reader.readline() == b"ok\n"
    os.write(master, TELEGRAM)
    assert await asyncio.wait_for(reader.readexactly(len(TELEGRAM)), 5) == TELEGRAM
    writer.write(b"\xe5")
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    arrived = loop.create_future()
    loop.add_reader(master, lambda: arrived.done() or arrived.set_result(os.read(master, 10)))
    assert await asyncio.wait_for(arrived, 5) == b"\xe5"
    loop.remove_reader(master)
    writer.close()
    control.close()
    await line.stop()
    for descriptor in (master, slave):
        with contextlib.suppress(OSError):
            os.close(descriptor)


async def test_a_line_port_that_nobody_serves_is_an_error(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = "import machine\ntry:\n    machine.UART(1, 2400)\nexcept OSError:\n    print('none')"
    flash = tmp_path / "flash"
    flash.mkdir()
    (flash / "main.py").write_text(script)
    lines = asyncio.Queue()
    board = HostBoard(flash, tmp_path / "state", {1: port}, on_line=lines.put_nowait)
    await board.start()
    assert await asyncio.wait_for(lines.get(), 10) == "none"
    await board.stop()


async def test_a_board_whose_supervisor_is_gone_ends(tmp_path):
    script = "import machine, time\nw = machine.WDT(timeout=60000)\nwhile True:\n    time.sleep_ms(50)\n    w.feed()"
    async with Bench(tmp_path, script) as bench:
        await bench.board.wait_start(1)
        bench.board._bench.abort()
        bench.board._bench = None
        await asyncio.wait_for(bench.board.ended.wait(), 10)
