"""Power cut at every single write while settings and keys change: the old state or the new one, never another.

The firmware's own store and key store run on littlefs over a flash that is cut, on MicroPython.
"""

import json
import subprocess

import pytest

from tools.host_board import ROOT, micropython

SCRIPT = """
import sys
import json, os, vfs

# Modules are loaded while the PC's files are out of reach.
vfs.mount(vfs.VfsPosix(%(root)r), "/code")
sys.path[:0] = ["/code/lib", "/code", "/code/board/host"]
from flash import Flash, PowerCut
from firmware.config.keys import KeyStore
from firmware.config.store import Config

DEVICE = bytes(range(32))
OLD, NEW = bytes(range(16)), bytes(range(100, 116))




def parts():
    keystore = KeyStore("/", DEVICE)
    return Config("/", keystore), keystore


def settings():
    config, _ = parts()
    config.update({"mqtt.host": "new.lan", "mqtt.password": "new secret", "mqtt.port": 2})


def key():
    _, keystore = parts()
    keystore.set_meter(NEW)


def promotion():
    _, keystore = parts()
    keystore.opened(keystore.candidate)


def candidate():
    _, keystore = parts()
    keystore.opened(keystore.meter)
    keystore.set_meter(NEW)


def prepare_nothing():
    config, keystore = parts()
    config.update({"mqtt.host": "old.lan", "mqtt.password": "old secret", "mqtt.port": 1})
    keystore.set_meter(OLD)


def prepare_candidate():
    prepare_nothing()
    candidate()


def state():
    config, keystore = parts()
    return [
        config["mqtt.host"], config["mqtt.password"], config["mqtt.port"], config.note,
        (keystore.meter.unicast or b"").hex(),
        keystore.candidate.unicast.hex() if keystore.candidate else "", keystore.note,
    ]


def on(path, action, cut_at):
    flash = Flash(path, 64, cut_at)
    try:
        vfs.mount(vfs.VfsLfs2(flash), "/")
        action()
    except (PowerCut, OSError):
        # littlefs may turn the exception of its flash into an error of its own.
        if not flash.cut:
            raise
    finally:
        vfs.umount("/")
    return flash


def copy(source, target):
    with open(source, "rb") as old, open(target, "wb") as new:
        new.write(old.read())


def main(folder, prepare, action):
    vfs.umount("/")
    host = vfs.VfsPosix(folder)
    vfs.mount(host, "/image")
    flash = Flash("/image/first", 64)
    vfs.VfsLfs2.mkfs(flash)
    on("/image/first", globals()[prepare], 0)
    found = []

    def look():
        found.append(state())

    on("/image/first", look, 0)
    copy("/image/first", "/image/whole")
    writes = on("/image/whole", globals()[action], 0).writes
    on("/image/whole", look, 0)
    for cut_at in range(1, writes + 1):
        copy("/image/first", "/image/cut")
        assert on("/image/cut", globals()[action], cut_at).cut
        on("/image/cut", look, 0)
        # What was cut can be done again.
        on("/image/cut", globals()[action], 0)
        on("/image/cut", look, 0)
    print(json.dumps(found))


main(%(folder)r, %(prepare)r, %(action)r)
"""


@pytest.mark.parametrize(
    "prepare, action",
    [
        ("prepare_nothing", "settings"),
        ("prepare_nothing", "key"),
        ("prepare_nothing", "candidate"),
        ("prepare_candidate", "promotion"),
    ],
)
def test_a_cut_at_any_write_leaves_the_old_or_the_new_state(tmp_path, prepare, action):
    script = tmp_path / "cut.py"
    place = {"root": str(ROOT), "folder": str(tmp_path), "prepare": prepare, "action": action}
    script.write_text(SCRIPT % place)
    done = subprocess.run(
        [micropython(), str(script)], capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    # Files left open by a cut complain on their own lines when they are collected.
    result = next(line for line in done.stdout.splitlines() if line.startswith("[["))
    before, after, *cuts = json.loads(result)
    assert before != after
    assert len(cuts) >= 8
    allowed = [before, after]
    if action == "candidate":
        # Noting that the old key works is a change of its own, before the new one comes.
        assert before[4] == after[4] and after[5]
    for number, (cut, repeated) in enumerate(zip(cuts[::2], cuts[1::2]), 1):
        assert cut in allowed, "cut at write %d: %s" % (number, cut)
        assert repeated == after, "repeated after a cut at write %d: %s" % (number, repeated)
