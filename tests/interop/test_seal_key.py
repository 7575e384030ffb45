"""What tools/seal_key.py prints, an adapter opens."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crypto import p256
from crypto.fingerprint import fingerprint
from crypto.steps import finish
from firmware.config import key_exchange
from keys import Keys

ROOT = Path(__file__).resolve().parents[2]
_PRIVATE = p256.generate_private()
_PAIR = (_PRIVATE, finish(p256.public_steps(_PRIVATE)))
_OFF_CURVE = _PAIR[1][:-1] + bytes((_PAIR[1][-1] ^ 1,))
_NEW = bytes(range(0x30, 0x40))
_NEW_AUTHENTICATION = bytes(range(0x50, 0x60))
_OLD = Keys(bytes(range(16)))


def _tool(*arguments, lines):
    return subprocess.run(
        [sys.executable, "-m", "tools.seal_key", *arguments],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )


def _opened(done):
    assert done.returncode == 0, done.stderr
    keys = key_exchange.open_key(json.loads(done.stdout), _OLD, _PAIR, channel_encrypted=False)
    return keys.unicast, keys.authentication


@pytest.mark.parametrize("authentication", [None, _NEW_AUTHENTICATION])
def test_sealed_and_wrapped_keys_open(authentication):
    lines = [
        _NEW.hex(" ").upper(),
        authentication.hex() if authentication else "",
        _OLD.unicast.hex(),
    ]
    sealed = _tool("--public", _PAIR[1].hex(), lines=lines[:2])
    assert _opened(sealed) == (_NEW, authentication)
    assert fingerprint(_PAIR[1]) in sealed.stderr
    wrapped = _tool("--wrap", lines=lines)
    assert _opened(wrapped) == (_NEW, authentication)
    for done in (sealed, wrapped):
        assert _NEW.hex() not in done.stdout + done.stderr


def test_a_public_key_with_another_fingerprint_is_refused():
    told = fingerprint(_PAIR[1])
    good = _tool("--public", _PAIR[1].hex(), "--fingerprint", told.lower(), lines=[_NEW.hex(), ""])
    assert _opened(good) == (_NEW, None)
    other = "00" + told[2:] if told[:2] != "00" else "01" + told[2:]
    bad = _tool("--public", _PAIR[1].hex(), "--fingerprint", other, lines=[_NEW.hex(), ""])
    assert bad.returncode != 0 and bad.stdout == ""


def test_what_is_no_key_is_refused_without_repeating_it():
    for public in ("04", "zz", _PAIR[1][:33].hex(), _OFF_CURVE.hex()):
        assert _tool("--public", public, lines=[_NEW.hex(), ""]).returncode != 0
    for key in ("c0ffee", "c0ffee" * 6, ""):
        done = _tool("--public", _PAIR[1].hex(), lines=[key, ""])
        assert done.returncode != 0 and done.stdout == ""
        assert "c0ffee" not in done.stderr
