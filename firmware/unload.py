"""What stays in RAM and what does not: the rule of loading, and the two functions that keep it.

A module stays loaded where a telegram, a publication or a page that is open needs it. Else:

- Needed once (at the start, to log in, to save, to announce, for a request of the owner's): `borrow`
  gives its function, and its module is forgotten at once. What runs is held by its own frame until it
  ends. So a borrowed module keeps nothing between two calls; its caller does.
- Needed for a while (to search the line, to recognise and diagnose what is on it): whoever loads it
  calls `unload` when it is over. Of the meter that is the reader's part: it narrows its decoder once
  frames come, and when the line is in doubt it forgets what the former meter needed and makes a new
  decoder, for whatever meter.

What one meter or one owner needs and others do not is imported where it is used, and then stays.
"""

import sys


def borrow(path: str, *more: str):
    """Return a function (or a value) whose module does not stay; path: "firmware.net.discovery.pieces".

    more: modules that it brings along and nobody else needs. One with an exception that others catch
    is none of these: loaded twice it would be two.
    """
    module, _, name = path.rpartition(".")
    found = getattr(__import__(module, None, None, (name,)), name)
    unload(module)
    for name in more:
        unload(name)
    return found


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


def unload_packages(packages: tuple):
    """Forget all modules of packages such as "dlms"."""
    for name in list(sys.modules):
        if name.partition(".")[0] in packages:
            unload(name)
