"""What a meter's tables say once its own description of them has been read."""

from c1219 import exchange, registers, request
from c1219.exchange import Exchange
from c1219.meter import Meter
from support import raises, telegrams, unhex

DESCRIPTION = ["c-bt00", "c-bt01", "c-bt21-nodemand", "c-bt22", "c-bt27"]


def _entries():
    return {entry["id"]: entry for entry in telegrams("mep")}


def _absorb(meter, entry):
    """Have a meter absorb a recorded exchange; return its items as {code: (value, unit)}."""
    asked = entry["expected"]["request"]
    if entry["key"]:
        session = Exchange(unhex(entry["key"])[:16])
        session.resume(unhex(entry["request_hex"]))
        assert session.open(bytearray(unhex(entry["response_hex"]))) == exchange.OK
        data = bytes(session.data)
    else:
        # Captured in the field: its key was never published.
        data = unhex(entry["expected"]["response"]["data_hex"])
    items = meter.absorb(asked["table_id"], asked.get("offset") or 0, asked["count"], data)
    return {code: (value, unit) for code, value, unit in items}


def _meter(names=DESCRIPTION, transformers=(1, 1)):
    entries = _entries()
    meter = Meter()
    meter.absorb(request.BT15, 0, 17, _bt15(*transformers))
    for name in names:
        _absorb(meter, entries[name])
    return meter, entries


def _bt15(current, voltage):
    return bytes(9) + current.to_bytes(4, "little") + voltage.to_bytes(4, "little")


def _check_powers(found, expected):
    for name, code, exponent in (
        ("fwd_active_w", "1-0:1.7.0", 0),
        ("rev_active_w", "1-0:2.7.0", 0),
        ("import_var", "1-0:3.7.0", 0),
        ("export_var", "1-0:4.7.0", 0),
        ("i_l1_ma", "1-0:31.7.0", -3),
        ("i_l2_ma", "1-0:51.7.0", -3),
        ("i_l3_ma", "1-0:71.7.0", -3),
        ("u_l1_mv", "1-0:32.7.0", -3),
        ("u_l2_mv", "1-0:52.7.0", -3),
        ("u_l3_mv", "1-0:72.7.0", -3),
        ("pf_l1_permille", "1-0:33.7.0", -3),
        ("pf_l2_permille", "1-0:53.7.0", -3),
        ("pf_l3_permille", "1-0:73.7.0", -3),
        ("frequency_mhz", "1-0:14.7.0", -3),
        ("va_total", "1-0:9.7.0", 0),
        ("q1_var", "1-0:5.7.0", 0),
        ("q4_var", "1-0:8.7.0", 0),
        ("fwd_w_l1", "1-0:21.7.0", 0),
        ("fwd_w_l3", "1-0:61.7.0", 0),
        ("rev_w_l2", "1-0:42.7.0", 0),
    ):
        if name in expected:
            assert found[code][0] == (expected[name], exponent), code


def _check_energies(found, blocks):
    for tariff, block in enumerate(("total", "T0", "T1", "T2", "T3")):
        if block not in blocks:
            continue
        for name, group in (
            ("fwd_active_wh", 1),
            ("rev_active_wh", 2),
            ("import_reactive_varh", 3),
            ("export_reactive_varh", 4),
            ("fwd_plus_rev_wh", 15),
            ("fwd_minus_rev_wh", 16),
            ("q1_varh", 5),
            ("q4_varh", 8),
        ):
            if name in blocks[block]:
                code = "1-0:%d.8.%d" % (group, tariff)
                assert found[code][0] == (blocks[block][name], 0), code


def test_present_values_recorded_and_signed_anew():
    meter, entries = _meter()
    for name in ("field-issue4-bt28", "c-bt28-55", "c-bt28-export"):
        found = _absorb(meter, entries[name])
        _check_powers(found, entries[name]["expected"]["decoded"])
        assert len(found) == 25
    assert found["1-0:33.7.0"] == ((-990, -3), "")


def test_a_partial_read_gives_the_values_wholly_inside():
    meter, entries = _meter()
    found = _absorb(meter, entries["c-bt28-partial-26"])
    _check_powers(found, entries["c-bt28-partial-26"]["expected"]["decoded"])
    assert len(found) == 6


def test_prefixes_of_field_captures_decode_alike():
    meter, entries = _meter()
    for name in ("field-issue2-bt28-idx9-prefix", "field-issue10-bt28-prefix"):
        expected = entries[name]["expected"]
        expected = expected.get("decoded", expected)
        data = unhex(expected["response_prefix_hex"])[5:]
        data = data[: len(data) // 4 * 4]
        items = meter.absorb(request.BT28, 0, 512, data)
        found = {code: (value, unit) for code, value, unit in items if value}
        values = expected["values"]
        _check_powers(found, {key: values[key] for key in values if _index(key) < len(data) // 4})
        assert found["1-0:1.7.0"][0] == (values["fwd_active_w"], 0)
    expected = entries["field-issue2-bt23-idx13-prefix"]["expected"]["decoded"]
    data = unhex(expected["response_prefix_hex"])[5:]
    items = meter.absorb(request.BT23, 0, 512, data)
    found = {code: (value, unit) for code, value, unit in items if value}
    _check_energies(found, {"total": expected["values"]})


def _index(name):
    """The place of a value in BT28 by the guide's order, for those that captures lack."""
    return {"fwd_w_l3": 28, "rev_w_l2": 30, "q1_var": 22, "q4_var": 25}.get(name, 0)


def test_energies_recorded_and_signed_anew():
    meter, entries = _meter()
    names = ["field-issue2-bt23-idx8", "field-issue2-bt23-idx12", "field-issue2-bt23-idx19"]
    for name in names + ["c-bt23-nodemand"]:
        found = _absorb(meter, entries[name])
        _check_energies(found, entries[name]["expected"]["decoded"])
        assert len(found) == 30
        assert found["1-0:1.8.0"][1] == "Wh" and found["1-0:4.8.2"][1] == "varh"


def test_the_guides_own_exchange():
    meter, entries = _meter()
    found = _absorb(meter, entries["dg-bt23-44"])
    _check_energies(found, entries["dg-bt23-44"]["expected"]["decoded"])
    assert len(found) == 6


def test_a_meter_with_demands():
    names = ["c-bt00", "c-bt21-demand", "c-bt22-demand"]
    meter, entries = _meter(names)
    total = entries["c-bt23-demand-total"]
    found = _absorb(meter, total)
    _check_energies(found, total["expected"]["decoded"])
    assert found["1-0:1.6.0"] == ((total["expected"]["decoded"]["obis_1.6.0_w"], 0), "W")
    for tariff, name in ((1, "c-bt23-demand-T0-first4"), (4, "c-bt23-demand-T3-first4")):
        found = _absorb(meter, entries[name])
        _check_energies(found, entries[name]["expected"]["decoded"])
        assert sorted(found) == ["1-0:%d.8.%d" % (group, tariff) for group in (1, 2, 3, 4)]


def test_generation_4_in_two_parts():
    meter, entries = _meter(["c-bt00"])
    meter.absorb(request.BT21, 0, 10, unhex("030e00130000000800" + "54"))
    sources = unhex("00010203040506071a1b1c6c6d6e6f70717273")
    meter.absorb(request.BT22, 0, 19, sources)
    first = _absorb(meter, entries["c-bt23-gen4-part1"])
    # Block k of the recorded table counts up from 1000 * (k + 1).
    assert first["1-0:1.8.0"][0] == (1000, 0) and first["1-0:15.8.4"][0] == (5006, 0)
    assert first["1-0:8.8.0"][0] == (1014, 0)
    assert _absorb(meter, entries["c-bt23-gen4-part2"]) == {}


def test_nothing_is_decoded_beyond_what_came():
    meter, entries = _meter()
    data = unhex("5eb8ec03b30000007ee73d00b2")
    items = meter.absorb(request.BT23, 0, 44, data)
    found = {code: value for code, value, _ in items}
    assert found["1-0:3.8.0"] == (4056958, 0)
    assert found["1-0:4.8.0"] is None and found["1-0:15.8.0"] is None
    raises(ValueError, meter.absorb, request.BT23, 0, 12, data)


def test_registers_follow_their_sources_and_not_their_place():
    meter, entries = _meter(["c-bt00", "c-bt21-nodemand"])
    meter.absorb(request.BT22, 0, 11, bytes([3, 2, 1, 0, 26, 27, 28, 4, 5, 6, 7]))
    data = b"".join([bytes([i]) + bytes(3) for i in range(11)])
    found = {code: value for code, value, _ in meter.absorb(request.BT23, 0, 44, data)}
    assert found["1-0:4.8.0"] == (0, 0) and found["1-0:1.8.0"] == (3, 0)
    assert found["1-0:15.8.0"] == (9, 0) and "1-0:5.8.0" not in found


def test_transformers_are_counted_in():
    meter, entries = _meter(transformers=(40, 1))
    found = _absorb(meter, entries["c-bt28-55"])
    decoded = entries["c-bt28-55"]["expected"]["decoded"]
    # What the table has behind the transformers is taken from there …
    assert found["1-0:1.7.0"][0] == (decoded["fwd_w_post_ct"], 0)
    assert found["1-0:31.7.0"][0] == (decoded["i_l1_ma_post"], -3)
    assert found["1-0:41.7.0"][0] == (decoded["fwd_w_l2_post"], 0)
    # … and the rest is multiplied.
    assert found["1-0:9.7.0"][0] == (40 * decoded["va_total"], 0)
    assert found["1-0:32.7.0"][0] == (decoded["u_l1_mv"], -3)
    assert found["1-0:33.7.0"][0] == (decoded["pf_l1_permille"], -3)


def test_voltage_transformers_are_counted_in():
    meter, entries = _meter(transformers=(10, 200))
    found = _absorb(meter, entries["c-bt28-55"])
    decoded = entries["c-bt28-55"]["expected"]["decoded"]
    assert found["1-0:32.7.0"][0] == (200 * decoded["u_l1_mv"], -3)
    assert found["1-0:21.7.0"][0] == (2000 * decoded["fwd_w_l1"], 0)


def test_without_ratios_only_what_does_not_need_them():
    entries = _entries()
    meter = Meter()
    meter.refuse(request.BT15)
    for name in DESCRIPTION:
        _absorb(meter, entries[name])
    found = _absorb(meter, entries["c-bt28-55"])
    assert "1-0:32.7.0" not in found and "1-0:9.7.0" not in found
    decoded = entries["c-bt28-55"]["expected"]["decoded"]
    assert found["1-0:1.7.0"][0] == (decoded["fwd_w_post_ct"], 0)
    assert meter.totals is None
    meter.absorb(request.ET55, 197, 1, b"\x01")
    assert _absorb(meter, entries["c-bt23-nodemand"])["1-0:1.8.0"][0] == (65845342, 0)


def test_energies_of_a_transformer_meter_wait_for_their_unit():
    meter, entries = _meter(transformers=(40, 1))
    assert meter.totals is None
    meter.absorb(request.BT20, 0, 10, unhex("030e000b000000040037"))
    unit = entries["c-et55-unit"]
    asked = unit["expected"]["request"]
    read = (asked["table_id"], asked["offset"], asked["count"])
    assert meter.missing_for_energies() == read
    _absorb(meter, unit)
    found = _absorb(meter, entries["c-bt23-nodemand"])
    assert found["1-0:1.8.0"][0] == (65845342, 1)
    raises(ValueError, meter.absorb, request.ET55, 197, 1, b"\x07")


def test_a_changed_layout_version_has_all_read_again():
    meter, entries = _meter()
    _absorb(meter, entries["c-et04-idt"])
    assert meter.layout_version == 7 and meter.totals
    _absorb(meter, entries["c-et04-idt"])
    assert meter.totals
    meter.absorb(request.ET04, 116, 1, b"\x08")
    assert meter.totals is None and meter.present is None
    assert meter.missing_for_powers() is not None


def test_the_clock_has_its_zone_once_both_clocks_are_known():
    meter = Meter()
    meter.absorb(request.BT52, 0, 7, bytes([26, 7, 1, 12, 30, 5, 0x13]))
    assert meter.time == (2026, 7, 1, 12, 30, 5, 0, False)
    items = meter.absorb(request.BT55, 0, 9, bytes([26, 7, 1, 14, 30, 0, 0x6B, 1, 0]))
    assert items == [("0-0:96.14.0", (2, 0), "")]
    meter.absorb(request.BT52, 0, 7, bytes([26, 7, 1, 12, 30, 6, 0x13]))
    assert meter.time == (2026, 7, 1, 14, 30, 6, 120, True)
    meter.absorb(request.BT52, 0, 7, bytes([26, 7, 1, 22, 59, 59, 0x13]))
    assert meter.time == (2026, 7, 2, 0, 59, 59, 120, True)


def test_a_local_clock_read_long_before_does_not_move_the_zone():
    meter = Meter()
    meter.absorb(request.BT55, 0, 9, bytes([26, 7, 1, 14, 30, 0, 0x6B, 1, 0]))
    meter.absorb(request.BT52, 0, 7, bytes([26, 7, 1, 12, 30, 6, 0x13]))
    meter.absorb(request.BT55, 0, 9, bytes([26, 7, 1, 14, 31, 0, 0x6B, 1, 0]))
    meter.absorb(request.BT52, 0, 7, bytes([26, 7, 1, 12, 39, 0, 0x13]))
    assert meter.time == (2026, 7, 1, 14, 39, 0, 120, True)


def test_spans_cover_registers_and_no_more_than_a_read_may_ask_for():
    meter, _ = _meter()
    for limit in (64, 128, 448):
        spans = registers.spans(meter.totals + meter.tariffs, limit)
        for _, count in spans:
            assert count <= limit
        codes = []
        for offset, count in spans:
            codes += [item[0] for item in registers.decode(meter.totals, offset, count, b"")]
            codes += [item[0] for item in registers.decode(meter.tariffs, offset, count, b"")]
        assert sorted(codes) == sorted([r.code for r in meter.totals + meter.tariffs])
    assert len(registers.spans(meter.totals + meter.tariffs, 448)) == 1


def test_the_shape_says_how_the_meter_is_made_and_nothing_it_measured():
    meter, entries = _meter()
    _absorb(meter, entries["c-et03-serial"])
    _absorb(meter, entries["c-bt28-55"])
    shape = meter.shape()
    assert shape.startswith(
        "NES 83332-3I 3.70.12 dimensions 0,1,0,0,0,11,0,0,0,4,0,55 sums 0,1,2,"
    )
    assert "transformers 1,1" in shape and "refused" not in shape
    assert "0123456789ABC" not in shape and "225635" not in shape
    meter.refuse(request.ET04)
    assert meter.shape().endswith("refused %d" % request.ET04)
    assert Meter().shape() == ""
