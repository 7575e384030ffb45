"""tools/decode.py: cases by the line, plain data, and errors that name stage and cause."""

import json

from dlms_meter import AUTH_KEY, KEY, PLAIN, ciphered, hdlc, segments

from keys import Keys
from support import telegrams, unhex
from tools import decode_core


class _Out:
    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


def _hex(data) -> str:
    return "".join(["%02X" % octet for octet in data])


def _case(**fields) -> dict:
    out = _Out()
    decode_core.case(json.dumps(fields), out)
    assert out.text.endswith("\n") and out.text.count("\n") == 1
    return json.loads(out.text)


_MEASUREMENT = {
    "0-0:1.0.0": {"value": "2021-09-27T09:47:15+02:00"},
    "1-0:1.8.0": {"value": 12505},
    "1-0:1.7.0": {"value": 1055},
    "0-0:96.1.0": {"value": "181220000009"},
}


def test_a_case_gives_its_measurements():
    frames = [_hex(frame) for frame in segments(ciphered(PLAIN), 60)]
    result = _case(id="a", frames_hex=frames, key_hex=_hex(KEY), auth_key_hex=None, profile=None)
    assert result == {"id": "a", "measurements": [_MEASUREMENT], "dropped": {}}


def test_each_telegram_of_a_case_is_one_measurement():
    frames = [_hex(hdlc(ciphered(PLAIN, n))) for n in (1, 2, 2)]
    result = _case(id=7, frames_hex=frames, key_hex=_hex(KEY))
    assert result == {"id": 7, "measurements": [_MEASUREMENT] * 2, "dropped": {"replay": 1}}


def test_bad_cases_stop_nothing():
    lines = [
        "no json",
        "[]",
        '{"id": "b"}',
        '{"id": "c", "frames_hex": ["0"]}',
        '{"id": "d", "frames_hex": ["00", 7]}',
        '{"id": "e", "frames_hex": [], "key_hex": "zz"}',
        "",
        json.dumps({"id": "f", "frames_hex": [_hex(hdlc(PLAIN))], "profile": "nobody"}),
    ]
    out = _Out()
    assert decode_core.run({"jsonl": True}, lines, out, _Out()) == 0
    results = [json.loads(line) for line in out.text.split("\n") if line]
    assert [result["id"] for result in results] == [None, None, "b", "c", "d", "e", "f"]
    for result in results[:-1]:
        assert result["measurements"] == [] and result["dropped"]["malformed"] == 1
    assert results[-1]["measurements"] == [_MEASUREMENT]


def test_numbers_keep_their_digits():
    body = unhex("0206 0906 01000D0700FF 12 03E8 0202 0FFD 16FF 0906 0100010800FF 06 FFFFFFFE")
    out = _Out()
    frame = hdlc(PLAIN[:18] + body + b"")
    decode_core.case(json.dumps({"id": 1, "frames_hex": [_hex(frame)]}), out)
    assert '"1-0:13.7.0": {"value": 1.000}' not in out.text  # malformed: six announced, five there
    frame = hdlc(PLAIN[:18] + b"\x02\x05" + body[2:])
    out = _Out()
    decode_core.case(json.dumps({"id": 1, "frames_hex": [_hex(frame)]}), out)
    assert '"1-0:13.7.0": {"value": 1.000}' in out.text
    assert '"1-0:1.8.0": {"value": 4294967294}' in out.text


def test_profile_narrows_the_framings():
    frame = [_hex(hdlc(ciphered(PLAIN)))]
    result = _case(id=1, frames_hex=frame, key_hex=_hex(KEY), profile="wienernetze-im350")
    assert len(result["measurements"]) == 1
    result = _case(id=1, frames_hex=frame, key_hex=_hex(KEY), profile="netznoe-kaifa")
    assert result["measurements"] == [] and result["dropped"]


def _plain(data, keys=None, explain=False) -> tuple:
    out, errors = _Out(), _Out()
    status = decode_core.plain(data, keys or Keys(KEY), {"explain": explain}, out, errors)
    return status, out.text, errors.text


def test_plain_data_gives_measurements_of_the_format():
    status, out, errors = _plain(hdlc(ciphered(PLAIN, 1)) + hdlc(ciphered(PLAIN, 2)))
    assert status == 0 and errors == ""
    lines = [json.loads(line) for line in out.split("\n") if line]
    assert len(lines) == 2
    assert lines[0]["api_version"] == "v1"
    assert lines[0]["1-0:1.8.0"] == {"value": 12505, "time": 1632728835}


def test_errors_name_stage_and_cause():
    status, out, errors = _plain(hdlc(ciphered(PLAIN)), Keys())
    assert (status, out) == (1, "")
    assert errors.startswith("decode: security: key-required (1): system title 4142430001020304")
    status, _, errors = _plain(hdlc(ciphered(PLAIN)), Keys(AUTH_KEY))
    assert status == 1 and errors.startswith("decode: security: key-wrong (1)")
    damaged = bytearray(hdlc(PLAIN))
    damaged[30] ^= 1
    status, _, errors = _plain(damaged)
    assert status == 1 and errors.startswith("decode: link: fcs (1)")
    status, _, errors = _plain(hdlc(PLAIN[:18] + b"\x02\x01\x11\x01"))
    assert status == 1
    assert errors == "decode: application: not-recognised (1): structure(u8)\n"
    status, _, errors = _plain(b"")
    assert status == 1 and errors.startswith("decode: link: nothing")


def test_noise_around_a_telegram_is_no_failure():
    status, _, errors = _plain(b"\x01\x02\x03" + hdlc(PLAIN))
    assert status == 0 and errors == "decode: link: noise (1)\n"


def test_explain_shows_every_layer():
    status, out, _ = _plain(b"".join(segments(ciphered(PLAIN), 60)), explain=True)
    layers = [line.split(" ")[0] for line in out.split("\n")]
    wanted = ["frame", "segment", "ciphered", "security", "apdu", "tree", "list"]
    for layer in wanted:
        assert layer in layers, layer
    assert "u32 12505" in out
    assert _hex(KEY) not in out


def test_recorded_telegrams_by_the_line():
    for entry in telegrams("dlms"):
        result = _case(
            id=entry["id"],
            frames_hex=entry["frames_hex"],
            key_hex=entry["key_hex"],
            auth_key_hex=entry["auth_key_hex"],
        )
        opened = entry["class"] not in ("framing-only", "corrupt", "fragment")
        assert len(result["measurements"]) == opened, entry["id"]
        if entry["id"] == "evn-kaifa-ma309m-doc":
            found = result["measurements"][0]
            assert found["1-0:1.8.0"] == {"value": 12937}
            assert found["1-0:32.7.0"] == {"value": 233.7}
            assert found["1-0:13.7.0"] == {"value": 1.0}
            assert found["0-0:96.1.0"] == {"value": "181220000009"}
            assert found["0-0:1.0.0"] == {"value": "2021-09-27T09:47:15+02:00"}
