"""`decode.py --mep`: recorded exchanges of a MEP port, one JSON object a line, on both runtimes.

A line is {"id", "request_hex", "response_hex", "key", "encrypted"}: a key in any form that operators hand
out, or null where it was never published (digests are not checked then); `encrypted` is true where RC4
was used. What the lines say of the meter's layout serves for those after them.
"""

import json

import timestamp
from c1219 import exchange, key, request, tables
from c1219.exchange import Exchange, Rejected
from c1219.meter import Meter
from c1219.packet import Packets
from firmware.meter import measurement
from firmware.meter.normalise import Normaliser
from telegram import Telegram

_CODES = {
    exchange.OK: "ok",
    exchange.UNRECOGNISED: "unrecognised request",
    exchange.UNSUPPORTED: "unsupported request",
    exchange.NO_PERMISSION: "no permission",
    exchange.NOT_POSSIBLE: "operation not possible",
    exchange.NO_SUCH_PART: "table operation not possible",
    exchange.NO_SESSION: "no TLS session",
    exchange.NOT_AUTHENTICATED: "authentication failure",
    exchange.WRONG_SEQUENCE: "invalid sequence number",
}

_READS = {0x30: "full read", 0x3F: "partial read"}
_WRITES = {0x40: "full write", 0x4F: "partial write"}


class _Result:
    """One line of output, its fields in the order in which they were found."""

    def __init__(self, identity):
        self._fields = ['{"id": %s' % json.dumps(identity)]

    def add(self, name: str, value):
        """Add a field with a value that JSON knows."""
        self.raw(name, json.dumps(value))

    def raw(self, name: str, text: str):
        """Add a field with its JSON text."""
        self._fields.append('"%s": %s' % (name, text))

    def line(self) -> str:
        return ", ".join(self._fields) + "}\n"


def _octets(text) -> bytes:
    return bytes.fromhex("".join((text or "").split()))


def table_name(table: int) -> str:
    """Return "BT23" for a standard table, "ET03" for a manufacturer's."""
    return "%s%02d" % ("ET" if table >> 11 else "BT", table & 0x7FF)


def _request(result: _Result, frame: bytes) -> "tuple | None":
    """Describe a request; return `(table, offset, count)` of a read."""
    if len(frame) < 19 or (frame[0] << 8 | frame[1]) != len(frame) - 2:
        result.add("request", "no request of a known form")
        return None
    service = _READS.get(frame[2]) or _WRITES.get(frame[2]) or "service 0x%02X" % frame[2]
    table = frame[3] << 8 | frame[4]
    at, offset = 5, None
    if frame[2] & 0x0F:
        offset = frame[5] << 16 | frame[6] << 8 | frame[7]
        at = 8
    count = frame[at] << 8 | frame[at + 1]
    text = "%s of %s" % (service, table_name(table))
    if offset is not None:
        text += " from %d" % offset
    result.add("request", "%s, %d octets" % (text, count))
    result.add("sequence", frame[-12:-8].hex())
    return (table, offset, count) if frame[2] in _READS else None


def _answer(result: _Result, session, packet: bytearray, is_read: bool) -> tuple:
    """Describe an answer; return (response code or None, data or None)."""
    code, data = packet[2], None
    try:
        if session is not None:
            code = session.open(packet)
            data = session.data
        elif code == exchange.OK and len(packet) >= 13:
            if (packet[3] << 8 | packet[4]) != len(packet) - 13:
                raise Rejected("length")
            data = packet[5:-8]
    except Rejected as cause:
        # What the firmware never asks for it does not understand either: a write is just confirmed.
        if is_read or str(cause) != "length" or len(packet) != 11:
            result.add("response", "not believed: %s" % cause)
            return None, None
        code = packet[2]
    result.add("response", _CODES.get(code, "code 0x%02X" % code))
    if code == exchange.WRONG_SEQUENCE:
        result.add("next_sequence", packet[3:7].hex())
    return code, None if data is None else bytes(data)


def _fields(result: _Result, meter: Meter, read: tuple, data: bytes, document) -> None:
    """Show what a table says."""
    table, offset, count = read
    meter.time = None
    try:
        items = meter.absorb(table, offset or 0, count, data)
    except ValueError as error:
        result.add("malformed", str(error))
        return
    if table in (request.BT23, request.BT28) and not items:
        values = [tables.integer(data, at) for at in range(0, len(data) - 3, 4)]
        result.add("registers", values)
    elif table not in (request.BT23, request.BT28, request.BT52, request.BT55):
        result.add("data", data.hex())
    if table == request.ET03:
        result.add("serial", meter.serial)
    elif table == request.BT01:
        result.add("model", "%s %s" % (meter.manufacturer, meter.model))
        result.add("firmware", "%d.%02d.%d" % meter.firmware)
    elif table == request.BT15:
        result.add("transformers", list(meter.transformers))
    if items or meter.time:
        telegram = Telegram(items, meter.time, meter.serial)
        reading = Normaliser(timestamp.Zone("UTC0")).reading(telegram, 0, None)
        document.clear()
        measurement.write(document, reading, "decode", 0)
        result.raw("measurement", bytes(document.data()).decode())


def run(lines, out, default_key: "str | None" = None) -> int:
    """Decode exchanges line by line; return 1 where an answer was not believed, else 0."""
    meters = {}
    document = measurement.Document()
    failed = False
    for line in lines:
        if not line.strip():
            continue
        result = None
        try:
            entry = json.loads(line)
            result = _Result(entry.get("id"))
            text = entry.get("key") or default_key
            secret = key.parse(text) if text else None
            frame = _octets(entry.get("request_hex"))
            session = None
            if secret:
                session = Exchange(secret, bool(entry.get("encrypted")))
                try:
                    session.resume(frame)
                except Rejected:
                    result.add("request", "not signed with this key")
                    failed = True
                    continue
                frame = bytes(session.asked)
            read = _request(result, frame)
            result.add("digest", "checked" if secret else "not checked: no key")
            packets = Packets()
            packets.feed(_octets(entry.get("response_hex")))
            code = None
            packet = packets.take()
            if packet is not None:
                code, data = _answer(result, session, bytearray(packet), read is not None)
                failed = failed or code is None
                if data is not None and read is not None:
                    meter = meters.setdefault(secret, Meter())
                    _fields(result, meter, read, data, document)
            if packets.alerts:
                result.add("alerts", packets.alerts)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            failed = True
            result = result or _Result(None)
            result.add("error", str(error))
        finally:
            if result is not None:
                out.write(result.line())
    return 1 if failed else 0
