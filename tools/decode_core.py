"""What tools/decode.py does, in code that runs on both runtimes.

On MicroPython: `micropython tools/decode_core.py OPTION...` with each OPTION a JSON object; cases or
hex octets come in by the line on stdin, and results go out as they do on CPython.
"""

import json
import sys

if sys.implementation.name == "micropython":
    _root = __file__.rsplit("/tools/", 1)[0] if "/tools/" in __file__ else "."
    sys.path[:0] = [_root + "/lib", _root]

import obis  # noqa: E402 - sys.path is set above
import quantity  # noqa: E402
import timestamp  # noqa: E402
from dlms.dropped import Dropped  # noqa: E402
from firmware.meter import measurement, profiles  # noqa: E402
from firmware.meter.normalise import Normaliser  # noqa: E402
from firmware.meter.recognise import TOOL_DECODERS, Recogniser  # noqa: E402
from keys import Keys  # noqa: E402

ZONE = "CET-1CEST,M3.5.0,M10.5.0/3"
_CHUNK = 512
_END = b"\r\n!\r\n"

_LINK = (
    "noise", "checksum", "length", "sequence", "truncated", "overflow", "hcs", "fcs", "crc",
)  # fmt: skip
_SECURITY = (
    "key-required", "key-wrong", "key-swapped", "tag", "replay", "compressed", "busy", "unsupported",
)  # fmt: skip


def stage(cause: str) -> str:
    """Return the stage at which a cause of loss arises: link, security or application."""
    if cause in _LINK:
        return "link"
    return "security" if cause in _SECURITY else "application"


def _octets(text) -> "bytes | None":
    return bytes.fromhex("".join(text.split())) if text else None


def _agreement(fields: dict, suffix: str = "") -> tuple:
    """Return the keys for key agreement: ours (private), the meter's two public ones."""
    from firmware.config import public_key

    private = _octets(fields.get("agreement_key" + suffix))
    meter = fields.get("meter_agreement_key" + suffix)
    signing = fields.get("signing_key" + suffix)
    return (
        private,
        public_key.parse(meter) if meter else b"",
        public_key.parse(signing) if signing else b"",
    )


class Decoding:
    """One decoder and what comes out of it. trace as for the decoders.

    agreement: keys for key agreement, as dlms.agreement.Request.steps takes them.
    """

    def __init__(self, keys: Keys, profile=None, trace=None, agreement=(None, b"", b"")):
        self.decoder = Recogniser(keys, profiles.find(profile), trace, TOOL_DECODERS)
        self._agreement = agreement
        self.records = []  # of all telegrams so far, as mbus.describe has them
        self._normaliser = Normaliser(timestamp.Zone(ZONE))
        self._begun = b""

    def feed(self, data):
        """Yield the Reading of each telegram that data completes."""
        self._begun = self._begun or bytes(data)
        view = memoryview(data)
        for at in range(0, len(view), _CHUNK):
            self.decoder.feed(view[at : at + _CHUNK])
            yield from self._readings()

    def end(self):
        """Yield the Readings that only the end of the data completes.

        P1 text is often published without its end; then the end is supplied.
        """
        begun = self._begun
        if begun[:1] == b"/" and begun.rstrip()[-1:] == b")" and b"\n!" not in begun:
            self.decoder.feed(_END)
        self.decoder.idle()
        yield from self._readings()

    def dropped(self) -> dict:
        """Return what was lost, by cause."""
        lost = dict(self.decoder.dropped)
        for cause, count in self._normaliser.dropped.items():
            lost[cause] = lost.get(cause, 0) + count
        return lost

    def _agree(self, request):
        from crypto.steps import finish

        try:
            secret, proven = finish(request.steps(*self._agreement))
        except Dropped as loss:
            secret, proven = loss, False
        self.decoder.agreed(request, secret, proven)

    def _readings(self):
        while True:
            telegram = self.decoder.take()
            if telegram is None:
                if self.decoder.wanted is None:
                    return
                self._agree(self.decoder.wanted)
                continue
            for record in self.decoder.records:
                from mbus.describe import describe

                self.records.append(describe(record, self.decoder.records))
            yield self._normaliser.reading(telegram, 0, None)


def case(line: str, out, records: bool = False) -> None:
    """Decode one case (a line of JSON) and write its result as one line to out; never raises for
    its content.

    records: with the M-Bus records of its telegrams.
    """
    document = measurement.Document()
    identity, parts, lost = None, [], {}
    found = []
    try:
        fields = json.loads(line)
        identity = fields.get("id")
        keys = Keys(_octets(fields.get("key_hex")), _octets(fields.get("auth_key_hex")))
        profile = fields.get("profile")
        if not profiles.find(profile):
            profile = None
        decoding = Decoding(keys, profile, None, _agreement(fields, "_hex"))
        for frame in fields["frames_hex"]:
            for reading in decoding.feed(_octets(frame) or b""):
                parts.append(_values(document, reading))
        for reading in decoding.end():
            parts.append(_values(document, reading))
        lost = decoding.dropped()
        found = decoding.records
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        lost = dict(lost)
        lost["malformed"] = lost.get("malformed", 0) + 1
        print("case %s: %s" % (identity, error), file=sys.stderr)
    out.write(
        '{"id": %s, "measurements": [%s], "dropped": %s%s}\n'
        % (
            json.dumps(identity),
            ", ".join(parts),
            json.dumps(lost),
            ', "records": ' + json.dumps(found) if records else "",
        )
    )


def _values(document: measurement.Document, reading) -> str:
    """Return {code: {"value": …}} of a Reading as JSON with exact numbers, codes of F first."""
    document.clear()
    codes = [code for code in obis.CODES.split() if code in reading.values]
    codes += sorted([code for code in reading.values if obis.position(code) < 0])
    separator = "{"
    for code in codes:
        value = reading.values[code][0]
        if value is None:
            continue
        document.write(separator)
        document.string(code)
        document.write(': {"value": ')
        if isinstance(value, tuple):
            document.write(quantity.text(value[0], value[1]))
        else:
            document.string(value)
        document.write("}")
        separator = ", "
    document.write("}" if separator == ", " else "{}")
    return bytes(document.data()).decode()


def plain(data, keys: Keys, options: dict, out, errors) -> int:
    """Write one measurement (FORMAT.md) for each telegram in data, and what was lost to errors.

    options: as for run. Returns the exit status: 1 where anything but noise was lost, or nothing
    was found.
    """
    details = []
    explain = options.get("explain")

    def trace(layer, text):
        if layer == "dropped":
            details.append(text)
        if explain:
            lines = text.split("\n")
            out.write("%-9s %s\n" % (layer, lines[0]))
            for line in lines[1:]:
                out.write("%-9s %s\n" % ("", line))

    document = measurement.Document()
    decoding = Decoding(keys, options.get("profile"), trace, _agreement(options))
    count = 0
    for step in (decoding.feed(data), decoding.end()):
        for reading in step:
            count += 1
            measurement.write(document, reading, "decode", 0)
            out.write(bytes(document.data()).decode() + "\n")
            if options.get("records"):
                for record in decoding.records:
                    out.write(json.dumps(record) + "\n")
                decoding.records.clear()
    lost = decoding.dropped() if len(data) else {}
    failed = not count
    for cause in sorted(lost):
        failed = failed or cause != "noise"
        detail = [text for text in details if text.startswith(cause + ":")]
        text = detail[0][len(cause) + 2 :] if detail else ""
        errors.write(
            "decode: %s: %s (%d)%s\n"
            % (stage(cause), cause, lost[cause], ": " + text if text else "")
        )
    if not count and not lost:
        errors.write("decode: link: nothing (0): no frame of any known protocol\n")
    return 1 if failed else 0


def run(options: dict, lines, out, errors) -> int:
    """Decode by options: {"jsonl": bool, "explain": bool, "records": bool, "key": hex, "auth_key":
    hex, "agreement_key": hex, "meter_agreement_key": hex, "signing_key": hex, "profile": id}.

    lines: an iterator of cases, or of hex octets. Returns the exit status.
    """
    if options.get("mep"):
        from tools import decode_mep

        return decode_mep.run(lines, out, options.get("key"))
    if options.get("jsonl"):
        for line in lines:
            if line.strip():
                case(line, out, bool(options.get("records")))
        return 0
    data = b"".join([bytes.fromhex(line.strip()) for line in lines])
    keys = Keys(_octets(options.get("key")), _octets(options.get("auth_key")))
    return plain(data, keys, options, out, errors)


def _stdin():
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        yield line


if sys.implementation.name == "micropython" and __name__ == "__main__":
    _options = {}
    for _argument in sys.argv[1:]:
        _options.update(json.loads(_argument))
    sys.exit(run(_options, _stdin(), sys.stdout, sys.stderr))
