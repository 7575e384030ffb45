"""Ciphered APDUs (IEC 62056-5-3, 5.7.2; Green Book 9.2): take apart, check, decrypt in place."""

from compat import const
from crypto.gcm import Gcm
from dlms.ber import read_length
from dlms.dropped import Dropped

GENERAL_GLO = const(0xDB)
GENERAL_DED = const(0xDC)
GENERAL_CIPHERING = const(0xDD)
_GENERAL_SIGNING = const(0xDF)

# glo- and ded- forms of initiate, get, set, event-notification and action: no system title inside.
_SERVICES = b"\x21\x28\xc8\xc9\xca\xcb\xcc\xcd\xcf\xd0\xd1\xd2\xd3\xd4\xd5\xd7"
TAGS = b"\xdb\xdc\xdd\xdf" + _SERVICES

_AUTHENTICATED = const(0x10)
_ENCRYPTED = const(0x20)
_BROADCAST = const(0x40)
_COMPRESSED = const(0x80)
_SUITE = const(0x0F)

_TAG_LENGTH = const(12)
_HEADER = const(5)  # security control and invocation counter
_MAX_TITLES = const(4)


class Ciphered:
    """The parts of one ciphered APDU.

    title: system title (8 octets; empty where the APDU carries none); control: security control
    octet; counter: invocation counter; text: memoryview of the ciphertext; tag: memoryview, 12
    octets or none; context: memoryview that general-ciphering authenticates besides, empty
    otherwise; wrapped_key: memoryview of a session key under the master key, or None; agreement: what
    agreement.Agreements needs for an agreed key, memoryviews, or None.
    """

    def __init__(self, apdu):
        self.context = apdu[:0]
        self.title = b""
        self.wrapped_key = None
        self.agreement = None
        self.broadcast = False
        try:
            at = self._head(apdu)
            length, at = read_length(apdu, at)
        except ValueError as error:
            raise Dropped("length", str(error))
        if at + length != len(apdu):
            raise Dropped("length", "%d octets announced, %d there" % (length, len(apdu) - at))
        self.control = apdu[at] if length else 0
        trailer = _TAG_LENGTH if self.control & _AUTHENTICATED else 0
        if length < _HEADER + trailer:
            raise Dropped("length", "no room for security header and tag")
        self.counter = apdu[at + 1] << 24 | apdu[at + 2] << 16 | apdu[at + 3] << 8 | apdu[at + 4]
        self._counter = apdu[at + 1 : at + _HEADER]
        end = len(apdu) - trailer
        self.text = apdu[at + _HEADER : end]
        self.tag = apdu[end:]
        if self.control & _BROADCAST:
            self.broadcast = True

    def _head(self, apdu) -> int:
        """Read what stands before the length of the ciphered part; return its position."""
        kind = apdu[0]
        if kind in _SERVICES:
            return 1
        if kind == GENERAL_CIPHERING:
            return self._general(apdu)
        if kind not in (GENERAL_GLO, GENERAL_DED):
            raise Dropped("unsupported", "APDU %02X" % kind)
        title, at = _octets(apdu, 1)
        self.title = bytes(title)
        return at

    def _general(self, apdu) -> int:
        # transaction-id, originator, recipient, date-time, other-information; all with their
        # lengths are authenticated (Green Book 9.2.7.2.4.7).
        at = 1
        for field in range(5):
            value, at = _octets(apdu, at)
            if field == 0:
                transaction = apdu[1:at]
            elif field == 1:
                self.title = bytes(value)
            elif field == 2:
                recipient = value
        self.context = apdu[1:at]
        if at >= len(apdu):
            raise ValueError("key information missing")
        present = apdu[at]
        at += 1
        if not present:
            return at
        if at + 2 > len(apdu):
            raise ValueError("key information cut off")
        choice, identifier = apdu[at], apdu[at + 1]
        if choice == 0:  # identified-key: 0 unicast, 1 broadcast
            if identifier > 1:
                raise Dropped("unsupported", "key %d" % identifier)
            self.broadcast = identifier == 1
            return at + 2
        if choice == 1 and identifier == 0:  # wrapped-key under the master key
            self.wrapped_key, at = _octets(apdu, at + 2)
            return at
        if choice == 2:  # agreed-key
            parameters, at = _octets(apdu, at + 1)
            data, at = _octets(apdu, at)
            self.agreement = parameters, data, transaction, recipient
            return at
        raise Dropped("unsupported", "key information")

    def initialisation_vector(self, title) -> bytes:
        """Return system title and invocation counter, 12 octets."""
        return bytes(title) + bytes(self._counter)


def _octets(apdu, at: int) -> tuple:
    length, at = read_length(apdu, at)
    if at + length > len(apdu):
        raise ValueError("%d octets announced" % length)
    return apdu[at : at + length], at + length


class Security:
    """Opens ciphered APDUs under a meter's keys; remembers the invocation counter of each meter.

    keys: as keys.Keys. Suites 0 and 1 use AES-128-GCM, suite 2 AES-256-GCM. `protected` tells
    whether any APDU was ciphered or authenticated so far; from then on unprotected ones are no
    longer believed. `agreements` is an agreement.Agreements from the first APDU that needs it on.
    """

    def __init__(self, keys):
        self._keys = keys
        self._ciphers = {}
        self.agreements = None
        # By system title, of protected APDUs only: anybody can write any counter into others.
        self._titles = {} if keys.counters is None else keys.counters
        self._order = list(self._titles)  # titles, the one heard of first in front
        self.protected = bool(self._order)
        self._last_title = b""

    def reset(self):
        """Forget all invocation counters; for the owner, after a meter started counting anew."""
        self.protected = False
        self._titles.clear()
        self._order.clear()
        self._last_title = b""

    def check_plain(self):
        """Raise Dropped for an APDU without protection where protected ones came before."""
        if self.protected:
            raise Dropped("tag", "protected telegrams came before, anybody can have sent this one")

    def open(self, apdu, plausible) -> tuple:
        """Return (plain APDU, "authenticated" | "encrypted" | "anonymous" | "plain", system title).

        "anonymous": whoever knows our public key can have made it. apdu: writable memoryview,
        decrypted in place. plausible: tells of a decrypted APDU whether it can be one; without a tag
        that is all that shows a wrong key. Raises Dropped; nothing that raised has moved a counter.
        Its cause is empty where the APDU waits for a key agreement.
        """
        parts = Ciphered(apdu)
        title = parts.title or self._last_title
        if len(title) != 8:
            raise Dropped("unsupported", "no system title")
        control = parts.control
        if control & _COMPRESSED:
            raise Dropped("compressed", "security control %02X" % control)
        suite = control & _SUITE
        if suite > 2:
            raise Dropped("unsupported", "security suite %d" % suite)
        known = self._titles.get(title)
        if known is not None and parts.counter <= known[0]:
            raise Dropped("replay", "counter %d after %d" % (parts.counter, known[0]))
        state = "plain"
        if control & (_AUTHENTICATED | _ENCRYPTED):
            state = self._unlock(apdu, parts, title, known, suite, plausible)
        if known is not None and known[1] and state != "authenticated":
            raise Dropped("tag", "this meter's telegrams carried a tag before")
        unproven = state in ("plain", "anonymous")
        if unproven:
            self.check_plain()
        if state != "plain" and parts.agreement is not None:
            self.agreements.opened(parts.agreement[1])
        if unproven:
            self._last_title = title
            return parts.text, state, title
        self.protected = True
        if known is None:
            if len(self._order) == _MAX_TITLES:
                self._titles.pop(self._order.pop(0), None)
            known = self._titles[title] = [0, False]
            self._order.append(title)
        known[0] = parts.counter
        known[1] = state == "authenticated"
        self._last_title = title
        return parts.text, state, title

    def _unlock(self, apdu, parts: Ciphered, title, known, suite: int, plausible) -> str:
        keys = self._keys
        encrypted = parts.control & _ENCRYPTED
        proven = True
        if parts.agreement is not None:
            key, proven = self._agreed_key(apdu, parts, title, suite)
        elif parts.broadcast:
            key = keys.broadcast or keys.unicast
        elif parts.wrapped_key is not None:
            key = self._session_key(parts)
        else:
            key = keys.unicast
        if key is None:
            if encrypted:
                raise Dropped("key-required", "system title %s" % _hex(title))
            return "plain"
        if len(key) != (32 if suite == 2 else 16):
            raise Dropped("key-wrong", "suite %d with a key of %d octets" % (suite, len(key)))
        cipher = self._cipher(key)
        vector = parts.initialisation_vector(title)
        state = "plain"
        if encrypted:
            state = "encrypted" if proven else "anonymous"
        if parts.control & _AUTHENTICATED and keys.authentication is not None:
            additional = [bytes((parts.control,)), keys.authentication, parts.context]
            text = parts.text
            if not encrypted:
                additional.append(text)
                text = text[:0]
            if not cipher.verify(vector, additional, text, parts.tag):
                # A key that never opened anything is the likelier culprit.
                if encrypted and known is None:
                    cipher.crypt(vector, parts.text)
                    if not plausible(parts.text):
                        self._blame_key(parts, vector, cipher, plausible)
                raise Dropped("tag", "authentication tag does not fit")
            state = "authenticated"
        if encrypted:
            cipher.crypt(vector, parts.text)
            if not plausible(parts.text):
                if known is not None:
                    raise Dropped("malformed", "decrypts to noise")
                self._blame_key(parts, vector, cipher, plausible)
        return state

    def _blame_key(self, parts: Ciphered, vector, cipher: Gcm, plausible):
        """Raise Dropped for a key that opened nothing: wrong, or in the other key's place."""
        other = self._keys.authentication
        own = not parts.broadcast and parts.wrapped_key is None and parts.agreement is None
        if own and other is not None and len(other) in (16, 32):
            cipher.crypt(vector, parts.text)  # back to the ciphertext
            Gcm(other).crypt(vector, parts.text)
            if plausible(parts.text):
                raise Dropped("key-swapped", "the authentication key decrypts")
        raise Dropped("key-wrong", "decrypts to noise")

    def _session_key(self, parts: Ciphered) -> bytes:
        if self._keys.master is None:
            raise Dropped("key-required", "the session key is wrapped under the master key")
        from crypto.keywrap import unwrap

        key = unwrap(self._keys.master, bytes(parts.wrapped_key))
        if key is None:
            raise Dropped("key-wrong", "the wrapped session key does not open")
        return key

    def _agreed_key(self, apdu, parts: Ciphered, title: bytes, suite: int) -> tuple:
        if suite == 2:
            raise Dropped("unsupported", "key agreement on P-384")
        if self.agreements is None:
            from dlms.agreement import Agreements

            self.agreements = Agreements()
        return self.agreements.key(apdu, parts.agreement, title)

    def _cipher(self, key) -> Gcm:
        cipher = self._ciphers.get(key)
        if cipher is None:
            # Session keys change; only the latest is kept beside the two lasting ones.
            if len(self._ciphers) >= 3:
                self._ciphers.clear()
            cipher = self._ciphers[key] = Gcm(key)
        return cipher


def _hex(octets) -> str:
    return "".join(["%02X" % octet for octet in octets])
