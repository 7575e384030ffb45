"""Run unit test files on MicroPython: micropython tests/micropython_runner.py FILE…

Every function `test_*` of a file is called; the last line counts what passed, failed and was skipped.
"""

import gc
import sys

here = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
root = here.rsplit("/", 1)[0] if "/" in here else "."
sys.path[:] = [root + "/tests/unit", root + "/lib", root] + sys.path

from support import Skipped  # noqa: E402 - sys.path is set above


def run(path: str, counts: list):
    name = path.rsplit("/", 1)[-1]
    try:
        module = __import__(name[:-3])
    except Skipped as reason:
        counts[2] += 1
        print("SKIP", name, reason)
        return
    for test in sorted(name for name in dir(module) if name.startswith("test_")):
        gc.collect()
        try:
            getattr(module, test)()
            counts[0] += 1
        except Skipped as reason:
            counts[2] += 1
            print("SKIP", name, test, reason)
        except Exception as error:
            counts[1] += 1
            print("FAIL", name, test)
            sys.print_exception(error)


counts = [0, 0, 0]
for path in sys.argv[1:]:
    run(path, counts)
print("%d passed, %d failed, %d skipped" % tuple(counts))
sys.exit(1 if counts[1] or not (counts[0] or counts[2]) else 0)
