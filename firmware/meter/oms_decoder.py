"""From octets of wired or wireless M-Bus to Telegrams: link, security and records in one.

`OmsDecoder` reads a serial line (AMIS and other OMS meters), `WmbusDecoder` packets of a radio.
"""

from compat import const
from dlms.stream import Stream
from mbus import to_obis, transport, wired
from mbus.records import parse
from mbus.transport import Afl, Ell, Header
from telegram import Telegram

ADAPTER = const(0xF0)  # the one address at which AMIS meters speak to adapters
_AMIS_MAKER = b"\x2d\x4c"
_ASSEMBLY_LIMIT = const(2048)
_FORGET_AFTER = const(3)
_QUEUE = const(8)


class Refused(Exception):
    """A telegram that yields no values; `cause` is counted."""

    def __init__(self, cause: str):
        super().__init__(cause)
        self.cause = cause


class _Decoder:
    """What wired and wireless share, from the transport layer up.

    dropped: count by cause. records: those of the last telegram, whether or not it had OBIS codes.
    """

    def __init__(self, keys, trace, everyone: bool):
        self.keys = keys
        self._key = keys.unicast
        # Some meters leave the factory with a key of zeros, which keeps nothing secret.
        self._secret = self._key is not None and any(self._key)
        self._trace = trace
        self._formats = None
        self._counter = -1
        self._everyone = everyone
        self._opened = False
        self.dropped = {}
        self.records = []

    def _drop(self, cause: str):
        self.dropped[cause] = self.dropped.get(cause, 0) + 1

    def _tell(self, layer: str, text: str):
        if self._trace:
            self._trace(layer, text)

    def _open(self, address, header, data, afl) -> tuple:
        """Return (protected records, trailing plain octets, security) of data, header included.

        address: the meter's own, eight octets. Raises Refused.
        """
        body = data[header.size :]
        if not header.known:
            self._tell("transport", "CI %02X is a manufacturer's own" % header.ci)
            raise Refused("not-recognised")
        if header.mode == 0 or (header.mode in (5, 7) and not header.blocks):
            return body, b"", "plain"
        if header.mode not in (5, 7):
            name = "TLS" if header.mode == 13 else "not in use"
            self._tell("security", "mode %d (%s) is not supported" % (header.mode, name))
            raise Refused("unsupported")
        from mbus import security

        size = 16 * header.blocks
        if not self._secret and security.opened(body):
            # Published and relayed telegrams may be decrypted already.
            return body[:size], body[size:], "plain"
        if self._key is None:
            raise Refused("key-required")
        if size > len(body):
            raise Refused("malformed")
        plain = bytearray(size)
        proof = "encrypted"
        if header.mode == 5:
            security.decrypt_mode_5(self._key, address, header.acc, body[:size], plain)
        else:
            authentic = self._mode_7(security, address, header, data, afl, body[:size], plain)
            if authentic:
                proof = "authenticated"
            elif security.opened(plain):
                raise Refused("tag")
        if not security.opened(plain):
            self._tell("security", "2F2F missing: another key")
            raise Refused("key-wrong")
        if proof == "authenticated":
            self._check_counter(afl)
        self._tell("security", "mode %d opened, %d octets, %s" % (header.mode, size, proof))
        return plain, body[size:], proof

    def _mode_7(self, security, address, header, data, afl, body, plain) -> bool:
        """Decrypt under the ephemeral keys of OMS Vol. 2, 9.2; return whether the MAC is right."""
        from crypto import constant_time

        if header.derivation != 1:
            raise Refused("unsupported")
        if afl is None or afl.mcr is None or not afl.mac:
            raise Refused("malformed")
        number = address[2:6]
        key = security.derive(self._key, security.ENCRYPTION, afl.mcr, number)
        security.decrypt_mode_7(key, body, plain)
        key = security.derive(self._key, security.AUTHENTICATION, afl.mcr, number)
        expected = security.mac(key, afl.authenticated_prefix(), data)
        return len(afl.mac) >= 8 and constant_time.equal(expected[: len(afl.mac)], afl.mac)

    def _check_counter(self, afl):
        counter = int.from_bytes(afl.mcr, "little")
        if counter <= self._counter:
            raise Refused("duplicate" if counter == self._counter else "replay")
        self._counter = counter

    def _expand(self, header, body):
        """Return the full records of a compact frame; learn the format of a full one."""
        if not header.compact and header.ci != 0x78:
            return body
        from mbus.compact import Formats

        if self._formats is None:
            self._formats = Formats()
        if not header.compact:
            self._formats.learn(body)
            return body
        # Behind a header that announces encryption the filler octets come first.
        full = self._formats.expand(body[2:] if header.mode else body)
        if full is None:
            self._tell("records", "compact frame of a format not learned yet")
            raise Refused("not-recognised")
        return full

    def _parse(self, header, body, tail) -> tuple:
        """Return (records under protection, all records)."""
        protected = parse(self._expand(header, body))
        everything = protected
        if protected and protected[-1].quantity == "manufacturer_data":
            protected[-1].data += bytes(tail)  # its data reach to the end of the telegram
        else:
            try:
                everything = protected + parse(tail)
            except ValueError:
                pass  # some meters leave junk behind the encrypted blocks
        self.records = everything
        if self._trace:
            self._tell("records", "%d records" % len(everything))
            from mbus.describe import value_text

            for record in everything:
                self._tell(
                    "record",
                    "%s %s: %s %s %s"
                    % (
                        record.dif.hex(),
                        record.vif.hex(),
                        record.quantity,
                        value_text(record.value),
                        record.unit,
                    ),
                )
        return protected, everything

    def _result(self, records: tuple, address, proof: str) -> Telegram:
        """Return the Telegram of (records under protection, all records)."""
        items, time = to_obis.oms(records[0 if self._secret else 1], address[7])
        if not items and not self._everyone:
            raise Refused("not-recognised")
        return Telegram(items, time, _identity(address), "oms", proof)


class OmsDecoder(_Decoder):
    """Decoder for wired M-Bus, AMIS' acknowledged push included.

    A telegram that a meter sends as master (SND_UD) must be addressed to the adapter. everyone: return
    telegrams without any OBIS code too, for their records.
    """

    def __init__(self, keys, profile=None, trace=None, everyone: bool = False):
        super().__init__(keys, trace, everyone)
        self._stream = Stream((wired.WiredFrame(),), self.dropped)
        self._silent = False
        self._queue = []
        self._sent = None  # (C field, access number) of the last SND_UD

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
            try:
                found = self._telegram(frame)
            except Refused as refused:
                self._drop(refused.cause)
                continue
            except ValueError as error:
                self._tell("dropped", "malformed: %s" % error)
                self._drop("malformed")
                continue
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
                self._sent = None  # the meter starts counting anew
            return None
        data = wired.payload(frame)
        if not len(data):
            raise Refused("malformed")
        if data[0] <= 0x1F:
            raise Refused("noise")  # DLMS, which has a decoder of its own
        self._sort(frame, data)
        header = Header(data)
        self._tell("transport", _header_text(header))
        return self._application(header, data, wired.sends_to_us(frame))

    def _sort(self, frame, data):
        """Refuse what is not for the adapter, or comes again after a lost acknowledgement."""
        if not wired.sends_to_us(frame):
            return
        if wired.address(frame) != ADAPTER:
            raise Refused("foreign")
        mark = (wired.control(frame), bytes(data))
        if mark == self._sent:
            raise Refused("duplicate")
        self._sent = mark

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


class WmbusDecoder(_Decoder):
    """Decoder for wireless M-Bus; `feed` takes one received packet at a time (mbus.wireless).

    address: the eight digits on the meter; without it the meter is the one that the key opens.
    everyone: decode every telegram, as tools do; the adapter passes one meter's only.
    """

    def __init__(self, keys, profile=None, trace=None, address=None, everyone: bool = False):
        super().__init__(keys, trace, everyone)
        from mbus.wireless import Unwrapper

        self._unwrapper = Unwrapper()
        self._wanted = bytes.fromhex(address.replace(" ", "")) if address else None
        self._learned = None
        self._failures = 0
        self._frame = None
        self._last = b""
        self._assembly = None

    def feed(self, data) -> int:
        """Take one packet."""
        frame = self._unwrapper.unwrap(data)
        if frame is None and len(data) and data[0] == 0xA5:
            frame = self._from_module(data)
        if frame is None:
            self._drop(self._unwrapper.cause)
        else:
            self._tell("link", "%s, L %d, C %02X" % (self._unwrapper.form, frame[0], frame[1]))
        self._frame = frame
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
        try:
            return self._telegram(frame)
        except Refused as refused:
            self._drop(refused.cause)
        except ValueError as error:
            self._tell("dropped", "malformed: %s" % error)
            self._drop("malformed")
        return None

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
        self._tell("transport", _header_text(header))
        if not self._may_be_ours(link, header.address):
            raise Refused("foreign")
        return self._application(link, header, data, afl, hidden)

    def _application(self, link, header, data, afl, hidden: bool) -> Telegram:
        address = header.address or link
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
            mark = b""
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
        sensible = [r for r in records if r.quantity not in ("unknown", "manufacturer_data")]
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


def _identity(address) -> str:
    return "%s-%s" % (transport.manufacturer(address), transport.identification(address))


def _header_text(header) -> str:
    text = "CI %02X" % header.ci
    if header.address:
        text += ", %s type %02X" % (_identity(header.address), header.address[7])
    if header.acc is not None:
        text += ", access %d, status %02X, mode %d" % (header.acc, header.status, header.mode)
    return text
