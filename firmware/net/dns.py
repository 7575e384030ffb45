"""The access point's name server: answers every name with the adapter's own address (RFC 1035).

So a phone's first look at the network ends on the set-up page. Runs only while the portal is open.
"""

import asyncio
import socket

from compat import const

_LONGEST_QUERY = const(512)
_HEADER_OCTETS = const(12)
_LONGEST_NAME = const(255)
_TYPE_A = const(1)
_TYPE_ANY = const(255)
_CLASS_IN = const(1)
# No client may keep the answer after the portal has closed.
_TTL = b"\x00\x00\x00\x00"
_RECURSION_DESIRED = const(0x01)
_RESPONSE = const(0x84)
_RECURSION_AVAILABLE = const(0x80)
_FORMAT_ERROR = const(1)
_NOT_IMPLEMENTED = const(4)


def reply(query, address: bytes) -> "bytes | None":
    """Return the answer to a query, or None for what is no query (clause 4.1).

    address: four octets. An IPv4 question is answered with it, any other kind with no record, so
    that a client asks for IPv4 next instead of giving up.
    """
    if len(query) < _HEADER_OCTETS or query[2] & 0x80:
        return None
    opcode = query[2] >> 3 & 0x0F
    if opcode:
        return _header(query, _NOT_IMPLEMENTED, 0, 0)
    end = _question_end(query)
    if query[4] or query[5] != 1 or end is None:
        return _header(query, _FORMAT_ERROR, 0, 0)
    kind = query[end - 4] << 8 | query[end - 3]
    known = kind in (_TYPE_A, _TYPE_ANY) and query[end - 2] << 8 | query[end - 1] == _CLASS_IN
    answer = _header(query, 0, 1, 1 if known else 0) + bytes(query[_HEADER_OCTETS:end])
    if known:
        # 0xC00C points to the question's name (clause 4.1.4).
        answer += b"\xc0\x0c\x00\x01\x00\x01" + _TTL + b"\x00\x04" + address
    return answer


def _header(query, code: int, questions: int, answers: int) -> bytes:
    flags = _RESPONSE | query[2] & _RECURSION_DESIRED
    return bytes(query[:2]) + bytes(
        (flags, _RECURSION_AVAILABLE | code, 0, questions, 0, answers, 0, 0, 0, 0)
    )


def _question_end(query) -> "int | None":
    """Return the position behind the first question, or None where it is malformed."""
    position = _HEADER_OCTETS
    while position < len(query):
        length = query[position]
        position += 1
        if length == 0:
            return position + 4 if position + 4 <= len(query) else None
        # A question has nothing before it to point to, so a compressed name is malformed too.
        if length > 63 or position - _HEADER_OCTETS > _LONGEST_NAME:
            return None
        position += length
    return None


class NameServer:
    """Answers on a UDP port until closed. `answered` and `refused` count."""

    def __init__(self, address: str, port: int = 53):
        """address: the dotted IPv4 address every name leads to."""
        self.answered = 0
        self.refused = 0
        self._address = bytes(int(field) for field in address.split("."))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setblocking(False)
        # A dotted address: no name is looked up, so this does not wait.
        self._socket.bind(socket.getaddrinfo("0.0.0.0", port)[0][-1])
        self._stream = asyncio.StreamReader(self._socket)

    async def run(self):
        """Answer until cancelled."""
        while True:
            await self._readable()
            try:
                query, client = self._socket.recvfrom(_LONGEST_QUERY)
            except OSError:
                continue
            answer = reply(query, self._address)
            if answer is None:
                self.refused += 1
                continue
            try:
                self._socket.sendto(answer, client)
                self.answered += 1
            except OSError:
                self.refused += 1

    async def _readable(self):
        # A stream would lose the sender's address, so only its waiting is used.
        yield asyncio.core._io_queue.queue_read(self._socket)

    def close(self):
        """Release the port."""
        self._socket.close()
