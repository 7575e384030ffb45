"""The device's decoders as a command: decode.py [--key HEX] [--auth-key HEX] [--profile NAME]
FILE|-

Reads hex or binary and prints one measurement (FORMAT.md) for each telegram; says at which stage
and why it cannot, and exits with 1. --jsonl takes one case a line instead, {"id", "frames_hex",
"key_hex", "auth_key_hex", "profile"} and for key agreement {"agreement_key_hex",
"meter_agreement_key_hex", "signing_key_hex"}, and writes one result a line. --explain shows every layer,
for a meter nobody knows yet.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

from firmware.config import public_key  # noqa: E402 - sys.path is set above
from firmware.meter import profiles  # noqa: E402
from tools import decode_core  # noqa: E402
from tools.host_board import NoRuntime, micropython  # noqa: E402

_BLANKS = b" \t\r\n:,;-"


def octets(data: bytes) -> bytes:
    """Return what hex text stands for, or data itself where it is no hex text."""
    text = data.replace(b"0x", b"").replace(b"0X", b"").translate(None, _BLANKS)
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return data


def hex_key(text: str) -> str:
    """Return a key's hex digits without blanks; raises ArgumentTypeError without repeating it."""
    digits = "".join(text.split())
    try:
        length = len(bytes.fromhex(digits))
    except ValueError:
        raise argparse.ArgumentTypeError("a key is written in hex digits")
    if length not in (16, 20, 32):
        raise argparse.ArgumentTypeError("a key has 32 hex digits, this has %d" % len(digits))
    return digits


def hex_private(text: str) -> str:
    """Return a private key's hex digits; raises ArgumentTypeError without repeating them."""
    digits = hex_key(text)
    if len(digits) != 64:
        raise argparse.ArgumentTypeError("a private key has 64 hex digits")
    return digits


def hex_public(text: str) -> str:
    """Return a public key; raises ArgumentTypeError."""
    try:
        public_key.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error))
    return text


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="decode.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("file", nargs="?", default="-", help="hex or binary; - is standard input")
    parser.add_argument("--key", type=hex_key, help="encryption key (GUEK) in hex")
    parser.add_argument("--auth-key", type=hex_key, help="authentication key (GAK) in hex")
    parser.add_argument(
        "--agreement-key",
        type=hex_private,
        help="own private key for key agreement (P-256) in hex",
    )
    parser.add_argument(
        "--meter-agreement-key",
        type=hex_public,
        help="the meter's public key for the static scheme",
    )
    parser.add_argument(
        "--signing-key", type=hex_public, help="the meter's public key of its signatures"
    )
    parser.add_argument("--profile", choices=[row.id for row in profiles.TABLE], metavar="NAME")
    parser.add_argument("--jsonl", action="store_true", help="one case in, one result out a line")
    parser.add_argument(
        "--records", action="store_true", help="show the M-Bus records that lie below OBIS"
    )
    parser.add_argument(
        "--mep", action="store_true", help="exchanges of a MEP port, see decode_mep.py"
    )
    parser.add_argument("--explain", action="store_true", help="show every layer as decoded")
    parser.add_argument(
        "--runtime", choices=("cpython", "micropython"), default="cpython", help="what runs it"
    )
    return parser


def main() -> int:
    """Run the command; return its exit status."""
    options = vars(arguments().parse_args())
    name, runtime = options.pop("file"), options.pop("runtime")
    try:
        with sys.stdin.buffer if name == "-" else open(name, "rb") as source:
            if not (options["jsonl"] or options["mep"]):
                lines = [octets(source.read()).hex()]
            elif runtime == "cpython":
                lines = (line.decode("utf-8", "replace") for line in source)
            else:
                lines = None
            if runtime == "cpython":
                return decode_core.run(options, lines, sys.stdout, sys.stderr)
            command = [
                str(micropython()),
                str(ROOT / "tools" / "decode_core.py"),
                # One each, since an argument of that runtime has 255 octets at most.
                *[json.dumps({option: value}) for option, value in options.items()],
            ]
            if lines is None:
                return subprocess.run(command, stdin=source, check=False).returncode
            return subprocess.run(command, input=lines[0].encode(), check=False).returncode
    except (OSError, NoRuntime) as error:
        print("decode: %s" % error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
