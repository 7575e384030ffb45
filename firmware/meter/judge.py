"""Whether line settings are right, by what is heard with them."""

from compat import const
from firmware import clock

# Bursts without one valid frame after which line settings are given up: one that came whole, or two.
_REFUTED_WHOLE = const(1)
_REFUTED = const(2)
_LOST = const(5)
# The same once the next telegram is overdue: with frames that are damaged, and with none at all.
_OVERDUE_DAMAGED = const(3)
_OVERDUE_NOISE = const(2)


class Judge:
    """Decides from bursts and frames whether a candidate's line settings are right.

    `fixed`: the owner set them, so they are never given up.
    """

    def __init__(self, detection):
        """detection: detect.Detection; it need not stay, since it takes room."""
        self.fixed = detection.fixed
        self._many_ports = detection.many_ports
        self._deadline = clock.uptime_ms() + detection.dwell_ms
        self._framed = 0
        self._damaged = 0
        self._since = 0

    def look(self, session, framed: int, damaged: int = 0, overdue: bool = False) -> str:
        """Return "lock", "doubt", "refuted", "lost" or "stay".

        "doubt": what worked brings no frame though one is due: another meter may hang on the line.
        session: counts heard octets, bursts, whole bursts; framed, damaged: frames so far that were
        valid, and that were not; overdue: more than a push interval has passed since the last one.
        """
        if framed > self._framed:
            self._framed = framed
            self._damaged = damaged
            self._since = session.bursts
            return "lock"
        bad = session.bursts - self._since
        if self._framed:
            verdict = self._after_lock(bad, damaged > self._damaged, overdue)
            return "doubt" if self.fixed and verdict == "lost" else verdict
        if self.fixed:
            return "stay"
        if session.whole_bursts >= _REFUTED_WHOLE or bad >= _REFUTED:
            return "refuted"
        # Silence says nothing about the settings, but another port may be the one in use.
        late = clock.uptime_ms() > self._deadline
        return "refuted" if self._many_ports and not session.heard and late else "stay"

    def _after_lock(self, bad: int, damaged: bool, overdue: bool) -> str:
        limit = _LOST
        if overdue:
            limit = _OVERDUE_DAMAGED if damaged else _OVERDUE_NOISE
        if bad >= limit:
            return "lost"
        return "doubt" if bad and overdue else "stay"
