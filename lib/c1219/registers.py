"""Where each value lies in BT23 and BT28, by the tables with which the meter describes them.

A meter's model says nothing: the number of registers comes from BT21, what each holds from BT22 and
BT27, its scale from BT15 and ET55 (MEP Client Developer's Guide, tables 20 to 28).
"""

from collections import namedtuple

from c1219.tables import Dimensions, integer

# factor multiplies the register; value = register * factor * 10**exponent in unit.
Register = namedtuple("Register", ("offset", "code", "exponent", "unit", "factor"))

# Sources in BT22 of sums over time: (source, group C of the OBIS code, unit).
_ENERGIES = (
    (0, 1, "Wh"),
    (1, 2, "Wh"),
    (2, 3, "varh"),
    (3, 4, "varh"),
    (6, 15, "Wh"),
    (7, 16, "Wh"),
    (108, 5, "varh"),
    (109, 6, "varh"),
    (110, 7, "varh"),
    (111, 8, "varh"),
)
_TARIFFS = 4
_FORWARD_POWER = 8
_REGISTER = 4
_EVENT_TIME = 5

# How a present value stands to the transformers before the meter.
# What the meter gives per phase counts the current transformers in, but not the voltage transformers.
_NONE, _CURRENT, _VOLTAGE, _POWER, _PHASE_POWER = range(5)

# Sources in BT27 of present values: (source, the same behind the transformer ratios or None, group C of
# the OBIS code, exponent, unit, ratio). Sources without a code in OBIS, or whose reference
# the documents leave open (voltage angles), are not read.
_PRESENT = (
    (8, 81, 1, 0, "W", _POWER),
    (9, 82, 2, 0, "W", _POWER),
    (10, 83, 3, 0, "var", _POWER),
    (11, 84, 4, 0, "var", _POWER),
    (12, 197, 31, -3, "A", _CURRENT),
    (13, 198, 51, -3, "A", _CURRENT),
    (14, 199, 71, -3, "A", _CURRENT),
    (15, None, 32, -3, "V", _VOLTAGE),
    (16, None, 52, -3, "V", _VOLTAGE),
    (17, None, 72, -3, "V", _VOLTAGE),
    (18, None, 33, -3, "", _NONE),
    (21, None, 53, -3, "", _NONE),
    (22, None, 73, -3, "", _NONE),
    (19, None, 14, -3, "Hz", _NONE),
    (20, None, 9, 0, "VA", _POWER),
    (104, None, 5, 0, "var", _POWER),
    (105, None, 6, 0, "var", _POWER),
    (106, None, 7, 0, "var", _POWER),
    (107, None, 8, 0, "var", _POWER),
    (185, 191, 21, 0, "W", _PHASE_POWER),
    (186, 192, 41, 0, "W", _PHASE_POWER),
    (187, 193, 61, 0, "W", _PHASE_POWER),
    (188, 194, 22, 0, "W", _PHASE_POWER),
    (189, 195, 42, 0, "W", _PHASE_POWER),
    (190, 196, 62, 0, "W", _PHASE_POWER),
)


def sources_size(of: Dimensions) -> int:
    """Return how many octets of BT22 say what the sums and demands are."""
    return of.sums + of.demands + (of.demands + 7) // 8


def block_start(of: Dimensions) -> int:
    """Return the offset in BT23 of the total block."""
    return of.reset_counter


def block_size(of: Dimensions) -> int:
    """Return the octets of the total block, and of each tariff's."""
    return (
        _REGISTER * of.sums
        + of.demands * _demand_size(of)
        + of.coincidents * _REGISTER * of.occurrences
    )


def energies(of: Dimensions, sources, exponent: int) -> list:
    """Return the registers of BT23, totals first and then tariff by tariff.

    sources: BT22. exponent: of the energy unit, 0 for Wh.
    """
    total = block_start(of)
    found = []
    for tariff in range(min(of.tiers, _TARIFFS) + 1):
        start = total + tariff * block_size(of)
        for source, group, unit in _ENERGIES:
            index = _find(sources[: of.sums], source)
            if index is not None:
                code = "1-0:%d.8.%d" % (group, tariff)
                found.append(Register(start + _REGISTER * index, code, exponent, unit, 1))
        if tariff == 0:
            found += _maximum(of, sources, exponent)
    return found


def present(of: Dimensions, sources, transformers: "tuple | None") -> list:
    """Return the registers of BT28 in their order.

    sources: BT27. transformers: (current, voltage) ratio of BT15; while it is not known, only what
    does not depend on it.
    """
    values = sources[of.present_demands : of.present_demands + of.present_values]
    start = of.present_demands * (7 if of.time_remaining else _REGISTER)
    found = []
    for source, behind, group, exponent, unit, kind in _PRESENT:
        factor = 1
        index = _find(values, source)
        if kind != _NONE and transformers != (1, 1):
            with_ratio = None if behind is None else _find(values, behind)
            if kind == _PHASE_POWER and (transformers is None or transformers[1] != 1):
                with_ratio = None
            if with_ratio is not None:
                index = with_ratio
            elif transformers is None:
                index = None
            else:
                factor = _factor(kind, transformers)
        if index is not None:
            code = "1-0:%d.7.0" % group
            found.append(Register(start + _REGISTER * index, code, exponent, unit, factor))
    found.sort(key=_offset)
    return found


def spans(registers: list, limit: int) -> list:
    """Return the fewest `(offset, count)` reads of at most limit octets that cover the registers."""
    reads = []
    for register in sorted(registers, key=_offset):
        end = register.offset + _REGISTER
        if reads and end - reads[-1][0] <= limit:
            reads[-1] = (reads[-1][0], end - reads[-1][0])
        else:
            reads.append((register.offset, _REGISTER))
    return reads


def decode(registers: list, offset: int, count: int, data) -> list:
    """Return `(code, value, unit)` of every register that a read of count octets from offset asked for.

    A register that the answer is too short for is there with value None.
    """
    items = []
    for register in registers:
        at = register.offset - offset
        if at < 0 or at + _REGISTER > count:
            continue
        value = None
        if at + _REGISTER <= len(data):
            value = (integer(data, at) * register.factor, register.exponent)
        items.append((register.code, value, register.unit))
    return items


def _offset(register: Register) -> int:
    return register.offset


def _find(sources, source: int) -> "int | None":
    for index in range(len(sources)):
        if sources[index] == source:
            return index
    return None


def _factor(kind: int, transformers: tuple) -> int:
    current, voltage = transformers
    if kind == _CURRENT:
        return current
    return voltage if kind == _VOLTAGE else current * voltage


def _demand_size(of: Dimensions) -> int:
    return (
        _EVENT_TIME * of.occurrences * of.event_time
        + _REGISTER * of.cumulative
        + _REGISTER * of.continuous
        + _REGISTER * of.occurrences
    )


def _maximum(of: Dimensions, sources, exponent: int) -> list:
    """Return the register of the highest forward power, where the meter keeps one.

    What unit it has on a meter whose energies are in tens of Wh is not documented: then none.
    """
    index = _find(sources[of.sums : of.sums + of.demands], _FORWARD_POWER)
    if index is None or exponent or not of.occurrences:
        return []
    maximum = sources[of.sums + of.demands + index // 8] >> index % 8 & 1
    if not maximum:
        return []
    demand = block_start(of) + _REGISTER * of.sums + index * _demand_size(of)
    before = _demand_size(of) - _REGISTER
    return [Register(demand + before, "1-0:1.6.0", 0, "W", 1)]
