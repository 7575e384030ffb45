"""One request and its answer: sequence numbers, digests, optional RC4 (MEP Client Developer's Guide, 2).

Answers carry neither a sequence number nor the table they answer. What ties one to its request is the
digest alone, which runs through both.
"""

from c1219.digest import LENGTH, Digest
from c1219.request import Requests, check
from compat import const

OK = const(0x00)
UNRECOGNISED = const(0x01)
UNSUPPORTED = const(0x02)
NO_PERMISSION = const(0x03)
NOT_POSSIBLE = const(0x04)
NO_SUCH_PART = const(0x05)
NO_SESSION = const(0x0A)
NOT_AUTHENTICATED = const(0x0B)
WRONG_SEQUENCE = const(0x0C)

# What RC4 under the meter's key turns into the key of its packets (Developer's Guide, appendix).
_RC4_SEED = b"\x38\x8b\x8f\xbc\x36\xa8\x55\x85\x87\xaf\xc9\x0f\xb2\x3a\x3b\x99"

_BODY = const(2)
_DATA = const(5)


class Rejected(ValueError):
    """An answer that is not believed; its text is the cause it is counted under."""


class Exchange:
    """Asks and opens the answers, one request at a time.

    sequence: the number of the next request. The meter accepts a few numbers ahead of its own and
    otherwise tells the right one, so any start will do and none needs to be kept.
    data: what the last answer with code OK carried, a view valid until the next packet is taken.
    Raises ValueError unless key is 16 octets.
    """

    def __init__(self, key: bytes, encrypted: bool = False, sequence: int = 1):
        self.sequence = sequence
        self.data = None
        self.asked = None
        self._digest = Digest(key)
        self._requests = Requests(self._digest)
        self._shared_key = None
        self._packet_key: "bytearray | None" = None
        self._request_size = 0
        self._cipher = None
        if encrypted:
            from crypto.rc4 import RC4

            self._cipher = RC4
            self._shared_key = bytearray(_RC4_SEED)
            RC4(key).crypt(self._shared_key, 0, len(self._shared_key))

    def request(self, table: int, offset: "int | None", count: int) -> memoryview:
        """Return the next request as it goes on the line; valid until the next call.

        Raises request.Refused on anything but a read of an allowed table.
        """
        frame = self._requests.read(table, offset, count, self.sequence)
        self.sequence = self.sequence + 1 & 0xFFFFFFFF
        if self._shared_key:
            self._crypt_request(frame)
        return frame

    def check(self, frame) -> None:
        """Raise request.Refused unless frame, as it is to go on the line, is a signed, allowed read.

        Its answer is the one that `open` then expects.
        """
        if self._shared_key:
            frame = bytearray(frame)
            self._crypt_request(frame)
        check(frame, self._digest)
        self._digest.mark()

    def resume(self, frame) -> None:
        """Take a recorded request of whatever kind as the one last asked; `asked` is its plain text.

        Raises Rejected where it was not signed with this key.
        """
        self.asked = frame = bytearray(frame)
        if len(frame) <= _BODY + LENGTH:
            raise Rejected("length")
        if self._shared_key:
            self._crypt_request(frame)
        end = len(frame) - LENGTH
        self._digest.reset()
        self._digest.feed(frame, _BODY, end)
        self._digest.mark()
        if not self._digest.matches(frame, end):
            raise Rejected("checksum")

    def open(self, packet) -> int:
        """Return the response code of the answer to the last request.

        The packet is decrypted in place. With OK, `data` is the table's octets; with WRONG_SEQUENCE,
        `sequence` follows the number that the meter handed out. NOT_AUTHENTICATED is not signed by a
        key we know: whoever gets it may do no more than wait. Raises Rejected on any other packet
        whose digest does not belong to the request, or whose lengths contradict each other.
        """
        self.data = None
        end = len(packet) - LENGTH
        unsigned = packet[_BODY] if end == _BODY + 1 else None
        if self._shared_key:
            # The key stream of the request goes on into the answer.
            stream = self._cipher(self._packet_key)
            stream.crypt(bytearray(self._request_size), 0, self._request_size)
            stream.crypt(packet, _BODY, end)
        self._digest.back()
        self._digest.feed(packet, _BODY, end)
        if not self._digest.matches(packet, end):
            if unsigned == NOT_AUTHENTICATED:
                return NOT_AUTHENTICATED
            raise Rejected("checksum")
        code = packet[_BODY]
        if code == OK:
            # Zeros at the end are invisible to the digest; the count protects them.
            if end < _DATA or (packet[3] << 8 | packet[4]) != end - _DATA:
                raise Rejected("length")
            self.data = packet[_DATA:end]
        elif code == WRONG_SEQUENCE:
            if end != _BODY + 5:
                raise Rejected("length")
            told = packet[3] << 24 | packet[4] << 16 | packet[5] << 8 | packet[6]
            self.sequence = told + 1 & 0xFFFFFFFF
        elif end != _BODY + 1:
            raise Rejected("length")
        return code

    def _crypt_request(self, frame) -> None:
        """Encrypt or decrypt a request in place; its key is the shared one mixed with its digest."""
        end = len(frame) - LENGTH
        self._packet_key = bytearray(self._shared_key)
        for i in range(LENGTH):
            self._packet_key[i] ^= frame[end + i]
        self._request_size = end - _BODY
        self._cipher(self._packet_key).crypt(frame, _BODY, end)
