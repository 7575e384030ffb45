"""Name what keeps readings from flowing, so that a layperson can act on it.

Works on counters alone: what the line heard and what the decoder took and dropped since the last look.
The texts, with the next step to take, are in causes.py.
"""

from compat import const

_LOOK_BACK = const(6)
_GARBAGE_BYTES = const(16)

# The state of FORMAT.md that each cause means; their texts are in causes.py.
STATES = {
    "": "ok",
    "line:no-signal": "no-data",
    "line:noise": "searching",
    "line:radio": "no-data",
    "protocol:other": "not-recognised",
    "key:missing": "key-required",
    "key:wrong": "key-wrong",
    "key:swapped": "key-wrong",
    "key:authentication": "key-wrong",
    "key:agreement": "searching",
    "frame:damaged": "searching",
    "telegram:replay": "not-recognised",
    "list:not-recognised": "not-recognised",
    "meter:foreign": "not-recognised",
    "security:unsupported": "not-recognised",
}

_DAMAGED = ("checksum", "hcs", "fcs", "crc", "truncated", "sequence", "length", "overflow")
_BY_DROP = (
    ("key-required", "key:missing"),
    ("key-swapped", "key:swapped"),
    ("key-wrong", "key:wrong"),
    ("tag", "key:authentication"),
    ("replay", "telegram:replay"),
    ("not-recognised", "list:not-recognised"),
    ("malformed", "list:not-recognised"),
    ("unsupported", "security:unsupported"),
    ("compressed", "security:unsupported"),
    ("busy", "key:agreement"),
    ("foreign", "meter:foreign"),
    ("protocol", "protocol:other"),
)


def cause(heard: int, telegrams: int, dropped: dict) -> str:
    """Return the cause, a key of STATES, for one look-back period.

    heard: octets received; telegrams: telegrams decoded; dropped: {cause of a drop: count}.
    A single lost telegram among good ones is no trouble.
    """
    if telegrams:
        return ""
    if heard == 0:
        return "line:no-signal"
    damaged = sum(dropped.get(kind, 0) for kind in _DAMAGED)
    best, most = "", 0
    for kind, name in _BY_DROP:
        count = dropped.get(kind, 0)
        if count > most:
            best, most = name, count
    if best and most * 2 >= damaged:
        return best
    if damaged and damaged >= dropped.get("noise", 0):
        return "frame:damaged"
    return "line:noise" if heard >= _GARBAGE_BYTES or dropped else "line:no-signal"


class Diagnosis:
    """Looks back over the last periods; call `look` once a period (a push interval, at least 1 s)."""

    def __init__(
        self, heard: int = 0, telegrams: int = 0, dropped: "dict | None" = None, quiet: int = 0
    ):
        """Begin with the running totals as they were when the last telegram came, `quiet` periods ago."""
        self._heard = heard
        self._telegrams = telegrams
        self._dropped = dropped or {}
        self._periods = [(0, 1, {})] + [(0, 0, {})] * (quiet - 1) if quiet else []

    def look(self, heard: int, telegrams: int, dropped: dict) -> str:
        """Return the cause from running totals: octets heard, telegrams decoded, drops by cause."""
        new = {}
        for kind, count in dropped.items():
            # A decoder that was replaced counts from zero again.
            before = self._dropped.get(kind, 0)
            difference = count - before if count >= before else count
            if difference:
                new[kind] = difference
        period = (
            max(0, heard - self._heard),
            telegrams - self._telegrams if telegrams >= self._telegrams else telegrams,
            new,
        )
        self._heard, self._telegrams, self._dropped = heard, telegrams, dict(dropped)
        self._periods.append(period)
        if len(self._periods) > _LOOK_BACK:
            self._periods.pop(0)
        total = {}
        for _, _, drops in self._periods:
            for kind, count in drops.items():
                total[kind] = total.get(kind, 0) + count
        return cause(
            sum(period[0] for period in self._periods),
            sum(period[1] for period in self._periods),
            total,
        )
