"""`decode.py --mep` over recorded exchanges."""

import io
import json

from support import telegrams
from tools import decode_mep


def _decode(entries, default_key=None):
    out = io.StringIO()
    lines = [json.dumps(entry) for entry in entries]
    status = decode_mep.run(iter(lines), out, default_key)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def _entries():
    return {entry["id"]: entry for entry in telegrams("mep")}


def test_every_recorded_exchange_gives_one_line():
    entries = [entry for entry in telegrams("mep") if entry["protocol"] == "mep-rc4-auth"]
    _, results = _decode(entries)
    assert [result["id"] for result in results] == [entry["id"] for entry in entries]
    for entry, result in zip(entries, results):
        if not entry["request_hex"]:
            continue
        assert result["digest"] == ("checked" if entry["key"] else "not checked: no key")
        expected = entry["expected"].get("response")
        if expected and entry["response_hex"]:
            text = expected["code_text"].replace("unrecognized", "unrecognised")
            assert result["response"].split()[0] == text.split()[0], entry["id"]
            assert "not believed" not in result["response"]


def test_a_described_meter_gives_measurements():
    entries = _entries()
    names = ["c-bt21-nodemand", "c-bt22", "c-bt27", "c-bt28-55", "c-bt01", "c-et03-serial"]
    direct = dict(entries["c-bt15"])
    status, results = _decode([direct] + [entries[name] for name in names])
    assert status == 0
    assert results[0]["transformers"] == [40, 1]
    values = results[4]["measurement"]
    assert values["1-0:1.7.0"]["value"] == 399
    assert values["1-0:9.7.0"]["value"] == 40 * 1491
    assert results[5]["model"] == "NES 83332-3I" and results[5]["firmware"] == "3.70.12"
    assert results[6]["serial"] == "0123456789ABC"


def test_registers_of_a_meter_not_described_are_shown_as_they_are():
    status, results = _decode([_entries()["dg-bt23-44"]])
    assert status == 0
    assert results[0]["registers"] == [0, 0, 0, 0, 8, 3, 0, 0, 0, 0, 6]


def test_what_is_not_believed_is_named():
    entries = _entries()
    status, results = _decode([entries["c-stream-bitflip"], entries["c-stream-late"]])
    assert status == 1
    assert [result["response"] for result in results] == ["not believed: checksum"] * 2
    wrong = dict(entries["dg-bt23-44"])
    wrong["key"] = "00" * 16
    status, results = _decode([wrong])
    assert status == 1 and results[0]["request"] == "not signed with this key"


def test_encrypted_exchanges():
    entries = []
    for entry in telegrams("mep"):
        if entry["protocol"] == "mep-rc4-encrypted":
            entry["encrypted"] = True
            entries.append(entry)
    status, results = _decode(entries)
    assert status == 0
    assert results[0]["registers"][0] == 399
    assert results[1]["next_sequence"] == "8e2c0124"


def test_a_key_for_all_lines():
    entry = dict(_entries()["c-et03-serial"])
    key = entry.pop("key")
    assert _decode([entry], key)[1][0]["digest"] == "checked"
    assert _decode([entry])[1][0]["digest"] == "not checked: no key"


def test_lines_that_are_none_do_no_harm():
    out = io.StringIO()
    lines = ["", "{", "[]", '{"id": 1, "request_hex": "zz"}', '{"id": 2}', '{"id": 3, "key": "x"}']
    assert decode_mep.run(iter(lines), out) == 1
    for line in out.getvalue().splitlines():
        json.loads(line)
