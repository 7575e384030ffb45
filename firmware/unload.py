"""Give back the RAM of a module that was needed for a moment only."""

import sys


def unload(name: str):
    """Forget a module; what nothing else refers to is free at the next collection.

    name: in full, such as "firmware.net.discovery". A later import loads it again.
    """
    sys.modules.pop(name, None)
    package, _, leaf = name.rpartition(".")
    package = sys.modules.get(package)
    # It hangs in both places, and a later import looks at the package first.
    if package is not None and hasattr(package, leaf):
        delattr(package, leaf)
