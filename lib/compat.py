"""What MicroPython's compiler knows and CPython does not, so that lib/ runs on both.

`const` returns its argument on CPython. A native or viper kernel is recognised by MicroPython's
compiler from the literal decorator name alone and cannot be written portably: such a kernel is a
module of its own, brought in by a guarded import, beside a plain twin (see kernels.py).
"""

import sys

MICROPYTHON = sys.implementation.name == "micropython"

if MICROPYTHON:
    from micropython import const
else:

    def const(value):
        return value
