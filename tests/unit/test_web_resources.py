"""What the resources answer: exact digits, absent codes, reasons, Prometheus' text, the stream."""

import asyncio
import json

from web_fakes import TIME, Reader, Writer, exchange, get, reading, run

import obis
from firmware import clock
from firmware.web.server import Server
from support import temporary_folder


def ask(path, values=None, empty=False, method="GET", more="", received=None):
    async def scenario(server):
        if not empty:
            server.context.hub.publish(reading(values, received))
        return await exchange(server, get(path, method=method, more=more))

    return run(scenario)


def test_the_measurement_has_exactly_the_meters_digits():
    answer = ask("/api/v1/measurement", {"1-0:13.7.0": (1000, -3), "1-0:1.8.0": (16777217, 0)})
    assert b'"1-0:13.7.0":{"value":1.000,"time":%d}' % TIME in answer.body
    assert b'"1-0:1.8.0":{"value":16777217,' in answer.body
    assert b"1-0:2.8.0" not in answer.body


def test_all_lists_every_code_and_nothing_for_those_absent():
    document = json.loads(ask("/api/v1/measurement?all=1").body)
    assert document["1-0:4.8.4"] == {}
    assert document["1-0:1.8.0"]["value"] == 12937
    assert len(document) == 3 + len(obis.CODES.split())


def test_the_official_adapters_paths_and_credential_work():
    async def scenario(server):
        server.context.hub.publish(reading())
        bodies = []
        for path in (
            "/api/v1/measurement",
            "/api/v1/measurement.json",
            "/api/data/measurement.json",
        ):
            request = get(path, token=None, more="Authorization: TOKEN 0123456789abcdef\r\n")
            answer = await exchange(server, request)
            assert answer.status == 200
            bodies.append(json.loads(answer.body))
        for body in bodies:
            body.pop("sma_time")
        assert bodies[0] == bodies[1] == bodies[2]
        for path in ("/api/v1/status", "/api/v1/status.json", "/api/sma/status.json"):
            answer = await exchange(server, get(path))
            status = json.loads(answer.body)
            assert status["meter_valid_package_cnt"] == 3
            assert status["meter_invalid_package_cnt"] == 3
            assert status["fw_version"] == "0.1.0"
            assert status["sma_status_id"] == 1

    run(scenario)


def test_without_a_reading_there_is_a_reason():
    answer = ask("/api/v1/measurement", empty=True)
    assert answer.status == 503
    problem = json.loads(answer.body)
    assert problem["error"] == "measurement:none"
    assert problem["detail"].startswith("line:no-signal: The meter sends nothing")


def test_a_stale_reading_is_not_answered():
    answer = ask("/api/v1/measurement", received=clock.uptime_ms() - 200000)
    assert answer.status == 503
    problem = json.loads(answer.body)
    assert problem["error"] == "measurement:stale"
    assert "200 s ago" in problem["detail"]


def test_one_value_is_plain_text():
    for path in ("/api/v1/obis/1-0:32.7.0", "/api/v1/obis/1-0%3A32.7.0"):
        answer = ask(path)
        assert answer.status == 200 and answer.body == b"233.7"
        assert answer.headers["content-type"].startswith("text/plain")
    assert ask("/api/v1/obis/0-0:96.1.0").body == b"181220000009"
    assert ask("/api/v1/obis/1-0:99.9.9").status == 404
    assert ask("/api/v1/obis/").status == 404
    assert ask("/api/v1/obis/a/b").status == 404


def test_the_window_holds_a_minute_of_power():
    answer = json.loads(ask("/api/v1/window").body)
    assert len(answer) == 1
    assert answer[0]["1-0:1.7.0"] == 423 and answer[0]["1-0:2.7.0"] == 0
    assert answer[0]["time"] == TIME and 0 <= answer[0]["age_ms"] < 5000
    assert json.loads(ask("/api/v1/window", empty=True).body) == []
    only = json.loads(ask("/api/v1/window", {"1-0:1.7.0": (5, -1)}).body)
    assert "1-0:2.7.0" not in only[0]


def test_prometheus_text():
    text = ask("/metrics").body.decode()
    for line in (
        "# TYPE smartmeter_active_energy_watthours_total counter",
        'smartmeter_active_energy_watthours_total{direction="import",tariff="all"} 12937',
        'smartmeter_active_power_watts{direction="import"} 423',
        'smartmeter_active_power_watts{direction="export"} 0',
        'smartmeter_voltage_volts{phase="l1"} 233.7',
        'smartmeter_telegrams_total{result="ok"} 3',
        'smartmeter_telegrams_total{result="checksum"} 2',
        "smartmeter_up 1",
    ):
        assert line + "\n" in text, line
    assert "smartmeter_current" not in text


def test_prometheus_shows_no_values_of_a_silent_meter():
    text = ask("/metrics", received=clock.uptime_ms() - 200000).body.decode()
    assert "smartmeter_up 0\n" in text
    assert "watthours" not in text


def test_security_txt():
    assert ask("/security.txt").status == 301
    folder = Server.page_folder
    try:
        with temporary_folder() as root:
            Server.page_folder = root + "/"
            assert ask("/.well-known/security.txt").status == 404
            with open(root + "/security.txt", "w") as file:
                file.write("Contact: mailto:x@example.org\n")
            answer = ask("/.well-known/security.txt")
            assert (answer.status, answer.body) == (200, b"Contact: mailto:x@example.org\n")
    finally:
        Server.page_folder = folder


def test_options_names_the_methods():
    answer = ask("/api/v1/tokens", method="OPTIONS")
    assert answer.status == 204
    assert answer.headers["allow"] == "GET, POST, HEAD, OPTIONS"


def events(data: bytes) -> list:
    """Return [(event, data)] of an event stream."""
    found = []
    for block in data.partition(b"\r\n\r\n")[2].decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def test_the_stream_gives_status_and_each_measurement():
    async def scenario(server):
        writer = Writer()
        task = asyncio.create_task(server.serve(Reader([get("/api/v1/stream")], True), writer))
        await asyncio.sleep(0.02)
        server.context.hub.publish(reading())
        await asyncio.sleep(0.02)
        server.context.hub.publish(reading({"1-0:1.7.0": (7, 0)}))
        await asyncio.sleep(0.02)
        got = events(writer.data)
        assert [event for event, _ in got] == ["status", "measurement", "measurement"]
        assert got[0][1]["state"] == "searching" and got[0][1]["version"] == "0.1.0"
        assert got[1][1]["1-0:1.8.0"]["value"] == 12937
        assert got[2][1]["1-0:1.7.0"]["value"] == 7
        assert b"Content-Type: text/event-stream" in writer.data
        task.cancel()
        await asyncio.sleep(0.01)
        assert server.streams == 0 and server.context.hub.consumers == []

    run(scenario)


def test_a_client_that_takes_nothing_holds_nobody_up():
    async def scenario(server):
        slow, quick = Writer(), Writer()
        request = get("/api/v1/stream")
        tasks = [
            asyncio.create_task(server.serve(Reader([request], True), slow)),
            asyncio.create_task(server.serve(Reader([request], True), quick)),
        ]
        await asyncio.sleep(0.02)
        slow.stalled = True
        for power in range(20):
            server.context.hub.publish(reading({"1-0:1.7.0": (power, 0)}))
            await asyncio.sleep(0.005)
        powers = [
            data["1-0:1.7.0"]["value"]
            for event, data in events(quick.data)
            if event == "measurement"
        ]
        assert powers == list(range(20))
        # The one who stalls got one event into its socket; the others were dropped, not kept.
        assert len(events(slow.data)) <= 2
        assert max(consumer.skipped for consumer in server.context.hub.consumers) >= 18
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0.01)

    run(scenario)
