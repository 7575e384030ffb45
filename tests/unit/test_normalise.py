"""From a telegram to the measurement text of FORMAT.md."""

import json

import timestamp
from firmware.meter import measurement
from firmware.meter.normalise import Normaliser
from telegram import Telegram

ZONE = timestamp.Zone("CET-1CEST,M3.5.0,M10.5.0/3")


def _text(reading, **options):
    document = measurement.Document()
    measurement.write(document, reading, "obisgate-1a2b3c", 14011800, **options)
    return bytes(document.data()).decode()


def _reading(items, time=(2021, 9, 27, 9, 47, 15, 120, True), now=None):
    return Normaliser(ZONE).reading(Telegram(items, time), 0, now)


def test_measurement_text_is_exact_and_in_the_order_of_f():
    reading = _reading(
        [
            ("1-0:32.7.0", (2337, -1), "V"),
            ("0-0:96.1.0", "181220000009", None),
            ("1-0:13.7.0", (1000, -3), ""),
            ("1-0:1.8.0", (12937, -3), "kWh"),
        ]
    )
    assert _text(reading) == (
        '{"api_version":"v1","name":"obisgate-1a2b3c","sma_time":14011.8,'
        '"0-0:1.0.0":{"value":"2021-09-27T09:47:15+02:00","time":1632728835},'
        '"1-0:1.8.0":{"value":12937,"time":1632728835},'
        '"1-0:32.7.0":{"value":233.7,"time":1632728835},'
        '"1-0:13.7.0":{"value":1.000,"time":1632728835},'
        '"0-0:96.1.0":{"value":"181220000009","time":1632728835}}'
    )


def test_channel_one_has_twins_on_channel_zero():
    values = _reading([("1-1:1.8.0", (5, 0), "Wh"), ("1-1:3.8.1", (6, 0), "varh")]).values
    assert values["1-0:1.8.0"] == values["1-1:1.8.0"]
    assert values["1-0:3.8.1"] == values["1-1:3.8.1"]


def test_twin_does_not_replace_what_the_meter_sends_itself():
    values = _reading([("1-1:1.8.0", (5, 0), "Wh"), ("1-0:1.8.0", (9, 0), "Wh")]).values
    assert values["1-0:1.8.0"][0] == (9, 0)


def test_a_unit_of_another_kind_is_dropped_and_counted():
    normaliser = Normaliser(ZONE)
    telegram = Telegram([("1-0:1.8.0", (5, 0), "V"), ("1-0:1.7.0", (7, 0), "W")])
    reading = normaliser.reading(telegram, 0, 1700000000)
    assert list(reading.values) == ["1-0:1.7.0"]
    assert normaliser.dropped == {"malformed": 1}


def test_without_meter_time_the_adapters_clock_and_without_it_no_time():
    assert _reading([("1-0:1.7.0", (7, 0), "W")], None, 1700000000).time == 1700000000
    reading = _reading([("1-0:1.7.0", (7, 0), "W")], None, None)
    assert '"1-0:1.7.0":{"value":7}' in _text(reading)


def test_all_codes_on_demand_and_absent_ones_empty():
    parsed = json.loads(_text(_reading([("1-0:1.7.0", (7, 0), "W")]), everything=True))
    assert parsed["1-0:2.7.0"] == {}
    assert parsed["1-0:1.7.0"]["value"] == 7


def test_codes_beyond_f_come_last_and_text_is_escaped():
    text = _text(_reading([("1-0:21.7.0", (1, 0), "W"), ("0-0:96.13.0", 'a"b\\c\n\x01', None)]))
    assert text.index("96.13.0") < text.index("21.7.0")
    assert json.loads(text)["0-0:96.13.0"]["value"] == 'a"b\\c\n\x01'


def test_not_available_is_absent():
    assert "32.7.0" not in _text(_reading([("1-0:32.7.0", None, "V")]))
