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


def describe(record, records: list = ()) -> dict:
    """Return one Record as a dict of texts and numbers, ready for JSON.

    records: all of its telegram, among which a compact profile has its base value and base time.
    """
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
    moment = record.value
    if isinstance(moment, Moment) and moment.time and moment.time[7] is not None:
        found["dst"] = moment.time[7]
    profile = _profile(record, records)
    if profile:
        found["spacing"] = profile["spacing"]
        found["profile"] = [
            {"storage": storage, "value": value_text(value), "time": time}
            for storage, value, time in profile["values"]
        ]
    return found


def _profile(record, records: list) -> "dict | None":
    for name in record.qualifiers:
        if "compact profile" in name:
            from mbus.profile import expand

            return expand(record, records)
    return None


def line(record, records: list = ()) -> str:
    """Return one Record as a line for people; records: as for describe."""
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
    profile = _profile(record, records)
    if profile:
        elements = [value_text(element[1]) or "-" for element in profile["values"]]
        value = "%s [%s]" % (profile["spacing"] or "side by side", " ".join(elements))
    elif value is None:
        value = record.data.hex() + " (no value)"
    return "%s: %s %s" % (" ".join(words), value, record.unit)
