"""From packets of a wireless M-Bus radio to the Telegrams of one meter."""

from compat import const
from firmware.meter.oms_layers import OmsLayers, Refused, header_text
from mbus import transport
from mbus.records import OWN_DATA
from mbus.transport import Afl, Ell, Header
from mbus.wireless import Unwrapper
from telegram import Telegram

_ASSEMBLY_LIMIT = const(2048)
_FORGET_AFTER = const(3)


class WmbusDecoder(OmsLayers):
    """Decoder for wireless M-Bus; `feed` takes one received packet at a time (mbus.wireless).

    address: the eight digits on the meter; without it the meter is the one that the key opens.
    checked: packets come from a radio module that has checked and removed their CRCs; otherwise what has none
    is not believed. everyone: decode every telegram in every form, as tools do.
    """

    def __init__(
        self,
        keys,
        profile=None,
        trace=None,
        address=None,
        checked: bool = False,
        everyone: bool = False,
    ):
        super().__init__(keys, trace, everyone)
        self._unwrapper = Unwrapper()
        self._bare = checked or everyone
        self._wanted = bytes.fromhex(address.replace(" ", "")) if address else None
        self._learned = None
        self._failures = 0
        self._frame = None
        self._surplus = b""  # printed telegrams: what stands behind the end by the L field
        self._assembly = None

    def feed(self, data) -> int:
        """Take one packet."""
        frame = self._unwrapper.unwrap(data, self._bare)
        if frame is None and self._bare and len(data) and data[0] == 0xA5:
            frame = self._from_module(data)
        if frame is None:
            # What is no frame at all is counted but not told: other decoders may know what it is.
            self._count(self._unwrapper.cause)
        else:
            self._tell("link", "%s, L %d, C %02X" % (self._unwrapper.form, frame[0], frame[1]))
        self._frame = frame
        if self._everyone and frame is not None and self._unwrapper.form == "bare":
            self._surplus = bytes(data[len(frame) :])
        return len(data)

    def _from_module(self, data):
        """Return the frame in one HCI frame of an iM871A."""
        from mbus import im871a

        data = memoryview(bytes(data))
        size = im871a.HciFrame().measure(data, 0, len(data), True, True)
        if size > 0 and im871a.is_telegram(data):
            self._unwrapper.form = "iM871A"
            return im871a.telegram(data)
        return None

    def idle(self):
        """Radio packets arrive whole; nothing waits for more."""

    def take(self) -> "Telegram | None":
        """Return the Telegram of the packet fed last, or None."""
        frame = self._frame
        if frame is None:
            return None
        self._frame = None
        return self._guarded(self._telegram, frame)

    def _telegram(self, frame) -> "Telegram | None":
        link = bytes(frame[2:10])
        data = frame[10:]
        self._tell(
            "link",
            "%s %s version %d type %02X"
            % (transport.manufacturer(link), transport.identification(link), link[6], link[7]),
        )
        hidden = False
        if data[0] in (0x8C, 0x8D, 0x8E, 0x8F):
            ell = Ell(data[0], data[1:])
            rest = data[1 + ell.size :]
            self._tell("extended link", "CC %02X, access %d" % (ell.cc, ell.acc))
            if ell.session is not None:
                if not self._may_be_ours(link, None):
                    raise Refused("foreign")
                rest, hidden = self._open_link(ell, link, rest)
            data = rest
        if not len(data):
            raise Refused("malformed")
        afl = None
        if data[0] == 0x90:
            afl = Afl(data[1:])
            data = self._assemble(link, afl, data[1 + afl.size :])
            if data is None:
                return None
            if self._assembly is not None:
                afl, self._assembly = self._assembly[2], None
            if not len(data):
                raise Refused("malformed")
        header = Header(data)
        self._tell("transport", header_text(header))
        if not self._may_be_ours(link, header.address):
            raise Refused("foreign")
        return self._application(link, header, data, afl, hidden)

    def _application(self, link, header, data, afl, hidden: bool) -> Telegram:
        address = header.address or link
        missing = header.size + 16 * header.blocks - len(data)
        if 0 < missing <= len(self._surplus):
            data = bytes(data) + self._surplus[:missing]
        try:
            body, tail, proof = self._open(address, header, data, afl)
        except Refused as refused:
            if refused.cause == "key-wrong":
                self._doubt()
            raise
        if hidden and proof == "plain":
            proof = "encrypted"
        if proof == "plain" and self._secret:
            raise Refused("foreign")  # anybody can send it
        if header.acc is not None or hidden:
            mark = bytes(data)
            if mark == self._last:
                raise Refused("duplicate")
        else:
            mark = None
        records = self._parse(header, body, tail)
        if proof != "plain":
            self._learn(link, records[0])
        self._last = mark
        return self._result(records, address, proof)

    def _open_link(self, ell, link, part) -> tuple:
        """Return (payload, whether it was encrypted) of the part behind a session number."""
        from mbus.kernels import crc

        part = bytearray(part)
        method = ell.encryption()
        if method > 1:
            raise Refused("unsupported")
        encrypted = method == 1
        if len(part) < 3:
            raise Refused("malformed")
        if encrypted and self._key is not None:
            from mbus.security import decrypt_link

            decrypt_link(self._key, ell.counter(link), part)
        if crc(part, 2, len(part) - 2) != part[0] | part[1] << 8:
            if encrypted and self._key is None:
                raise Refused("key-required")
            # A key that has opened telegrams of this meter before is right: this one is damaged.
            if not encrypted or self._opened:
                raise Refused("crc")
            self._doubt()
            raise Refused("key-wrong")
        self._tell(
            "extended link", "session opened" if encrypted else "session without encryption"
        )
        self._opened = self._opened or encrypted
        return memoryview(part)[2:], encrypted and self._key is not None

    def _assemble(self, link, afl, data):
        """Return the whole message of a fragment, or None while fragments are missing (OMS Vol. 2, 6)."""
        if not afl.more and afl.fragment <= 1:
            self._assembly = None
            return data
        if afl.fragment == 1:
            self._assembly = [link, 1, afl, bytearray(data)]
            return None
        held = self._assembly
        if held is None or held[0] != link or afl.fragment != held[1] + 1:
            self._assembly = None
            raise Refused("sequence")
        if len(held[3]) + len(data) > _ASSEMBLY_LIMIT:
            self._assembly = None
            raise Refused("overflow")
        held[1] = afl.fragment
        held[3] += data
        if afl.more:
            return None
        first = held[2]
        first.mac = afl.mac or first.mac
        first.mcr = first.mcr or afl.mcr
        return memoryview(held[3])

    def _may_be_ours(self, link, own) -> bool:
        if self._everyone:
            return True
        if self._wanted is not None:
            wanted = self._wanted
            return _digits(link) == wanted or (own is not None and _digits(own) == wanted)
        if self._learned is not None:
            return link == self._learned
        # Without an address, the key is the only way to know our meter.
        return self._key is not None

    def _learn(self, link, records):
        """Keep to the meter that the key opens, once its list makes sense as a whole."""
        self._failures = 0
        if self._everyone or self._wanted is not None or self._learned is not None:
            return
        sensible = [r for r in records if r.quantity not in ("unknown", OWN_DATA)]
        if len(sensible) != len(records) or len(records) < 2:
            raise Refused("key-wrong")
        self._learned = link

    def _doubt(self):
        """Forget a meter learned by chance: another's key opens one telegram in 65536."""
        self._failures += 1
        if self._failures >= _FORGET_AFTER:
            self._learned = None
            self._opened = False


def _digits(address) -> bytes:
    return bytes((address[5], address[4], address[3], address[2]))
