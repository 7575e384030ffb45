"""A new meter key on trial: both keys hear every telegram, so none is lost whichever is right."""


class KeyTrial:
    """Two decoders of one line that act as one; `keys` are those that opened what was taken last.

    in_force, candidate: decoders (feed, idle, take, dropped, keys). From the first telegram that only the
    candidate opens, it alone is asked.
    """

    def __init__(self, in_force, candidate):
        self._in_force = in_force
        self._candidate = candidate
        self._won = False

    @property
    def keys(self):
        """The keys in force, or the candidate's once it has opened a telegram."""
        return self._candidate.keys if self._won else self._in_force.keys

    @property
    def dropped(self) -> dict:
        """Drops by cause, of the decoder whose keys count."""
        return self._candidate.dropped if self._won else self._in_force.dropped

    @property
    def refused(self) -> int:
        """Telegrams that the candidate did not open."""
        return 0 if self._won else self._candidate.dropped.get("key-wrong", 0)

    @property
    def wanted(self):
        """The key agreement that a telegram waits for, or None; both decoders take its result."""
        wanted = None if self._won else getattr(self._in_force, "wanted", None)
        return wanted or getattr(self._candidate, "wanted", None)

    @property
    def held(self) -> int:
        """Telegrams that have waited for a key agreement."""
        return getattr(self._candidate if self._won else self._in_force, "held", 0)

    def agreed(self, request, secret, proven: bool = False):
        """Take the result of a key agreement."""
        for decoder in (self._candidate, self._in_force):
            decoder.agreed(request, secret, proven)

    def feed(self, data):
        """Take octets in."""
        self._candidate.feed(data)
        if not self._won:
            self._in_force.feed(data)

    def idle(self):
        """The line fell silent."""
        self._candidate.idle()
        if not self._won:
            self._in_force.idle()

    def take(self):
        """Return the next Telegram, or None."""
        if not self._won:
            telegram = self._in_force.take()
            if telegram is not None:
                # An unencrypted telegram says nothing of the candidate.
                self._candidate.take()
                return telegram
        telegram = self._candidate.take()
        if telegram is not None:
            self._won = True
        return telegram
