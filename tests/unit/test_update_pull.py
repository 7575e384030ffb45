"""Where the updater fetches from, and that a server cannot make it do anything else."""

import asyncio

from firmware.update import pull
from support import raises


def test_addresses():
    assert pull.split("https://example.org/a/b.bundle") == (
        True, "example.org", 443, "/a/b.bundle",
    )  # fmt: skip
    assert pull.split("http://10.0.0.1:8080/x?y=1") == (False, "10.0.0.1", 8080, "/x?y=1")
    assert pull.split("https://example.org") == (True, "example.org", 443, "/")


def test_addresses_that_are_none():
    for url in (
        "",
        "example.org/x",
        "ftp://example.org/x",
        "https:///x",
        "https://user@example.org/x",
        "https://example.org:/x",
        "https://example.org:8o/x",
        "https://example.org/a b",
        "https://example.org/a\r\nHost: evil",
    ):
        assert str(raises(ValueError, pull.split, url)) == "url"


class Reader:
    def __init__(self, *pieces):
        self._pieces = list(pieces)

    async def read(self, n):
        return self._pieces.pop(0) if self._pieces else b""


def head(*pieces):
    return asyncio.run(pull._head(Reader(*pieces)))


def test_the_head_of_an_answer_in_any_pieces():
    text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nLocation:  x \r\n\r\nhello"
    expected = (200, {"content-length": "5", "location": "x"}, b"hello")
    assert head(text) == expected
    for cut in range(1, len(text) - 5):
        status, headers, first = head(text[:cut], text[cut:])
        assert (status, headers) == expected[:2]
        assert b"hello".startswith(first) or first == b"hello"


def test_answers_that_are_none():
    assert raises(OSError, head, b"HTTP/1.1 200 OK\r\n")
    for text in (b"\r\n\r\n", b"SSH-2.0\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n"):
        assert str(raises(ValueError, head, text)) == "answer"
    assert str(raises(ValueError, head, *[b"x" * 1024] * 6)) == "answer"
