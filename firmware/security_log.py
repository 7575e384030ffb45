"""What happened to access, keys and firmware: a ring in RAM, without secrets by construction.

An event is one of a closed list and a source is an address, so nothing a stranger sends, and no
secret, can get into the log.
"""

from compat import const

_LENGTH = const(64)

# One text, because a tuple of texts would take five times as much.
_EVENTS = (
    " "
    "start login login-failed login-throttled logout password-set token-made token-revoked "
    "token-refused origin-refused host-refused config-changed config-damaged backup-made "
    "backup-restored key-set key-accepted key-expired key-refused keys-lost replay "
    "update-accepted update-refused rolled-back portal-opened portal-closed factory-reset "
)


class SecurityLog:
    """The last 64 events, oldest first, each repeated one counted instead of listed again."""

    def __init__(self, clock):
        """clock has uptime_ms() and unix(), as firmware/clock.py."""
        self._clock = clock
        self._events = []

    def add(self, event: str, source: str = ""):
        """Note an event of _EVENTS; source is the peer's address. Raises ValueError on another event."""
        if " %s " % event not in _EVENTS:
            raise ValueError("no such event")
        now = self._clock.uptime_ms() // 1000
        last = self._events[-1] if self._events else None
        if last is not None and last[2] == event and last[3] == source:
            last[0], last[1] = now, self._clock.unix()
            last[4] += 1
            return
        if len(self._events) >= _LENGTH:
            self._events.pop(0)
        self._events.append([now, self._clock.unix(), event, source, 1])

    def entries(self) -> list:
        """Return objects `{uptime, time, event, source, count}`; time is None while the clock is not set."""
        return [
            {"uptime": e[0], "time": e[1], "event": e[2], "source": e[3], "count": e[4]}
            for e in self._events
        ]
