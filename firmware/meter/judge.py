"""Whether line settings are right, by what is heard with them."""

from compat import const
from firmware import clock

# Bursts without one valid frame after which line settings are given up: one that came whole, or two.
_REFUTED_WHOLE = const(1)
_REFUTED = const(2)
_LOST_BURSTS = const(5)


class Judge:
    """Decides from bursts and frames whether a candidate's line settings are right."""

    def __init__(self, detection):
        """detection: detect.Detection; it need not stay, since it takes room."""
        self._fixed = detection.fixed
        self._many_ports = detection.many_ports
        self._deadline = clock.uptime_ms() + detection.dwell_ms
        self._framed = 0
        self._since = 0

    def look(self, session, framed: int) -> str:
        """Return "lock", "refuted", "lost" or "stay".

        session: counts heard octets, bursts, whole bursts; framed: valid frames so far.
        """
        if framed > self._framed:
            self._framed = framed
            self._since = session.bursts
            return "lock"
        if self._fixed:
            return "stay"
        bad = session.bursts - self._since
        if self._framed:
            return "lost" if bad >= _LOST_BURSTS else "stay"
        if session.whole_bursts >= _REFUTED_WHOLE or bad >= _REFUTED:
            return "refuted"
        # Silence says nothing about the settings, but another port may be the one in use.
        late = clock.uptime_ms() > self._deadline
        return "refuted" if self._many_ports and not session.heard and late else "stay"
