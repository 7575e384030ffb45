"""What MicroPython's compiler knows and CPython does not, so that lib/ runs on both.

On CPython, and on MicroPython ports without an emitter, `const`, `native` return their argument. A
viper kernel cannot be written portably, so its module is imported through a guarded import and
has a plain twin (see crypto/ghash.py).
"""

import sys

MICROPYTHON = sys.implementation.name == "micropython"

if MICROPYTHON:
    from micropython import const, native
else:

    def const(value):
        return value

    def native(function):
        return function
