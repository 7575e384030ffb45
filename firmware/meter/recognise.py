"""Which protocol family is on the line: every decoder listens until one finds valid frames.

A further family is a further row of DECODERS. A decoder takes RAM only once the line has brought
what looks like its family.
"""

from compat import const
from firmware.meter import signatures
from firmware.meter.drops import FRAMED, VAGUE

# What is kept for a decoder that is not loaded yet, and of that, what was looked at already but
# may be the beginning of a frame.
_HELD = const(512)
_OVERLAP = const(7)

# Octets without one valid frame after which all families are asked again.
_PATIENCE = const(8192)


def _dlms(keys, profile, trace):
    from firmware.meter.dlms_decoder import DlmsDecoder

    return DlmsDecoder(keys, profile, trace)


def _oms(keys, profile, trace):
    from firmware.meter.oms_decoder import OmsDecoder

    return OmsDecoder(keys, profile, trace)


def _every_oms(keys, profile, trace):
    from firmware.meter.oms_decoder import OmsDecoder

    return OmsDecoder(keys, profile, trace, everyone=True)


def _wmbus(keys, profile, trace):
    from firmware.meter.wmbus_decoder import WmbusDecoder

    return WmbusDecoder(keys, profile, trace, everyone=True)


# Decoders in the order in which they are asked: (name, families of profiles.TABLE that it reads,
# how to make it, whether octets look like its family or None to make it at once).
DECODERS = (
    ("dlms", ("dlms", "dsmr"), _dlms, signatures.dlms),
    ("oms", ("oms",), _oms, signatures.oms),
)

# The same for tools: what is fed may be radio packets as well, one at a time, of whatever meter.
TOOL_DECODERS = (
    ("dlms", ("dlms", "dsmr"), _dlms, None),
    ("oms", ("oms",), _every_oms, None),
    ("wmbus", ("wmbus",), _wmbus, None),
)


def _evidence(decoder) -> tuple:
    """Return how much losses say for a family: damaged frames, else one that broke off."""
    frames = 0
    for cause, count in decoder.dropped.items():
        if cause not in VAGUE:
            frames += count
    return frames, "truncated" in decoder.dropped


class Recogniser:
    """A decoder of whatever is on the line (feed, idle, take, dropped, keys as all decoders).

    profile: a row of profiles.TABLE, which leaves one family; None tries all. decoders: rows
    like DECODERS. `family` is the name of the one found, or None so far.
    """

    def __init__(self, keys, profile=None, trace=None, decoders=DECODERS):
        self.keys = keys
        self.family = None
        self._profile = profile
        self._trace = trace
        self._rows = decoders
        self._decoders = []
        self._quiet = 0
        self._begin()

    def _begin(self):
        self.family = None
        self._quiet = 0
        self._framed = 0
        self._decoders = []
        self._held = bytearray()
        self._noise = {}
        self._waiting = [
            row for row in self._rows if self._profile is None or self._profile.family in row[1]
        ]
        if not self._waiting:
            raise ValueError("no decoder listens to %s" % self._profile.family)
        if len(self._waiting) == 1:
            self.family = self._waiting[0][0]
        for row in list(self._waiting):
            if row[3] is None or self.family:
                self._make(row)

    def _make(self, row: tuple):
        self._waiting.remove(row)
        decoder = row[2](self.keys, self._profile, self._trace)
        self._decoders.append((row[0], decoder))
        decoder.feed(self._held)

    @property
    def found(self):
        """The decoder of the family that was found, which needs nobody else to listen; or None."""
        alone = self.family is not None and len(self._decoders) == 1
        return self._decoders[0][1] if alone and not self._waiting else None

    @property
    def _decoder(self):
        """The decoder that was found, else the likeliest."""
        best = None
        for name, decoder in self._decoders:
            if name == self.family:
                return decoder
            if best is None or _evidence(decoder) > _evidence(best):
                best = decoder
        return best

    def _hold(self, data):
        """Keep octets for decoders not yet loaded, and load those whose family they look like."""
        fresh = max(0, len(self._held) - _OVERLAP)
        self._held += data
        for row in list(self._waiting):
            if row[3](memoryview(self._held)[fresh:]):
                self._make(row)
        if len(self._held) > _HELD:
            self._held = self._held[-_HELD:]

    @property
    def dropped(self) -> dict:
        """Drops by cause, of the family that was found or is the likeliest."""
        decoder = self._decoder
        return self._noise if decoder is None else decoder.dropped

    @property
    def unrecognised(self) -> "str | None":
        """The structure of the last list that was not recognised, or None."""
        return getattr(self._decoder, "unrecognised", None)

    @property
    def records(self) -> list:
        """The M-Bus records of the telegram that was taken last; none in other families."""
        return getattr(self._decoder, "records", [])

    @property
    def wanted(self):
        """The key agreement that a telegram waits for, or None."""
        return getattr(self._decoder, "wanted", None)

    @property
    def held(self) -> int:
        """Telegrams that have waited for a key agreement."""
        return getattr(self._decoder, "held", 0)

    def agreed(self, request, secret, proven: bool = False):
        """Take the result of a key agreement."""
        if hasattr(self._decoder, "agreed"):
            self._decoder.agreed(request, secret, proven)
            self._look()

    def reset_counters(self):
        """Accept any invocation counter again."""
        for _, decoder in self._decoders:
            if hasattr(decoder, "reset_counters"):
                decoder.reset_counters()

    def feed(self, data):
        """Take octets from the line."""
        self._quiet += len(data)
        for _, decoder in self._decoders:
            decoder.feed(data)
        if not self._framed:
            self._hold(data)
        self._look()

    def idle(self):
        """The line fell silent."""
        for _, decoder in self._decoders:
            decoder.idle()
        self._look()
        if self._held and not self._framed:
            self._explain()
        self._held = bytearray()

    def _explain(self):
        """Say of a burst without a frame whether it looks like a protocol nobody listens to."""
        listening = [name for name, _ in self._decoders]
        others = [row[3] for row in self._rows if row[0] not in listening and row[3]]
        dropped = self.dropped
        cause = "noise"
        for sign in others + [signatures.sml]:
            if sign(self._held):
                cause = "protocol"
        if cause == "protocol" or not self._decoders:
            dropped[cause] = dropped.get(cause, 0) + 1

    def take(self):
        """Return the next Telegram, or None."""
        for name, decoder in self._decoders:
            telegram = decoder.take()
            if telegram is not None:
                self._quiet = 0
                self._framed = self._framed or 1
                self._choose(name)
                return telegram
        return None

    def _look(self):
        """Keep the family whose frames are valid; give it up after long without one."""
        for name, decoder in self._decoders:
            framed = getattr(decoder, "searches", 0) + getattr(decoder, "held", 0)
            for cause in FRAMED:
                framed += decoder.dropped.get(cause, 0)
            if framed > (self._framed if name == self.family else 0):
                self._framed = framed
                self._quiet = 0
                self._choose(name)
                return
        alone = len(self._decoders) == 1 < len(self._rows)
        if self._profile is None and self._quiet > _PATIENCE and alone:
            self._begin()

    def _choose(self, name: str):
        if len(self._decoders) > 1:
            self._decoders = [entry for entry in self._decoders if entry[0] == name]
        self._waiting = []
        self._held = bytearray()
        self.family = name
