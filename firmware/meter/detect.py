"""Which line settings to try next: what worked last, what was measured, then what meters use (R8.4)."""

from compat import const
from firmware.meter.candidate import Candidate
from firmware.meter.candidates import measured

_PORT_DWELL_MS = const(15000)
_PORT_DWELL_MAX_MS = const(4500000)


class Detection:
    """The candidates in turn; `current` is the one to try. `fixed` means there is nothing to detect."""

    def __init__(self, tries: list, many_ports: bool):
        self.fixed = len(tries) == 1
        self.many_ports = many_ports
        self.dwell_ms = _PORT_DWELL_MS
        self._tries = tries
        self._position = 0
        self._measured = []
        self._rate = None
        self._quick = False
        self._ruled_out = []
        self._inverted = None

    @property
    def current(self) -> Candidate:
        """The candidate to try now."""
        return self._measured[0] if self._measured else self._tries[self._position]

    def refuted(self):
        """Go on to the next candidate: of the rate that was measured, if any is left."""
        current = self.current
        self._ruled_out.append(current)
        if self._rate is not None:
            self._measured = self._left(measured(current.port, *self._rate, self._quick))
            if self._measured:
                return
            self._rate = None
            self._ruled_out = []
        self._measured = []
        self._advance()
        # What is known of the polarity spares the settings of the other one, where any are left.
        for _ in range(len(self._tries)):
            if self._inverted is None or self.current.port != current.port:
                return
            if self.current.settings.invert == self._inverted:
                return
            self._advance()

    def _advance(self):
        self._position += 1
        if self._position == len(self._tries):
            self._position = 0
            self.dwell_ms = min(2 * self.dwell_ms, _PORT_DWELL_MAX_MS)

    def hear(self, baud: "int | None", inverted: "bool | None", quick: bool = False) -> bool:
        """Take what was measured on the current port; return whether it rules the current settings out.

        quick: what is on the line sends more often than once a minute.
        """
        if inverted is None:
            return False
        current = self.current
        self._inverted = inverted
        if baud is None:
            return current.settings.invert != inverted and self._turn_to(current.port, inverted)
        self._rate = (baud, inverted)
        self._quick = quick
        if current.settings.baud == baud and current.settings.invert == inverted:
            return False
        self._measured = self._left(measured(current.port, baud, inverted, quick))
        return bool(self._measured)

    def _turn_to(self, port: str, inverted: bool) -> bool:
        """Go on to the next candidate of a polarity; return whether there is one."""
        for step in range(1, len(self._tries)):
            position = (self._position + step) % len(self._tries)
            candidate = self._tries[position]
            if candidate.port == port and candidate.settings.invert == inverted:
                self._measured = []
                self._position = position
                return True
        return False

    def _left(self, found: list) -> list:
        return [candidate for candidate in found if candidate not in self._ruled_out]
