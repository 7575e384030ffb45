"""Records as plain data, for people and programs that want what lies below OBIS."""

import quantity
from mbus.values import Moment


def value_text(value) -> "str | None":
    """Return a record's value as text: exact decimal, ISO 8601 time, or the text itself."""
    if isinstance(value, tuple):
        try:
            return quantity.text(value[0], value[1])
        except ValueError:
            return None
    if isinstance(value, Moment):
        return value.text
    return value


def describe(record) -> dict:
    """Return one Record as a dict of texts and numbers, ready for JSON."""
    found = {
        "quantity": record.quantity,
        "value": value_text(record.value),
        "unit": record.unit,
        "function": record.function,
        "storage": record.storage,
        "tariff": record.tariff,
        "subunit": record.subunit,
        "dif": record.dif.hex(),
        "vif": record.vif.hex(),
        "raw": record.data.hex(),
    }
    if record.qualifiers:
        found["qualifiers"] = list(record.qualifiers)
    if record.manufacturer or record.own:
        found["manufacturer"] = record.own.hex()
    if isinstance(record.value, Moment) and record.value.time[7] is not None:
        found["dst"] = record.value.time[7]
    return found


def line(record) -> str:
    """Return one Record as a line for people."""
    words = [record.dif.hex(), record.vif.hex(), record.quantity]
    if record.function != "instantaneous":
        words.append(record.function)
    for name in ("storage", "tariff", "subunit"):
        number = getattr(record, name)
        if number:
            words.append("%s %d" % (name, number))
    words += record.qualifiers
    if record.own or record.manufacturer:
        words.append("manufacturer's own " + record.own.hex())
    value = value_text(record.value)
    if value is None:
        value = record.data.hex() + " (no value)"
    return "%s: %s %s" % (" ".join(words), value, record.unit)
