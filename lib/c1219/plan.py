"""Which table to read next: powers as often as may be, energies less often, the rest rarely."""

from c1219.registers import spans
from c1219.request import BT23, BT28, BT52, BT55
from compat import const

_TOTALS_MS = const(10000)
_CLOCK_MS = const(20000)
_RARE_MS = const(60000)
_LAYOUT_MS = const(600000)
# A read that was refused is not tried again before this.
_REFUSED_MS = const(600000)
# A little under the most that an answer can carry (MEP Client Developer's Guide, 2).
_MOST_AT_ONCE = const(448)
_LEAST_AT_ONCE = const(64)


class Plan:
    """The reads of one meter in turn: tuples `(table, offset, count)`.

    Times are milliseconds of a clock that only goes on. interval: the least time between two readings
    of the same, 0 to read the powers whenever nothing else is due.
    """

    def __init__(self, meter, interval: int = 0):
        self._meter = meter
        self._interval = interval
        self._at_once = _MOST_AT_ONCE
        # read -> when it was answered last.
        self._answered = {}
        # read -> when it may be tried again.
        self._refused = {}
        self._powers_next = True
        # What _entries was made from.
        self._entries = []
        self._present = self._totals = self._arranged = None

    def next(self, now: int) -> "tuple | None":
        """Return the read that is due, or None if there is none now; see `idle_ms`."""
        self._forgive(now)
        first = self._first()
        if first:
            return first
        powers = other = None
        for read, period in self._reads():
            if read in self._refused or now - self._answered[read] < period:
                continue
            if read[0] == BT28:
                if powers is None or self._answered[read] < self._answered[powers]:
                    powers = read
            elif other is None:
                other = read
        # At least every other read goes to the powers.
        if powers is None or (other and not self._powers_next):
            self._powers_next = True
            return other
        self._powers_next = False
        return powers

    def idle_ms(self, now: int) -> "int | None":
        """Return how long there is nothing to read, or None if the meter gives nothing at all."""
        waits = [
            self._answered[read] + period - now
            for read, period in self._reads()
            if read not in self._refused
        ]
        return max(0, min(waits)) if waits else None

    def starting(self) -> bool:
        """Tell whether something is still to be read for the first time."""
        return self._first() is not None

    def answered(self, read: tuple, now: int) -> None:
        """Note that a read has been answered."""
        self._answered[read] = now
        if self._first() == read:
            # It told nothing that gets on with it.
            self.refuse(read, now)

    def refuse(self, read: tuple, now: int) -> None:
        """Leave a read out for a while: the meter does not give it, or it makes no sense."""
        self._refused[read] = now + _REFUSED_MS
        if read[0] not in (BT23, BT28):
            self._meter.refuse(read[0])

    def shrink(self, read: tuple) -> bool:
        """Ask for less at once from now on; return False where a read cannot be made smaller."""
        if read[0] not in (BT23, BT28) or read[2] <= _LEAST_AT_ONCE:
            return False
        self._at_once = max(_LEAST_AT_ONCE, read[2] // 2)
        return True

    def check_layout(self) -> None:
        """Read the version of the layout next: something about the meter may have changed."""
        self._answered.pop(self._meter.layout_version_read(), None)

    def _first(self) -> "tuple | None":
        """Return what has never been read and is to be read next, or None."""
        meter = self._meter
        missing = meter.missing_for_powers()
        if missing:
            return missing
        reads = self._reads()
        for read, _ in reads:
            if read[0] == BT28 and self._is_new(read):
                return read
        missing = meter.missing_for_energies()
        if missing:
            return missing
        for read, _ in reads:
            if self._is_new(read):
                return read
        return meter.missing_for_status()

    def _is_new(self, read: tuple) -> bool:
        return read not in self._answered and read not in self._refused

    def _reads(self) -> list:
        """Return `(read, period)` of all that is read for good, most important first."""
        meter = self._meter
        if (
            self._present is not meter.present
            or self._totals is not meter.totals
            or self._arranged != self._at_once
        ):
            self._present = meter.present
            self._totals = meter.totals
            self._arranged = self._at_once
            self._entries = []
            self._add(BT28, meter.present, 0)
            self._add(BT23, meter.totals, _TOTALS_MS)
            # The zone comes from the local clock, so that one is read before the other.
            self._add_read((BT55, 0, 9), _RARE_MS)
            self._add_read((BT52, 0, 7), _CLOCK_MS)
            self._add(BT23, meter.tariffs, _RARE_MS)
            self._add_read(meter.serial_read(), _LAYOUT_MS)
            self._add_read(meter.layout_version_read(), _LAYOUT_MS)
            kept = [read for read, _ in self._entries]
            self._answered = {read: at for read, at in self._answered.items() if read in kept}
        return self._entries

    def _add(self, table: int, registers: "list | None", period: int) -> None:
        for offset, count in spans(registers or (), self._at_once):
            self._add_read((table, offset, count), period)

    def _add_read(self, read: tuple, period: int) -> None:
        self._entries.append((read, max(period, self._interval)))

    def _forgive(self, now: int) -> None:
        for read, until in list(self._refused.items()):
            if now >= until:
                del self._refused[read]
                self._meter.forgive(read[0])
