"""The Prometheus text of `/metrics`: base units, `_total` counters, labels for phases and tariffs.

Metric names follow Prometheus' own rules, so they carry the unit and not the OBIS code; the code is in
FORMAT.md's measurement. What the meter does not send is absent.
"""

from microdot import Response

import quantity
from firmware import clock

_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_DIRECTIONS = (
    (1, "active", "import"),
    (2, "active", "export"),
    (3, "reactive", "import"),
    (4, "reactive", "export"),
)
_ENERGY_UNIT = {"active": "watthours", "reactive": "varhours"}
_POWER_UNIT = {"active": "watts", "reactive": "vars"}


def families() -> list:
    """Return rows (metric, type, help, ((labels, OBIS code), …)) of what a meter may send."""
    rows = []
    for kind in ("active", "reactive"):
        samples = []
        for group, its_kind, direction in _DIRECTIONS:
            if its_kind == kind:
                for tariff in range(5):
                    name = "all" if tariff == 0 else str(tariff)
                    labels = 'direction="%s",tariff="%s"' % (direction, name)
                    samples.append((labels, "1-0:%d.8.%d" % (group, tariff)))
        name = "smartmeter_%s_energy_%s_total" % (kind, _ENERGY_UNIT[kind])
        rows.append((name, "counter", "Meter reading of %s energy." % kind, samples))
    for kind in ("active", "reactive"):
        samples = [
            ('direction="%s"' % direction, "1-0:%d.7.0" % group)
            for group, its_kind, direction in _DIRECTIONS
            if its_kind == kind
        ]
        name = "smartmeter_%s_power_%s" % (kind, _POWER_UNIT[kind])
        rows.append((name, "gauge", "Momentary %s power." % kind, samples))
    for name, first, text in (
        ("smartmeter_voltage_volts", 32, "Voltage of a phase."),
        ("smartmeter_current_amperes", 31, "Current of a phase."),
        ("smartmeter_phase_power_factor_ratio", 33, "Power factor of a phase."),
        ("smartmeter_phase_angle_degrees", None, "Angle between voltage and current of a phase."),
    ):
        samples = []
        for phase in (1, 2, 3):
            code = (
                "1-0:81.7.%d" % (29 + 11 * phase)
                if first is None
                else "1-0:%d.7.0" % (first + 20 * phase - 20)
            )
            samples.append(('phase="l%d"' % phase, code))
        rows.append((name, "gauge", text, samples))
    rows.append(
        (
            "smartmeter_power_factor_ratio",
            "gauge",
            "Power factor of all phases.",
            [("", "1-0:13.7.0")],
        )
    )
    return rows


def metrics(server, request):
    """Answer the current values and the adapter's counters."""
    return Response(_pieces(server), 200, {"Content-Type": _TYPE})


def _pieces(server):
    context = server.context
    reading = context.hub.latest() if context.hub.fresh() else None
    if reading is not None:
        for name, kind, text, samples in families():
            piece = _family(name, kind, text, samples, reading)
            if piece:
                yield piece
    yield from _adapter(server, reading)


def _family(name: str, kind: str, text: str, samples, reading) -> str:
    lines = []
    for labels, code in samples:
        value = reading.number(code)
        if value is not None:
            lines.append(_sample(name, labels, quantity.text(value[0], value[1])))
    if not lines:
        return ""
    return _header(name, kind, text) + "".join(lines)


def _header(name: str, kind: str, text: str) -> str:
    return "# HELP %s %s\n# TYPE %s %s\n" % (name, text, name, kind)


def _sample(name: str, labels: str, value) -> str:
    return "%s{%s} %s\n" % (name, labels, value) if labels else "%s %s\n" % (name, value)


def _adapter(server, reading):
    context = server.context
    whole = dict(context.status.members())
    meter = whole.get("meter") or {}
    yield _one(
        "smartmeter_up", "gauge", "1 while current readings are there.", 1 if reading else 0
    )
    age = context.hub.age_ms()
    if age is not None:
        yield _one(
            "smartmeter_reading_age_seconds", "gauge", "Time since the latest telegram.",
            quantity.text(age, -3),
        )  # fmt: skip
    if reading is not None and reading.time is not None:
        yield _one(
            "smartmeter_reading_timestamp_seconds", "gauge", "The meter's own time of the latest telegram.",
            reading.time,
        )  # fmt: skip
    if context.hub.interval_ms:
        yield _one(
            "smartmeter_push_interval_seconds", "gauge", "The meter's push interval as learned.",
            quantity.text(context.hub.interval_ms, -3),
        )  # fmt: skip
    name = "smartmeter_telegrams_total"
    yield _header(name, "counter", "Telegrams by result: decoded, or dropped with the cause.")
    yield _sample(name, 'result="ok"', meter.get("telegrams", 0))
    for cause, count in meter.get("dropped", {}).items():
        yield _sample(name, 'result="%s"' % cause, count)
    yield _one(
        "obisgate_uptime_seconds",
        "gauge",
        "Time since start.",
        quantity.text(clock.uptime_ms(), -3),
    )
    heap = whole["heap"]
    yield _one("obisgate_heap_used_bytes", "gauge", "Heap in use.", heap["used"])
    yield _one("obisgate_heap_free_bytes", "gauge", "Heap free.", heap["free"])
    yield _one("obisgate_http_requests_total", "counter", "Requests answered.", server.requests)
    mqtt = whole.get("mqtt") or {}
    if "published" in mqtt:
        yield _one(
            "obisgate_mqtt_published_total", "counter", "Readings published.", mqtt["published"]
        )
        online = 1 if mqtt.get("state") == "online" else 0
        yield _one("obisgate_mqtt_up", "gauge", "1 while connected to the broker.", online)
    labels = 'version="%s",name="%s"' % (whole["version"], _label(whole["name"]))
    name = "obisgate_build_info"
    yield _header(name, "gauge", "What runs.") + _sample(name, labels, 1)


def _one(name: str, kind: str, text: str, value) -> str:
    return _header(name, kind, text) + _sample(name, "", value)


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
