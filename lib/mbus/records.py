"""Data records of EN 13757-3: DIF, DIFE, VIF, VIFE and data, in any order and number."""

from collections import namedtuple

from compat import const
from mbus import values, vif

MAX_RECORDS = const(160)
OWN_DATA = "manufacturer_data"  # the quantity of what a manufacturer appends after DIF 0F or 1F
_MAX_EXTENSIONS = const(10)  # 6.3.3 and 6.4.3
_FUNCTIONS = ("instantaneous", "maximum", "minimum", "error")
_SIZES = (0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, -1, 6)
_IDLE = const(0x2F)
_MANUFACTURER = const(0x0F)
_MORE_FOLLOWS = const(0x1F)

# A meter sends the same value information in every telegram: what it means is looked up once.
_meanings = {}
_MAX_MEANINGS = const(48)


# quantity, unit, qualifiers, manufacturer, own: see vif.Meaning. value: `(mantissa, exponent)` in unit,
# `values.Moment`, text, or None. function: instantaneous, maximum, minimum or error. storage, tariff, subunit:
# numbers. dif, vif, data: the octets, LVAR not included.
Record = namedtuple(
    "Record",
    (
        "dif",
        "vif",
        "data",
        "quantity",
        "unit",
        "qualifiers",
        "value",
        "function",
        "storage",
        "tariff",
        "subunit",
        "manufacturer",
        "own",
    ),
)


def plain(quantity: str, unit: str, value, data, storage: int = 0, dif=b"") -> Record:
    """Return a Record of a current or stored value that has no value information of its own."""
    return Record(
        dif, b"", data, quantity, unit, (), value, _FUNCTIONS[0], storage, 0, 0, False, b""
    )


def parse(body, start: int = 0, end: "int | None" = None) -> list:
    """Return the Records of body[start:end].

    Raises ValueError where a record is cut off, a length is reserved, or there are more than 160.
    """
    found = []
    at = start
    end = len(body) if end is None else end
    while at < end:
        if body[at] == _IDLE:
            at += 1
            continue
        if len(found) == MAX_RECORDS:
            raise ValueError("more than %d records" % MAX_RECORDS)
        if body[at] in (_MANUFACTURER, _MORE_FOLLOWS):
            data = bytes(body[at + 1 : end])
            found.append(plain(OWN_DATA, "", None, data, dif=bytes(body[at : at + 1])))
            break
        record, at = _record(body, at, end)
        found.append(record)
    return found


def header_end(body, at: int, end: int) -> tuple:
    """Return (end of DIF and DIFE, end of VIF and VIFE) of the record header at `at`.

    Raises ValueError where it is cut off or longer than the standard allows.
    """
    dif_end = _extended(body, at, end)
    if dif_end >= end:
        raise ValueError("record without VIF")
    if body[dif_end] & 0x7F == 0x7C:
        # Plain text VIF (6.4.2): the text stands between the VIF and its VIFEs.
        if dif_end + 1 >= end:
            raise ValueError("text VIF cut off")
        text_end = dif_end + 2 + body[dif_end + 1]
        if text_end > end:
            raise ValueError("text VIF cut off")
        if body[dif_end] & 0x80:
            return dif_end, _extended(body, text_end, end)
        return dif_end, text_end
    return dif_end, _extended(body, dif_end, end)


def _extended(body, at: int, end: int) -> int:
    """Return the end of a chain of octets of which all but the last have bit 7 set."""
    last = at + _MAX_EXTENSIONS
    while at < end and body[at] & 0x80:
        if at == last:
            raise ValueError("too many extensions")
        at += 1
    if at >= end:
        raise ValueError("record header cut off")
    return at + 1


def _record(body, at: int, end: int) -> tuple:
    dif_end, vif_end = header_end(body, at, end)
    coding = body[at] & 15
    if coding == 15:
        raise ValueError("reserved DIF %02X" % body[at])
    size = _SIZES[coding]
    data_at = vif_end
    lvar = None
    if size < 0:
        if data_at >= end:
            raise ValueError("variable length cut off")
        lvar = body[data_at]
        size = values.variable_length(lvar)
        if size < 0:
            raise ValueError("reserved LVAR %02X" % lvar)
        data_at += 1
    if data_at + size > end:
        raise ValueError("record data cut off")
    octets = bytes(body[dif_end:vif_end])
    meaning = _meanings.get(octets)
    if meaning is None:
        meaning = _meaning(octets)
        if len(_meanings) == _MAX_MEANINGS:
            _meanings.clear()
        _meanings[octets] = meaning
    data = bytes(body[data_at : data_at + size])
    # Storage number, tariff and subunit are spread over DIF and DIFE (6.3).
    storage = body[at] >> 6 & 1
    tariff = subunit = 0
    for index in range(1, dif_end - at):
        octet = body[at + index]
        storage |= (octet & 15) << 4 * index - 3
        tariff |= (octet >> 4 & 3) << 2 * index - 2
        subunit |= (octet >> 6 & 1) << index - 1
    record = Record(
        bytes(body[at:dif_end]),
        octets,
        data,
        meaning.quantity,
        meaning.unit,
        meaning.qualifiers,
        _value(data, coding, lvar, meaning),
        _FUNCTIONS[body[at] >> 4 & 3],
        storage,
        tariff,
        subunit,
        meaning.manufacturer,
        meaning.own,
    )
    return record, data_at + size


def _meaning(octets) -> vif.Meaning:
    if octets[0] & 0x7F != 0x7C:
        return vif.meaning(octets)
    text_end = 2 + octets[1]
    return vif.meaning(octets[:1] + octets[text_end:], values.text(octets[2:text_end]))


def _value(data, coding: int, lvar: "int | None", meaning):
    if meaning.kind == "raw":
        return None
    if lvar is not None and lvar <= 0xBF:
        return values.text(data)
    if not data:
        return None
    if meaning.kind == "date" and coding not in (5, 13) and coding < 8:
        return values.moment(data)
    if meaning.kind == "date":
        return None  # type M, whose layout no source at hand states, and BCD dates
    if meaning.quantity == "fabrication_number" and coding > 8:
        return values.digits(data)
    if lvar is not None:
        number = values.variable(lvar, data)
    elif coding == 5:
        number = values.real(data)
    elif coding > 8:
        plain = values.bcd(data)
        number = None if plain is None else (plain, 0)
    elif meaning.kind == "bits":
        number = (values.unsigned(data), 0)
    else:
        number = (values.integer(data), 0)
    if not isinstance(number, tuple):
        return number
    return number[0], number[1] + meaning.exponent
