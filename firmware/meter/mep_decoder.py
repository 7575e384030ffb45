"""NES meters: a request, its answer, and the Telegram that the answer makes."""

from c1219 import exchange
from c1219.digest import KEY_LENGTH
from c1219.meter import Meter
from c1219.packet import Packets
from compat import const
from telegram import Telegram

# What operators hand out; the meter uses the first 16 octets.
_LONG_KEY = const(20)

# Any other code refuses what was asked for.
_CAUSES = {exchange.NOT_AUTHENTICATED: "key-wrong", exchange.WRONG_SEQUENCE: "sequence"}


class MepDecoder:
    """One exchange at a time: `request`, then `feed` and `take` until `outcome` is there.

    outcome: None while the answer is awaited; then the response code, named in c1219.exchange.
    understood: whether an answer with code OK made sense. proven: whether the meter ever signed an
    answer with this key. Without a MEP key in `keys` there is nothing to sign with: `ready` is False
    and no request can be made.
    """

    def __init__(self, keys, trace=None, encrypted: bool = False):
        self.keys = keys
        self.meter = Meter()
        self.outcome = None
        self.understood = False
        self.proven = False
        self._packets = Packets()
        self._trace = trace
        self._read: "tuple | None" = None
        self.dropped = self._packets.dropped
        secret = keys.unicast or b""
        self.ready = len(secret) in (KEY_LENGTH, _LONG_KEY)
        if self.ready:
            self._exchange = exchange.Exchange(secret[:KEY_LENGTH], encrypted)
        else:
            self._drop("key-required")

    @property
    def alerts(self) -> int:
        """How often the meter wanted service of a kind that the adapter does not give."""
        return self._packets.alerts

    @property
    def unrecognised(self) -> "str | None":
        """How the meter describes itself, once it gave something that was not understood."""
        dropped = self.dropped
        if "malformed" in dropped or "unsupported" in dropped or "implausible" in dropped:
            return self.meter.shape()
        return None

    def request(self, read: tuple) -> memoryview:
        """Return the frame that asks for a read `(table, offset, count)`; valid until the next call.

        Raises c1219.request.Refused on what is not read.
        """
        self._read = read
        self.outcome = None
        return self._exchange.request(*read)

    def check(self, frame) -> None:
        """Raise c1219.request.Refused unless frame is a signed read, judged from its octets alone.

        Every frame passes here just before it leaves; the answer to the last one is then expected.
        """
        self._exchange.check(frame)

    def replay(self, frame, read: tuple) -> None:
        """Take a recorded request in place of `request`; raises c1219.exchange.Rejected if not signed."""
        self._exchange.resume(frame)
        self._read = read
        self.outcome = None

    def feed(self, data) -> None:
        """Take in received octets."""
        self._packets.feed(data)

    @property
    def partial(self) -> bool:
        """Whether a packet has begun to arrive."""
        return self._packets.partial

    def skip(self) -> None:
        """Throw away packets that nobody waits for any more; alerts are counted."""
        while self._packets.take() is not None:
            self._drop("noise")

    def idle(self) -> None:
        """The line fell silent."""
        self._packets.idle()

    def take(self) -> "Telegram | None":
        """Return the Telegram of the answer, if it is in and carries values."""
        while self.outcome is None:
            packet = self._packets.take()
            if packet is None:
                return None
            try:
                self.outcome = self._exchange.open(packet)
            except exchange.Rejected as cause:
                # Damaged, or late and meant for a request before: the right one may follow.
                self._drop(str(cause))
                continue
            if self._trace:
                self._trace("answer", "code 0x%02X" % self.outcome)
            if self.outcome != exchange.NOT_AUTHENTICATED:
                self.proven = True
            if self.outcome == exchange.OK:
                return self._absorb()
            self._drop(_CAUSES.get(self.outcome, "unsupported"))
        return None

    def _absorb(self) -> "Telegram | None":
        table, offset, count = self._read
        meter = self.meter
        meter.time = None
        try:
            items = meter.absorb(table, offset or 0, count, self._exchange.data)
        except ValueError as error:
            self.understood = False
            self._drop("malformed")
            if self._trace:
                self._trace("table", "malformed: %s" % error)
            return None
        self.understood = True
        if not items and meter.time is None:
            return None
        # Every part of a table is a list of its own: what one read carries says nothing of others.
        layout = "%s%02d+%d" % ("ET" if table >> 11 else "BT", table & 0x7FF, offset or 0)
        return Telegram(items, meter.time, meter.serial, layout, "authenticated")

    def _drop(self, cause: str) -> None:
        self.dropped[cause] = self.dropped.get(cause, 0) + 1
