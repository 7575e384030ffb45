"""Write a Reading as the measurement object of FORMAT.md, into one buffer that is kept."""

import obis
import quantity
from compat import const

_START = const(1024)
_LIMIT = const(16384)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Document:
    """A text being written into a buffer that grows to its limit once and is then reused."""

    def __init__(self):
        self._buffer = bytearray(_START)
        self._view = memoryview(self._buffer)
        self.length = 0

    def clear(self):
        """Start again at the beginning."""
        self.length = 0

    def write(self, text: str):
        """Append text as UTF-8. Raises ValueError past 16 KiB."""
        data = text.encode()
        end = self.length + len(data)
        if end > len(self._buffer):
            if end > _LIMIT:
                raise ValueError("document longer than %d bytes" % _LIMIT)
            grown = bytearray(min(_LIMIT, max(end, 2 * len(self._buffer))))
            grown[: self.length] = self._view[: self.length]
            self._buffer = grown
            self._view = memoryview(grown)
        self._view[self.length : end] = data
        self.length = end

    def string(self, text: str):
        """Append a JSON string."""
        self.write('"')
        if _plain(text):
            self.write(text)
        else:
            for character in text:
                if character in _ESCAPES:
                    character = _ESCAPES[character]
                elif character < " ":
                    character = "\\u%04x" % ord(character)
                self.write(character)
        self.write('"')

    def data(self) -> memoryview:
        """Return what was written; valid until the next write."""
        return self._view[: self.length]


def _plain(text: str) -> bool:
    return all(character >= " " and character not in '"\\' for character in text)


def write(out: Document, reading, name: str, uptime_ms: int, everything: bool = False):
    """Write the measurement object into out, codes in the order of F, then the others.

    everything: also list the codes of F that the meter does not send, as `{}`.
    """
    out.clear()
    out.write('{"api_version":"v1","name":')
    out.string(name)
    out.write(',"sma_time":%d.%d' % (uptime_ms // 1000, uptime_ms % 1000 // 100))
    beyond = []
    listed = []
    for code in reading.values:
        position = obis.position(code)
        if position < 0:
            beyond.append(code)
        else:
            listed.append((position, code))
    if everything:
        for code in obis.CODES.split():
            if reading.values.get(code) is None:
                out.write(',"%s":{}' % code)
            else:
                _entry(out, code, reading.values[code])
    else:
        listed.sort()
        for _, code in listed:
            _entry(out, code, reading.values[code])
    for code in beyond:
        _entry(out, code, reading.values[code])
    out.write("}")


def _entry(out: Document, code: str, entry: tuple):
    value, time = entry
    if value is None:
        return
    out.write(",")
    out.string(code)
    out.write(':{"value":')
    if isinstance(value, tuple):
        out.write(quantity.text(value[0], value[1]))
    else:
        out.string(value)
    if time is not None:
        out.write(',"time":%d' % time)
    out.write("}")
