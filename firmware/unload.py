"""What stays in RAM and what does not: the one rule of loading, and the two functions that keep it.

A module stays loaded where a telegram, a publication or a page that is open needs it. Whatever is
needed once (at the start, to log in, to save, to search the line) is borrowed: its function is
called, and its module, with all that was loaded for it alone, is forgotten at once. What runs is
held by its own frame until it ends. So a borrowed module keeps nothing between two calls; its
caller does.
"""

import sys

# Their machine code is never given back, so that loading them twice would lose room.
_KERNELS = ("kernels", "kernels_viper", "mbus.kernels", "mbus.kernels_viper")


def borrow(path: str):
    """Return a function (or a value) whose module does not stay; path: "firmware.net.discovery.pieces"."""
    module, _, name = path.rpartition(".")
    before = set(sys.modules)
    function = getattr(__import__(module, None, None, (name,)), name)
    for loaded in list(sys.modules):
        if loaded not in before and loaded not in _KERNELS:
            unload(loaded)
    return function


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
