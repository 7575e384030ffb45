"""From octets of wired M-Bus to Telegrams: AMIS and other OMS meters on a serial line."""

from compat import const
from dlms.stream import Stream
from firmware.meter.oms_layers import OmsLayers, Refused, header_text
from mbus import to_obis, transport, wired
from mbus.transport import Header
from telegram import Telegram

ADAPTER = const(0xF0)  # the one address at which AMIS meters speak to adapters
_AMIS_MAKER = b"\x2d\x4c"
_QUEUE = const(8)
_FIXED = const(0x73)


class OmsDecoder(OmsLayers):
    """Decoder for wired M-Bus, AMIS' acknowledged push included.

    A telegram that a meter sends as master (SND_UD) must be addressed to the adapter. everyone: return
    telegrams without any OBIS code too, for their records. `searches` counts the telegrams by which a
    meter looks for an adapter.
    """

    def __init__(self, keys, profile=None, trace=None, everyone: bool = False):
        super().__init__(keys, trace, everyone)
        self._stream = Stream((wired.WiredFrame(),), self.dropped)
        self.searches = 0
        self._silent = False
        self._queue = []

    def feed(self, data):
        """Take octets of the line."""
        at = self._stream.feed(data)
        while at < len(data):
            # No room: keep what is complete, then go on. At most two frames fit the stream's buffer.
            frame = self._stream.take()
            if frame is not None and len(self._queue) < _QUEUE:
                self._queue.append(bytes(frame))
            elif frame is not None:
                self._drop("overflow")
            at += self._stream.feed(data[at:])

    def idle(self):
        """Take note that the line fell silent: what is incomplete stays so."""
        self._silent = True

    def take(self) -> "Telegram | None":
        """Return the next Telegram, or None when all that was fed has been looked at."""
        while True:
            frame = self._queue.pop(0) if self._queue else self._stream.take(self._silent)
            if frame is None:
                self._silent = False
                return None
            found = self._guarded(self._telegram, frame)
            if found is not None:
                return found

    def _telegram(self, frame) -> "Telegram | None":
        self._tell(
            "link",
            "%s, C %02X, A %d"
            % (bytes(frame[:1]).hex(), wired.control(frame), wired.address(frame)),
        )
        if wired.is_short(frame):
            if wired.control(frame) == wired.SND_NKE:
                self.searches += 1
                self._last = None  # the meter starts counting anew
            return None
        data = wired.payload(frame)
        if not len(data):
            raise Refused("malformed")
        if data[0] <= 0x1F:
            raise Refused("noise")  # DLMS, which has a decoder of its own
        if data[0] == _FIXED and not wired.sends_to_us(frame):
            return self._fixed(data)
        self._sort(frame, data)
        header = Header(data)
        self._tell("transport", header_text(header))
        return self._application(header, data, wired.sends_to_us(frame))

    def _fixed(self, data) -> Telegram:
        from mbus.fixed import Fixed

        if self._secret:
            raise Refused("foreign")  # this structure is never encrypted
        found = Fixed(data)
        self.records = found.records
        items, time = to_obis.oms(found.records, found.address[7])
        if not items and not self._everyone:
            raise Refused("not-recognised")
        number = transport.identification(found.address)
        return Telegram(items, time, number, "oms-fixed", "plain")

    def _sort(self, frame, data):
        """Refuse what is not for the adapter, or comes again after a lost acknowledgement."""
        if not wired.sends_to_us(frame):
            return
        if wired.address(frame) != ADAPTER:
            raise Refused("foreign")
        mark = (wired.control(frame), bytes(data))
        if mark == self._last:
            raise Refused("duplicate")
        self._last = mark

    def _application(self, header, data, sent: bool) -> Telegram:
        address = header.address or bytes(8)
        body, tail, proof = self._open(address, header, data, None)
        if proof == "plain" and self._secret:
            raise Refused("foreign")  # a meter with a key does not send without
        if address[:2] == _AMIS_MAKER and sent:
            found = to_obis.amis(self._parse(header, body, tail)[1])
            if found is None:
                raise Refused("not-recognised")
            # The address in an AMIS telegram is the adapter's, the same for everybody.
            return Telegram(found[0], found[1], transport.manufacturer(address), "amis", proof)
        return self._result(self._parse(header, body, tail), address, proof)
