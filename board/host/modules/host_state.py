"""Reading the board's state, what outlives a reset but is not on the flash; written by host_bench.store."""

import json


def load(name: str, default=None):
    """Return a value of the board's state, or default."""
    try:
        with open("/.state/" + name) as file:
            return json.load(file)
    except (OSError, ValueError):
        return default
