"""What wired and wireless M-Bus share, from the transport layer up: security, records, OBIS."""

from compat import const
from mbus import to_obis, transport
from mbus.records import OWN_DATA, parse, plain
from telegram import Telegram

# One key opens one meter; more are those of tools, which decode everyone's.
_MAX_METERS = const(4)


class Refused(Exception):
    """A telegram that yields no values; `cause` is counted, detail is for people."""

    def __init__(self, cause: str, detail: str = ""):
        super().__init__(cause)
        self.cause = cause
        self.detail = detail


class OmsLayers:
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
        self._counters = {} if keys.counters is None else keys.counters
        self._everyone = everyone
        self._opened = False
        self._last = None  # what tells the last telegram from its repetition
        self.dropped = {}
        self.records = []

    def reset_counters(self):
        """Accept any message counter and any telegram again."""
        self._counters.clear()
        self._last = None

    def _drop(self, cause: str, detail: str = ""):
        self._count(cause)
        self._tell("dropped", "%s: %s" % (cause, detail) if detail else cause)

    def _count(self, cause: str):
        self.dropped[cause] = self.dropped.get(cause, 0) + 1

    def _guarded(self, read, frame) -> "Telegram | None":
        """Return what read(frame) returns; None where it refuses the frame, which is counted."""
        try:
            return read(frame)
        except Refused as refused:
            self._drop(refused.cause, refused.detail)
        except ValueError as error:
            self._drop("malformed", str(error))
        return None

    def _tell(self, layer: str, text: str):
        if self._trace:
            self._trace(layer, text)

    def _open(self, address, header, data, afl) -> tuple:
        """Return (protected records, trailing plain octets, security) of data, header included.

        address: the meter's own, eight octets. Raises Refused.
        """
        body = data[header.size :]
        if not header.known:
            raise Refused("not-recognised", "CI %02X is a manufacturer's own" % header.ci)
        if header.mode == 0 or (header.mode in (5, 7) and not header.blocks):
            return body, b"", "plain"
        if header.mode not in (5, 7):
            name = "TLS" if header.mode == 13 else "not in use"
            raise Refused("unsupported", "security mode %d (%s)" % (header.mode, name))
        from mbus import security

        size = 16 * header.blocks
        if not self._secret and security.opened(body):
            # Published and relayed telegrams may be decrypted already.
            return body[:size], body[size:], "plain"
        if self._key is None:
            raise Refused("key-required")
        if size > len(body):
            raise Refused("malformed", "fewer octets than encrypted blocks")
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
            raise Refused("key-wrong", "2F2F missing after decryption")
        if proof == "authenticated":
            self._check_counter(bytes(address), afl)
        self._tell("security", "mode %d opened, %d octets, %s" % (header.mode, size, proof))
        return plain, body[size:], proof

    def _mode_7(self, security, address, header, data, afl, body, plain) -> bool:
        """Decrypt under the ephemeral keys of OMS Vol. 2, 9.2; return whether the MAC is right."""
        from crypto import constant_time

        if header.derivation != 1:
            raise Refused("unsupported", "key derivation %d" % header.derivation)
        if afl is None or afl.mcr is None or not afl.mac:
            raise Refused("malformed", "mode 7 without message counter or MAC")
        number = address[2:6]
        key = security.derive(self._key, security.ENCRYPTION, afl.mcr, number)
        security.decrypt_mode_7(key, body, plain)
        key = security.derive(self._key, security.AUTHENTICATION, afl.mcr, number)
        expected = security.mac(key, afl.authenticated_prefix(), data)
        return len(afl.mac) >= 8 and constant_time.equal(expected[: len(afl.mac)], afl.mac)

    def _check_counter(self, address: bytes, afl):
        counter = int.from_bytes(afl.mcr, "little")
        last = self._counters.get(address)
        if last is not None and counter <= last[0]:
            raise Refused("duplicate" if counter == last[0] else "replay")
        if last is None and len(self._counters) == _MAX_METERS:
            self._counters.clear()
        self._counters[address] = [counter, True]

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
            raise Refused("not-recognised", "compact frame of a format not learned yet")
        return full

    def _parse(self, header, body, tail) -> tuple:
        """Return (records under protection, all records)."""
        protected = parse(self._expand(header, body))
        everything = protected
        if protected and protected[-1].quantity == OWN_DATA:
            # Its data reach to the end of the telegram.
            last = protected.pop()
            data = last.data + bytes(tail)
            protected.append(plain(OWN_DATA, "", None, data, dif=last.dif))
        else:
            try:
                everything = protected + parse(tail)
            except ValueError:
                pass  # some meters leave junk behind the encrypted blocks
        self.records = everything
        if self._trace:
            self._tell("records", "%d records" % len(everything))
            from mbus.describe import line

            for record in everything:
                self._tell("record", line(record, everything))
        return protected, everything

    def _result(self, records: tuple, address, proof: str) -> Telegram:
        """Return the Telegram of (records under protection, all records)."""
        items, time = to_obis.oms(records[0 if self._secret else 1], address[7])
        if not items and not self._everyone:
            raise Refused("not-recognised")
        return Telegram(items, time, identity(address), "oms", proof)


def identity(address) -> str:
    """Return a meter's name: maker's letters and its eight digits."""
    return "%s-%s" % (transport.manufacturer(address), transport.identification(address))


def header_text(header) -> str:
    """Return a transport header as text for people."""
    text = "CI %02X" % header.ci
    if header.address:
        text += ", %s type %02X" % (identity(header.address), header.address[7])
    if header.acc is not None:
        text += ", access %d, status %02X, mode %d" % (header.acc, header.status, header.mode)
    return text
