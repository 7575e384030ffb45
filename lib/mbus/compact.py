"""Compact frames of Kamstrup meters (CI 79, 7B, 73): values without their headers.

A full frame teaches the headers; their CRC is the format signature by which a compact frame names them, and
a second CRC over the full frame proves that it was put together rightly.
"""

from compat import const
from mbus.kernels import crc
from mbus.records import header_end

_MAX_LEARNED = const(8)
_SIZES = (0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, -1, 6)

# Headers of formats that are in wide use, so that a receiver need not wait for a full frame; the signature
# follows from them.
_KNOWN = (
    b"\x04\x04\x04\x84\x3c\x04\x2b\x04\xab\x3c",  # OmniPower: A+, A-, P+, P-
    b"\x03\x06\x43\x06\x03\x14\x42\x6c\x02\x2d\x01\xff\x21",  # Multical: heat in kWh
    b"\x03\x0e\x43\x0e\x03\x13\x42\x6c\x02\x2d\x01\xff\x21",  # Multical: heat in MJ
    # Multical 21 and flowIQ: status, volume, then temperatures as the meter is set up.
    b"\x02\xff\x20\x04\x13\x44\x13",
    b"\x02\xff\x20\x04\x13\x44\x13\x61\x5b\x61\x67",
    b"\x02\xff\x20\x04\x13\x44\x13\x61\x5b\x51\x67",
    b"\x02\xff\x20\x04\x13\x44\x13\xa1\x01\x5b\x81\x01\xe7\xff\x0f",
    b"\x02\xff\x20\x04\x13\x92\x01\x3b\xa1\x01\x5b\x81\x01\xe7\xff\x0f",
    b"\x02\xff\x20\x04\x13\x52\x3b",
)


def headers(body) -> bytes:
    """Return the DIF, DIFE, VIF and VIFE octets of all records, one after the other.

    Raises ValueError for bodies that cannot stand in a compact frame.
    """
    found = bytearray()
    at = 0
    while at < len(body):
        if body[at] == 0x2F:
            at += 1
            continue
        end = header_end(body, at, len(body))[1]
        size = _SIZES[body[at] & 15] if body[at] & 15 != 15 else -1
        if size < 0 or end + size > len(body):
            raise ValueError("no format for compact frames")
        found += body[at:end]
        at = end + size
    return bytes(found)


class Formats:
    """The formats known and learned: {signature: headers}."""

    def __init__(self):
        self._formats = {crc(known, 0, len(known)): known for known in _KNOWN}

    def learn(self, body):
        """Remember the format of a full frame's body (its records)."""
        try:
            found = headers(body)
        except ValueError:
            return
        signature = crc(found, 0, len(found))
        if signature not in self._formats and len(self._formats) < _MAX_LEARNED + len(_KNOWN):
            self._formats[signature] = found

    def expand(self, body) -> "bytes | None":
        """Return the full frame's body of a compact one, or None where its format is not known.

        body starts with signature and CRC of the full frame, both least significant octet first.
        Raises ValueError where the data does not fit the format or the CRC.
        """
        if len(body) < 4:
            raise ValueError("compact frame cut off")
        found = self._formats.get(body[0] | body[1] << 8)
        if found is None:
            return None
        full = bytearray()
        at = 0
        data_at = 4
        while at < len(found):
            end = header_end(found, at, len(found))[1]
            size = _SIZES[found[at] & 15]
            if data_at + size > len(body):
                raise ValueError("compact frame cut off")
            full += found[at:end]
            full += body[data_at : data_at + size]
            at = end
            data_at += size
        if crc(full, 0, len(full)) != body[2] | body[3] << 8:
            raise ValueError("compact frame does not fit its format")
        return bytes(full)
