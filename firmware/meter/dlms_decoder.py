"""From the line's octets to Telegrams, for every meter that pushes DLMS or P1 text.

    octets -> frames -> parts -> APDU -> security -> notification -> list -> Telegram

Without a profile all framings are looked for side by side; a profile narrows it to its own.
"""

from compat import const
from dlms import notification, security
from dlms.assembly import Assembly
from dlms.dropped import Dropped
from dlms.stream import Stream
from firmware.unload import unload
from telegram import Telegram

_LIMIT = const(4160)  # a telegram of 4 KiB and its headers
_QUEUE = const(8)
_HEX = const(48)
_GENERAL_BLOCK_TRANSFER = const(0xE0)


# The modules of the framings, by the kind of their formats.
_FRAMINGS = {
    "segment": ("dlms.mbus_segments",),
    "hdlc": ("dlms.hdlc",),
    "text": ("dsmr.frame", "dsmr.crc"),
    "apdu": ("dlms.bare", "dlms.blocks"),
}


def _formats(link: "str | None") -> list:
    formats = []
    if link in (None, "segments"):
        from dlms.mbus_segments import MbusSegment

        formats.append(MbusSegment())
    if link in (None, "hdlc"):
        from dlms.hdlc import HdlcFrame

        formats.append(HdlcFrame())
    if link in (None, "general-glo", "text"):
        from dsmr.frame import P1Text

        formats.append(P1Text())
    if link in (None, "general-glo"):
        from dlms.bare import BareApdu

        formats.append(BareApdu())
    if not formats:
        raise ValueError("no DLMS framing is called %s" % link)
    return formats


class DlmsDecoder:
    """Decodes what a DLMS or P1 meter pushes.

    keys: keys.Keys. profile: a row of profiles.TABLE, of which `link` counts, or None. trace:
    called as trace(layer, text) with each layer as it is decoded. `dropped` counts losses by
    cause; `unrecognised` is the structure of the last list that was not recognised, or None.

    A telegram whose key has to be agreed on waits: `wanted` is the dlms.agreement.Request whose steps
    somebody has to run and hand to `agreed`; `held` counts telegrams that waited.
    """

    def __init__(self, keys, profile=None, trace=None):
        self.keys = keys
        self.dropped = {}
        self.unrecognised = None
        self._trace = trace
        self._stream = Stream(_formats(getattr(profile, "link", None)), self.dropped)
        self._security = security.Security(keys)
        self._segments = None
        self._hdlc = None
        self._blocks = None
        self._telegrams = []

    def feed(self, data):
        """Take octets from the line, any number."""
        at = 0
        while at < len(data):
            at += self._stream.feed(data[at:] if at else data)
            self._drain(False)

    def idle(self):
        """The line fell silent: what is incomplete will stay so."""
        self._drain(True)
        for assembly in (self._segments, self._hdlc, self._blocks):
            if assembly is not None and assembly.abandon():
                self._count("truncated")

    def take(self) -> "Telegram | None":
        """Return the next Telegram, oldest first, or None."""
        return self._telegrams.pop(0) if self._telegrams else None

    @property
    def wanted(self):
        """The agreement that a telegram waits for, or None."""
        agreements = self._security.agreements
        return agreements and agreements.wanted

    @property
    def held(self) -> int:
        """How many telegrams have waited for a key agreement."""
        agreements = self._security.agreements
        return agreements.count if agreements else 0

    def agreed(self, request, secret, proven: bool = False):
        """Take what the steps of `wanted` gave, or the Dropped they raised; decode what waits for it."""
        agreements = self._security.agreements
        apdu = agreements and agreements.agreed(request, secret, proven)
        if apdu:
            try:
                self._apdu(apdu)
            except Dropped as loss:
                self._lose(loss)

    def reset_counters(self):
        """Accept any invocation counter again; for the owner, after the meter was reset."""
        self._security.reset()

    def narrow(self):
        """Keep loaded only what this meter has used so far; another one on the line needs a new decoder."""
        self._stream.narrow()
        kept = [form.kind for form in self._stream.formats]
        for kind, modules in _FRAMINGS.items():
            if kind not in kept:
                for module in modules:
                    unload(module)

    def _drain(self, silent: bool):
        while True:
            frame = self._stream.take(silent)
            if frame is None:
                return
            try:
                self._frame(frame)
            except Dropped as loss:
                self._lose(loss)

    def _lose(self, loss: Dropped):
        if not loss.cause:  # it is not lost, it waits
            if self._trace:
                self._trace("held", loss.detail)
            return
        self._count(loss.cause)
        if loss.cause == "not-recognised":
            self.unrecognised = loss.detail
        if self._trace:
            self._trace("dropped", "%s: %s" % (loss.cause, loss.detail))

    def _count(self, cause: "str | None"):
        if cause:
            self.dropped[cause] = self.dropped.get(cause, 0) + 1

    def _frame(self, frame):
        form = self._stream.format
        if self._trace:
            self._trace("frame", "%s, %d octets" % (type(form).__name__, len(frame)))
        if form.kind == "segment":
            self._segment(frame)
        elif form.kind == "hdlc":
            self._information(frame)
        elif form.kind == "apdu":
            from dlms import bare

            self._apdu(bare.data(frame))
        elif not form.identification:
            self._security.check_plain()
            self._text(frame, "plain", b"")

    def _segment(self, frame):
        from dlms import mbus_segments

        part = mbus_segments.data(frame)
        if not part:
            return  # a short frame
        number, last = mbus_segments.number(frame), mbus_segments.final(frame)
        if self._trace:
            self._trace("segment", "number %d%s" % (number, ", last" if last else ""))
        if self._segments is None:
            self._segments = Assembly(_LIMIT, 0, 16)
        self._join(self._segments, number, last, part)

    def _information(self, frame):
        from dlms import hdlc

        field = hdlc.information(frame)
        if not field:
            return
        last = not hdlc.segmented(frame)
        begins = hdlc.has_llc(field)
        part = hdlc.without_llc(field)
        if self._hdlc is None:
            if last:
                self._apdu(part)
                return
            self._hdlc = Assembly(_LIMIT, 0, 1 << 30)
        # HDLC numbers nothing; only the LLC header shows where an APDU begins.
        assembly = self._hdlc
        if self._trace:
            self._trace(
                "segment", "HDLC%s%s" % (", first" if begins else "", ", last" if last else "")
            )
        if not assembly.parts and last:
            self._apdu(part)
        else:
            self._join(assembly, 0 if begins else assembly.expected(), last, part)

    def _join(self, assembly: Assembly, number: int, last: bool, part):
        whole = assembly.add(number, last, part)
        self._count(assembly.lost)
        if assembly.lost and self._trace:
            self._trace("dropped", "%s: part %d" % (assembly.lost, number))
        if whole is not None:
            self._apdu(whole)

    def _apdu(self, apdu):
        if not apdu:
            raise Dropped("malformed", "empty APDU")
        if apdu[0] == _GENERAL_BLOCK_TRANSFER:
            from dlms import blocks

            try:
                number, last, block = blocks.parse(apdu)
            except ValueError as error:
                raise Dropped("length", str(error))
            if self._trace:
                self._trace("block", "number %d%s" % (number, ", last" if last else ""))
            if self._blocks is None:
                self._blocks = Assembly(_LIMIT, 1, 1 << 16)
            whole = self._blocks.add(number, last, block)
            self._count(self._blocks.lost)
            if whole is None:
                return
            apdu = whole
        state, title = "plain", b""
        if apdu and apdu[0] in security.TAGS:
            if self._trace:
                self._trace("ciphered", _hex(apdu))
            apdu, state, title = self._security.open(apdu, notification.plausible)
            if self._trace:
                self._trace("security", "%s, system title %s" % (state, _hex(title)))
        else:
            self._security.check_plain()
        if len(apdu) > 3 and notification.is_text(apdu):
            self._text(apdu, state, title)
        else:
            self._notification(apdu, state, title)

    def _text(self, text, state: str, title: bytes):
        from dsmr.telegram import parse

        if self._trace:
            self._trace("text", bytes(text).decode("utf-8", "replace"))
        content = parse(text)
        layout = "dsmr" if content.checked else "dsmr-no-crc"
        self._deliver(
            Telegram(content.items, content.time, _hex(title) or content.meter, layout, state)
        )

    def _notification(self, apdu, state: str, title: bytes):
        from dlms.lists import read

        if not apdu:
            raise Dropped("malformed", "empty APDU")
        if self._trace:
            self._trace("apdu", _hex(apdu, len(apdu)))
        moment, body = notification.parse(apdu)
        if self._trace:
            self._trace("tree", _tree(body))
        found = read(body, "".join([chr(octet) for octet in title[:3]]))
        self._deliver(
            Telegram(found.items, found.moment(moment), _hex(title), found.layout, state)
        )

    def _deliver(self, telegram: Telegram):
        if self._trace:
            self._trace("list", telegram.layout)
        if len(self._telegrams) == _QUEUE:
            self._telegrams.pop(0)
            self._count("overflow")
        self._telegrams.append(telegram)


def _hex(octets, limit: int = _HEX) -> str:
    text = "".join(["%02X" % octet for octet in octets[:limit]])
    return text + "..." if len(octets) > limit else text


def _tree(node: tuple, indent: str = "") -> str:
    from dlms import axdr, axdr_text

    tag, content = node
    name = axdr_text.NAMES.get(tag, str(tag))
    if tag in axdr.LISTS:
        lines = ["%s%s of %d" % (indent, name, len(content))]
        for child in content:
            lines.append(_tree(child, indent + "  "))
        return "\n".join(lines)
    if tag in axdr.STRINGS or isinstance(content, memoryview):
        return "%s%s %s" % (indent, name, _hex(content, 256))
    return "%s%s %s" % (indent, name, content)
