"""The access point's name server: what it answers, and what it does not."""

from firmware.net import dns
from support import unhex

HERE = bytes((192, 168, 4, 1))


def query(name: str, kind: int = 1, flags: int = 0x0100, questions: int = 1) -> bytes:
    """Return a query message, laid out by RFC 1035, 4.1."""
    message = b"\x12\x34" + flags.to_bytes(2, "big") + questions.to_bytes(2, "big") + bytes(6)
    for label in name.split("."):
        message += bytes((len(label),)) + label.encode()
    return message + b"\x00" + kind.to_bytes(2, "big") + b"\x00\x01"


def test_every_name_leads_here():
    for name in ("captive.apple.com", "connectivitycheck.gstatic.com", "x"):
        asked = query(name)
        answer = dns.reply(asked, HERE)
        assert answer[:2] == asked[:2]
        # QR, AA, RD as asked, RA, no error; one question, one answer.
        assert answer[2:12] == unhex("8580 0001 0001 0000 0000")
        assert answer[12 : len(asked)] == asked[12:]
        assert answer[len(asked) :] == unhex("c00c 0001 0001 00000000 0004") + HERE


def test_other_kinds_of_record_are_answered_with_none():
    for kind in (28, 65, 15):
        asked = query("example.org", kind)
        answer = dns.reply(asked, HERE)
        assert answer[2:8] == unhex("8580 0001 0000") and len(answer) == len(asked)


def test_what_is_no_query_is_not_answered():
    for message in (b"", b"\x12", query("x")[:11], query("x", flags=0x8180)):
        assert dns.reply(message, HERE) is None


def test_malformed_questions_are_refused():
    for message in (
        query("x", questions=2),
        query("x", questions=0),
        query("x")[:-1],
        query("x")[:12],
        query("x")[:12] + b"\xc0\x0c\x00\x01\x00\x01",
        query("x")[:12] + b"\x3f" + b"a" * 30,
        query("x")[:12] + (b"\x3f" + b"a" * 63) * 7 + b"\x00\x00\x01\x00\x01",
    ):
        answer = dns.reply(message, HERE)
        assert answer[3] & 15 == 1 and answer[4:8] == bytes(4), message


def test_other_operations_are_not_implemented():
    assert dns.reply(query("x", flags=0x2800), HERE)[3] & 15 == 4
