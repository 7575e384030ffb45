"""Say what this machine lacks for Obisgate, and how to get it, before anything is installed."""

import os
import platform
import sys


def missing() -> list:
    """Return one line per thing that is missing."""
    lines = []
    if sys.version_info < (3, 10):
        lines.append(
            "Python 3.10 or newer is needed, this is %s. Install one and run: make PYTHON=python3.12"
            % platform.python_version()
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        lines.append(
            "Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv"
        )
    wheel = (sys.platform, platform.machine()) in (("linux", "x86_64"), ("darwin", "arm64"))
    if not wheel and not os.environ.get("MICROPYTHON"):
        lines.append(
            "No ready-made MicroPython exists for %s on %s. Build the unix port of MicroPython 1.27 or "
            "newer (ports/unix, `make`) and run: make MICROPYTHON=/path/to/micropython"
            % (sys.platform, platform.machine())
        )
    return lines


if __name__ == "__main__":
    found = missing()
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(1 if found else 0)
