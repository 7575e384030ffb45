"""M-Bus: decode rates beside pymeterbus on the same frames, kernels, and how soon AMIS is answered.

    python -m tools.bench.mbus

The device code takes octets off the line or out of the radio and ends with a normalised Reading. pymeterbus
parses the records of an unencrypted wired frame and no more: it does not decrypt. wmbusmeters takes part where
it is installed, and pays for the start of its process.
"""

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: E402
from cryptography.hazmat.primitives.ciphers.algorithms import AES  # noqa: E402
from cryptography.hazmat.primitives.ciphers.modes import CBC  # noqa: E402

from tools.adapter import Adapter  # noqa: E402
from tools.bench import counted  # noqa: E402
from tools.bench.crypto import _PER_MS, _RISCV_PER_WASM  # noqa: E402
from tools.bench.mbus_loop import ROUNDS  # noqa: E402
from tools.host_board import micropython  # noqa: E402
from tools.meters.amis import Amis, long_frame  # noqa: E402
from tools.meters.oms_wired import OmsWired  # noqa: E402
from tools.meters.wmbus_nes import WmbusNes  # noqa: E402

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import meterbus

_TELEGRAMS = 40
_ROUND_S = 0.15
_LISTEN_S = 20
_EDGES_MS = (2, 5, 10, 20, 50, 84, 500)
_START = """
import sys, runpy
sys.path[:0] = [%r, %r]
runpy.run_path(%r, run_name="__main__")
"""


def _plain_records(meter) -> bytes:
    """Return a telegram of the wired meter as it would be without encryption."""
    telegram = meter.telegram()
    values = telegram.expected
    records = b"\x0e\x03" + bytes.fromhex(values["1-0:1.8.0"]["value"].rjust(12, "0"))[::-1]
    for code, header in (("1-0:1.7.0", b"\x04\x2b"), ("1-0:2.7.0", b"\x04\xab\x3c")):
        records += header + int(values[code]["value"]).to_bytes(4, "little")
    for tariff, dife in ((1, b"\x10"), (2, b"\x20")):
        value = int(values["1-0:1.8.%d" % tariff]["value"])
        records += b"\x84" + dife + b"\x03" + value.to_bytes(4, "little")
    address = meter.address
    header = b"\x72" + address[2:6] + address[:2] + address[6:] + bytes((meter.access, 0, 0, 0))
    return long_frame(0x08, 1, header + records)


def _cases() -> list:
    found = []
    for kind, meter in (("wired", Amis()), ("wired", OmsWired()), ("radio", WmbusNes())):
        frames = []
        for _ in range(_TELEGRAMS):
            meter.house.advance(meter.house.time + 1)
            frames.append(meter.telegram().frames[0])
            if isinstance(meter, Amis):
                meter.access = meter.access + 1 & 255
        found.append({"name": meter.NAME, "kind": kind, "key": meter.key.hex(), "frames": frames})
    meter = OmsWired()
    frames = []
    for _ in range(_TELEGRAMS):
        meter.house.advance(meter.house.time + 1)
        frames.append(_plain_records(meter))
    found.append(
        {"name": "oms-wired, not encrypted", "kind": "wired", "key": "", "frames": frames}
    )
    return found


def _own(cases: list, command: list) -> dict:
    lines = [json.dumps(dict(c, frames=[f.hex() for f in c["frames"]])) for c in cases]
    lines.append(json.dumps({"name": "kernels"}))
    done = subprocess.run(
        command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    )
    return {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}


def _rates(name: str, seconds: list, unit: str = "telegrams/s") -> dict:
    rates = [1 / second for second in seconds]
    median = statistics.median(rates)
    return {
        "name": name,
        "value": median,
        "unit": unit,
        "median": median,
        "spread": _spread(rates),
    }


def _spread(values: list) -> float:
    """Return the interquartile range."""
    low, _, high = statistics.quantiles(values, n=4)
    return high - low


def _figure(name: str, value: float, unit: str, spread: float = 0) -> dict:
    return {"name": name, "value": value, "unit": unit, "median": value, "spread": spread}


def _pymeterbus(frames: list) -> list:
    """Return seconds per frame, one for each round; every record is asked for its value."""
    found = []
    for _ in range(ROUNDS):
        count, begun = 0, time.perf_counter()
        while (passed := time.perf_counter() - begun) < _ROUND_S:
            for frame in frames:
                for record in meterbus.load(frame).records:
                    _ = record.value
            count += len(frames)
        found.append(passed / count)
    return found


def _wmbusmeters(case: dict) -> "list | None":
    program = shutil.which("wmbusmeters")
    if program is None:
        return None
    found = []
    for frame in case["frames"][:ROUNDS]:
        begun = time.perf_counter()
        subprocess.run([program, "--analyze", frame.hex()], capture_output=True, check=False)
        found.append(time.perf_counter() - begun)
    return found


def _decoding() -> list:
    cases = _cases()
    loop = str(ROOT / "tools/bench/mbus_loop.py")
    cpython = _own(cases, [sys.executable, "-c", _START % (str(ROOT / "lib"), str(ROOT), loop)])
    board = _own(cases, [micropython(), loop])
    rows = []
    for case in cases:
        name = case["name"]
        mine = {}
        for runtime, results in (("MicroPython", board), ("CPython", cpython)):
            mine[runtime] = _rates("decode %s, %s" % (name, runtime), results[name]["seconds"])
            rows.append(mine[runtime])
        peers = [("pymeterbus", None if case["key"] else _pymeterbus(case["frames"]))]
        peers.append(("wmbusmeters", None if case["key"] else _wmbusmeters(case)))
        for peer, seconds in peers:
            if seconds is None:
                continue
            row = _rates("decode %s, %s" % (name, peer), seconds)
            rows.append(row)
            for runtime in mine:
                ratio = mine[runtime]["median"] / row["median"]
                rows.append(_figure("decode %s, %s to %s" % (name, runtime, peer), ratio, "x"))
        rows.append(_figure("decode %s, allocated" % name, board[name]["allocated"], "B/telegram"))
        growth = board[name]["many"] - board[name]["few"]
        rows.append(_figure("decode %s, heap growth over 3000" % name, growth, "B"))
    for name, seconds in board["kernels"]["kernels"].items():
        median = statistics.median(seconds) * 1e6
        spread = _spread(seconds) * 1e6
        rows.append(_figure("M-Bus kernel %s" % name, median, "us/octet", spread))
    return rows


_COUNTED = """
import sys
sys.path[:] = ["/input/lib", "/input"]
from dlms.stream import Stream
from mbus import records, to_obis, wired
from mbus.transport import Header

body = bytes.fromhex("%s")
frame = bytes.fromhex("%s")
stream = Stream((wired.WiredFrame(),), {})
for _ in range(%d):
    stream.feed(frame)
    Header(wired.payload(stream.take()))
    stream.take()
    to_obis.amis(records.parse(body))
"""


def _on_esp32() -> list:
    """Return how long one AMIS telegram holds an ESP32's loop, from instructions counted (crypto.py).

    AES is left out: its five blocks take 0.1 ms in C.
    """
    meter = Amis()
    frame = meter.telegram().frames[0]
    iv = frame[11:13] + frame[7:11] + frame[13:15] + frame[15:16] * 8
    body = Cipher(AES(meter.key), CBC(iv)).decryptor().update(frame[19:99])
    try:
        few, many = (
            counted.run(_COUNTED % (body.hex(), frame.hex(), count))[1] for count in (1, 11)
        )
    except ImportError:
        return []
    instructions = (many - few) / 10 * _RISCV_PER_WASM
    return [
        _figure("AMIS telegram, ESP32 %s" % clock, instructions / rate, "ms")
        for clock, rate in _PER_MS.items()
    ]


async def _answers() -> list:
    """Return how long after a telegram's last bit the meter had its answer, in ms."""
    meter = Amis(search=1.0)
    with tempfile.TemporaryDirectory() as folder:
        config = {"meter.profile": Amis.PROFILE}
        async with Adapter(Path(folder), meter=meter, config=config):
            await meter.wait_sent(_LISTEN_S)
    return [1000 * delay for _, delay in meter.answers if delay is not None]


def _histogram() -> list:
    delays = asyncio.run(_answers())
    rows = [
        _figure("AMIS answer, median", statistics.median(delays), "ms", _spread(delays)),
        _figure("AMIS answer, longest", max(delays), "ms"),
    ]
    low = 0
    for edge in _EDGES_MS:
        count = sum(low <= delay < edge for delay in delays)
        rows.append(_figure("AMIS answer within %d to %d ms" % (low, edge), count, "telegrams"))
        low = edge
    return rows


def run() -> list:
    """Return rows {name, value, unit, median, spread}."""
    return _decoding() + _on_esp32() + _histogram()


def main():
    """Print the rows."""
    for row in run():
        print("%-60s %12.2f %s" % (row["name"], row["value"], row["unit"]))


if __name__ == "__main__":
    main()
