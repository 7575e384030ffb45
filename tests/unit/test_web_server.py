"""The guard: whatever a stranger sends is answered or dropped within limits."""

import asyncio
import json

from web_fakes import TOKEN, Reader, Writer, exchange, get, reading, run


def ask(request, silent=False):
    async def with_reading(server):
        server.context.hub.publish(reading())
        answer = await exchange(server, request, silent)
        return answer, server

    return run(with_reading)


def refused(request, status, cause):
    answer, server = ask(request)
    assert answer.status == status, answer.status
    assert json.loads(answer.body)["error"] == "http:" + cause
    assert server.refused == {cause: 1}
    assert server.requests == 0
    assert server.open == 0


def test_a_request_is_answered():
    answer, server = ask(get("/api/v1/measurement"))
    assert answer.status == 200
    assert json.loads(answer.body)["1-0:1.8.0"]["value"] == 12937
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert server.open == 0 and server.requests == 1


def test_a_request_in_single_octets_is_answered():
    request = get("/api/v1/measurement")
    answer, _ = ask([request[i : i + 1] for i in range(len(request))])
    assert answer.status == 200


def test_head_has_no_body():
    answer, _ = ask(get("/api/v1/measurement", method="HEAD"))
    assert answer.status == 200
    assert answer.body == b""
    assert int(answer.headers["content-length"]) > 100


def test_an_endless_request_line_is_refused():
    refused(b"GET /" + b"a" * 1100 + b" HTTP/1.1\r\n\r\n", 414, "too-large")


def test_an_endless_head_is_refused_without_being_kept():
    reader = Reader([b"GET / HTTP/1.1\r\n"] + [b"X: " + b"y" * 509] * 1000)
    writer = Writer()

    async def serve(server):
        await server.serve(reader, writer)
        return server

    server = run(serve)
    assert writer.data.startswith(b"HTTP/1.0 431 ")
    # Read: the head's limit and what is drained so that the answer arrives, not the megabyte.
    assert len(reader.chunks) > 1000 - (4096 + 16384) // 512 - 4
    assert server.refused == {"too-large": 1}


def test_too_many_headers_are_refused():
    refused(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 60 + b"\r\n", 431, "too-large")


def test_what_is_no_http_is_refused():
    for request in (
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET http://other/ HTTP/1.1\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n: empty\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: \xff\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n",
        b"GET /  HTTP/1.1\r\n\r\n",
    ):
        refused(request, 400, "malformed")


def test_lengths_that_lie_are_refused():
    for length in (b"-5", b"abc", b"1e3", b"", b"9999999999", b"1\r\nContent-Length: 1"):
        refused(b"PUT / HTTP/1.1\r\nContent-Length: " + length + b"\r\n\r\n", 400, "malformed")


def test_chunked_bodies_are_refused():
    refused(b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501, "malformed")


def test_a_body_larger_than_the_route_takes_is_refused():
    refused(b"PUT /api/v1/status HTTP/1.1\r\nContent-Length: 5000\r\n\r\n", 413, "too-large")


def test_a_body_cut_short_ends_the_connection():
    answer, server = ask(b"PUT /api/v1/status HTTP/1.1\r\nContent-Length: 50\r\n\r\nshort")
    assert answer is None or answer.status in (400, 405)
    assert server.open == 0


def test_one_who_connects_and_says_nothing_is_dropped_in_time():
    async def scenario(server):
        server.head_time = 0.05
        assert await exchange(server, [b"GET / HT"], silent=True) is None
        assert server.refused == {"slow": 1}
        assert server.open == 0

    run(scenario)


def test_one_who_waits_makes_room_for_one_who_asks():
    async def scenario(server):
        server.context.hub.publish(reading())
        idle = [Writer() for _ in range(server.limit)]
        tasks = [asyncio.create_task(server.serve(Reader([], True), writer)) for writer in idle]
        await asyncio.sleep(0.02)
        assert server.open == server.limit
        answer = await exchange(server, get("/api/v1/measurement"))
        assert answer.status == 200
        assert idle[0].closed and not idle[1].closed
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0.01)
        assert server.open == 0

    run(scenario)


def test_a_flood_is_closed_without_a_word():
    async def scenario(server):
        request = get("/api/v1/stream")
        server.streams_limit = server.limit
        tasks = []
        for _ in range(server.limit):
            tasks.append(asyncio.create_task(server.serve(Reader([request], True), Writer())))
        await asyncio.sleep(0.05)
        writers = [Writer() for _ in range(20)]
        for writer in writers:
            tasks.append(asyncio.create_task(server.serve(Reader([request], True), writer)))
        await asyncio.sleep(0.05)
        assert server.streams == server.limit
        told = [w for w in writers if w.data.startswith(b"HTTP/1.0 503")]
        silent = [w for w in writers if w.closed and not w.data]
        assert len(told) == 2 and len(silent) == 18
        assert server.open == server.limit + 2
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0.05)
        assert server.open == 0

    run(scenario)


def test_too_many_streams_get_a_reason():
    async def scenario(server):
        server.context.hub.publish(reading())
        tasks = []
        for _ in range(server.streams_limit):
            serve = server.serve(Reader([get("/api/v1/stream")], True), Writer())
            tasks.append(asyncio.create_task(serve))
        await asyncio.sleep(0.05)
        assert server.streams == server.streams_limit
        answer = await exchange(server, get("/api/v1/stream"))
        assert answer.status == 503
        assert json.loads(answer.body)["error"] == "stream:busy"
        assert answer.headers["retry-after"] == "10"
        answer = await exchange(server, get("/api/v1/measurement"))
        assert answer.status == 200
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0.05)
        assert server.streams == 0
        assert server.context.hub.consumers == []

    run(scenario)


def test_errors_are_json_with_the_right_status():
    for request, status, error in (
        (get("/nothing/here"), 404, "http:not-found"),
        (get("/api/v1/measurement", method="PUT"), 405, "http:method"),
        (get("/api/v1/measurement", token=None), 401, "access:credential-required"),
        (get("/api/v1/measurement", token="wrong"), 401, "access:credential-required"),
    ):
        answer, _ = ask(request)
        assert answer.status == status
        assert json.loads(answer.body)["error"] == error
    answer, _ = ask(get("/api/v1/measurement", method="PUT"))
    assert "GET" in answer.headers["allow"]
    answer, _ = ask(get("/api/v1/measurement", token=None))
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_handler_that_fails_is_answered_and_nothing_leaks():
    async def scenario(server):
        def broken():
            raise RuntimeError("the key is 0123")

        server.context.status.members = broken
        answer = await exchange(server, get("/api/v1/status", TOKEN))
        assert answer.status == 500
        assert b"0123" not in answer.body
        assert json.loads(answer.body)["error"] == "server:failed"
        assert server.open == 0
        assert server.refused == {"failed": 1}

    run(scenario)
