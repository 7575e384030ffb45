"""The measurement, status, format and window resources of FORMAT.md."""

import json

from microdot import Response
from microdot.microdot import urldecode

import quantity
from firmware import clock
from firmware.meter import measurement as writer
from firmware.web.routes import Problem

_JSON = "application/json; charset=utf-8"


def current(context):
    """Return the reading in force. Raises Problem 503, with the meter's cause, where there is none."""
    reading = context.hub.latest()
    if reading is not None and context.hub.fresh():
        return reading
    status = context.status
    age = context.hub.age_ms()
    if reading is None:
        raise Problem(503, "measurement:none", _why(status))
    raise Problem(
        503,
        "measurement:stale",
        "the last telegram came %d s ago; %s" % (age // 1000, _why(status)),
    )


def _why(status) -> str:
    # Lazy: only needed while no readings come.
    from firmware.meter import causes

    cause = causes.CAUSES.get(status.cause)
    if status.cause and cause:
        return "%s: %s" % (status.cause, cause[1])
    return "meter: " + status.state


def measurement(server, request):
    """Answer the latest measurement; `?all=1` lists every code of F."""
    context = server.context
    reading = current(context)
    everything = request.args.get("all") == "1"
    document = server.document
    writer.write(document, reading, context.device.name, clock.uptime_ms(), everything)
    return document_response(document)


def document_response(document, media_type: str = _JSON) -> Response:
    """Return a Response whose body lies in a document; it is sent before anything else can run."""
    return Response(
        document.data(),
        200,
        {"Content-Type": media_type, "Content-Length": str(document.length)},
    )


def obis_value(server, request, code: str):
    """Answer one value as plain text; 404 where the meter does not send the code."""
    reading = current(server.context)
    entry = reading.values.get(urldecode(code))
    if entry is None or entry[0] is None:
        raise Problem(404, "obis:absent", "the meter does not send this code now")
    value = entry[0]
    return quantity.text(value[0], value[1]) if isinstance(value, tuple) else value


def status(server, request):
    """Answer the state of meter and adapter, with the official adapter's field names where it has them."""
    members = server.context.status.members()
    return Response(_pieces(_members(server, members)), 200, {"Content-Type": _JSON})


def _pieces(members):
    """Yield an object's JSON text member by member: as one text it would need the RAM in one piece."""
    separator = "{"
    for name, value in members:
        yield '%s"%s":%s' % (separator, name, json.dumps(value))
        separator = ","
    yield "}"


def _members(server, members):
    """Yield the status's members, and the names under which the utilities' adapter tells the same."""
    for name, value in members:
        if name == "meter":
            value["name"] = value.get("profile")
            value["interface"] = value.get("port")
            yield "meter_valid_package_cnt", value.get("telegrams", 0)
            yield "meter_invalid_package_cnt", sum(value.get("dropped", {}).values())
        elif name == "wifi":
            value["ip"] = value.get("address")
        elif name == "version":
            yield "fw_version", value
        elif name == "state":
            yield "sma_status", "running" if value == "ok" else value
            yield "sma_status_id", 2 if value == "ok" else 1
        elif name == "update":
            # A build that runs without slots stands in the only one there is.
            yield "partition", value.get("slot") or "a"
        yield name, value
    yield "web", server.snapshot()
    yield "login", False


def window(server, request):
    """Answer the 60-second ring: active power import and export by time (R1.2)."""
    document = server.document
    document.clear()
    separator = "["
    now_ms = clock.uptime_ms()
    for received, time, power_in, power_out in server.context.hub.window():
        document.write(separator + '{"age_ms":%d' % (now_ms - received))
        if time is not None:
            document.write(',"time":%d' % time)
        if power_in is not None:
            document.write(',"1-0:1.7.0":' + quantity.text(*power_in))
        if power_out is not None:
            document.write(',"1-0:2.7.0":' + quantity.text(*power_out))
        document.write("}")
        separator = ","
    document.write("[]" if separator == "[" else "]")
    return document_response(document)
