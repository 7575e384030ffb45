"""tools/decode.py as a user calls it: files, pipes, hex and binary, both runtimes, exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.meters.base import Number
from tools.meters.catalogue import METERS

ROOT = Path(__file__).parents[2]
both_runtimes = pytest.mark.parametrize("runtime", ["cpython", "micropython"])


def run(*arguments, data=b"") -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "tools/decode.py", *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)


def exact(text: bytes) -> list:
    return [
        json.loads(line, parse_int=Number, parse_float=Number)
        for line in text.decode().splitlines()
    ]


def _sent(name="kaifa") -> tuple:
    meter = METERS[name](counter=7)
    telegram = meter.telegram()
    return meter, telegram.frames, telegram.expected


def _values(document: dict) -> dict:
    return {code: entry["value"] for code, entry in document.items() if isinstance(entry, dict)}


def _expected(expected: dict) -> dict:
    return {code: entry["value"] for code, entry in expected.items()}


@both_runtimes
def test_hex_and_binary_from_file_and_pipe(tmp_path, runtime):
    meter, frames, expected = _sent()
    data = b"".join(frames)
    options = ["--runtime", runtime, "--key", meter.key.hex()]
    (tmp_path / "binary").write_bytes(data)
    (tmp_path / "hex").write_text(data.hex(" ").upper() + "\n")
    for done in (
        run(*options, tmp_path / "binary"),
        run(*options, tmp_path / "hex"),
        run(*options, "-", data=data),
        run(*options, data=("0x" + data.hex(",")).encode()),
    ):
        assert done.returncode == 0, done.stderr
        assert done.stderr == b""
        (document,) = exact(done.stdout)
        assert document["api_version"] == "v1"
        assert _values(document) == _expected(expected)


@both_runtimes
def test_two_keys_and_a_profile(runtime):
    meter, frames, expected = _sent("steiermark-e450")
    options = ["--runtime", runtime, "--profile", "steiermark-e450"]
    options += ["--key", meter.key.hex(), "--auth-key", meter.auth_key.hex()]
    done = run(*options, data=b"".join(frames).hex().encode())
    (document,) = exact(done.stdout)
    assert _values(document) == _expected(expected)


@both_runtimes
def test_errors_exit_with_1_and_name_no_key(runtime):
    _, frames, _ = _sent()
    wrong = "00112233445566778899aabbccddeeff"
    done = run("--runtime", runtime, "--key", wrong, data=b"".join(frames))
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.startswith(b"decode: security: key-wrong")
    assert wrong[:8].encode() not in done.stderr
    done = run("--runtime", runtime, "--key", wrong[:-1], data=b"")
    assert done.returncode == 2
    assert wrong[:8].encode() not in done.stderr


@both_runtimes
def test_cases_by_the_line(tmp_path, runtime):
    cases, wanted = [], []
    for name in ("kaifa", "wienernetze-im350", "steiermark-t216", "energieservices-omnipower"):
        meter, frames, expected = _sent(name)
        cases.append(
            {
                "id": name,
                "frames_hex": [frame.hex() for frame in frames],
                "key_hex": meter.key.hex(),
                "auth_key_hex": meter.auth_key.hex() or None,
                "profile": None,
            }
        )
        wanted.append((name, [_expected(expected)], {}))
        cases.append(dict(cases[-1], id=name + " locked", key_hex=None))
        wanted.append((name + " locked", [], {"key-required": 1}))
    lines = [json.dumps(case) for case in cases]
    lines.insert(1, "not a case")
    wanted.insert(1, (None, [], {"malformed": 1}))
    (tmp_path / "cases").write_text("\n".join(lines) + "\n")
    for done in (
        run("--jsonl", "--runtime", runtime, tmp_path / "cases"),
        run("--jsonl", "--runtime", runtime, data="\n".join(lines).encode()),
    ):
        assert done.returncode == 0
        found = [
            (result["id"], list(map(_values, result["measurements"])), result["dropped"])
            for result in exact(done.stdout)
        ]
        for result in found:
            for cause in result[2]:
                result[2][cause] = int(result[2][cause])
        assert found == wanted


def test_explain_shows_the_tree():
    meter, frames, _ = _sent()
    done = run("--explain", "--key", meter.key.hex(), data=b"".join(frames))
    assert b"structure of 35" in done.stdout
    assert meter.key.hex().upper().encode() not in done.stdout.upper()


def test_a_missing_file_is_said():
    done = run("/nowhere/at/all")
    assert done.returncode == 2 and b"/nowhere/at/all" in done.stderr
