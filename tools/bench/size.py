"""How much flash the firmware takes: the build's parts."""

from tools import build


def run() -> list:
    """Return a row per part of the host build, and their sum."""
    parts = build.part_sizes(build.build("host"))
    rows = [_row("flash of " + part, size) for part, size in sorted(parts.items())]
    return [*rows, _row("flash of everything", sum(parts.values()))]


def _row(name: str, size: int) -> dict:
    return {"name": name, "value": size, "unit": "octets", "median": size, "spread": None}
