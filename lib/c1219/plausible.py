"""What a register cannot say. The digest catches noise; this catches a table read with a wrong layout.

Numbers are in the unit of the OBIS code: `(mantissa, exponent)`, compared as integers.
"""

from compat import const
from quantity import compare

# Direct connection: three phases of 80 A; a meter behind transformers by its ratios more.
_MOST_POWER = const(100000)  # W
_MOST_VOLTAGE = const(300)  # V
_MOST_CURRENT = const(400)  # A
_HOUR = const(3600000)  # ms
_BALANCE = const(3)  # W or Wh: registers of one reading are not rounded at the same moment
_CONFIRMATIONS = const(3)

# What was drawn less what was fed in falls while the sun shines.
_DIFFERENCE = "1-0:16.8."
_FACTORS = "1-0:33.7.0", "1-0:53.7.0", "1-0:73.7.0"
_TOTAL = "1-0:1.7.0", "1-0:2.7.0"
_PHASES_IN = "1-0:21.7.0", "1-0:41.7.0", "1-0:61.7.0"
_PHASES_OUT = "1-0:22.7.0", "1-0:42.7.0", "1-0:62.7.0"


class Plausibility:
    """Judges the items of one meter, reading by reading.

    transformers: (current, voltage) ratio, (1, 1) for a directly connected meter.
    """

    def __init__(self, transformers: tuple = (1, 1)):
        self.transformers = transformers
        self._ratio = transformers[0] * transformers[1]
        self._current, self._voltage = transformers
        # code -> [value, milliseconds], the last one believed.
        self._believed = {}
        # code -> [value, milliseconds, how many readings in a row agreed with it].
        self._doubted = {}

    def sift(self, items: list, milliseconds: int) -> list:
        """Return the items without those that cannot be; milliseconds: a clock that only goes on.

        What is left out is then absent: its list came without it.
        """
        good = [
            item
            for item in items
            if not isinstance(item[1], tuple) or self._possible(item, milliseconds)
        ]
        wrong = self._contradictions({code: value for code, value, _ in good if value})
        return [item for item in good if item[0] not in wrong] if wrong else good

    def _possible(self, item: tuple, milliseconds: int) -> bool:
        code, value, unit = item
        mantissa = value[0]
        if unit in ("Wh", "varh"):
            if code.startswith(_DIFFERENCE):
                return mantissa >= 0
            return mantissa >= 0 and self._follows(code, value, milliseconds)
        if unit in ("W", "var", "VA"):
            return mantissa >= 0 and compare(value, (_MOST_POWER * self._ratio, 0)) <= 0
        if unit == "V":
            return mantissa >= 0 and compare(value, (_MOST_VOLTAGE * self._voltage, 0)) <= 0
        if unit == "A":
            return mantissa >= 0 and compare(value, (_MOST_CURRENT * self._current, 0)) <= 0
        if unit == "Hz":
            return compare(value, (45, 0)) >= 0 and compare(value, (55, 0)) <= 0
        if code in _FACTORS:
            return compare(value, (1, 0)) <= 0 and compare(value, (-1, 0)) >= 0
        return True

    def _follows(self, code: str, value: tuple, milliseconds: int) -> bool:
        """Tell whether a counter can have come from its last value to this one.

        One that cannot is believed once several readings in a row agree on it: registers are reset
        and meters exchanged.
        """
        believed = self._believed.get(code)
        if believed is None or self._rise_possible(believed, value, milliseconds):
            self._believed[code] = [value, milliseconds]
            self._doubted.pop(code, None)
            return True
        doubted = self._doubted.get(code)
        if doubted and self._rise_possible(doubted, value, milliseconds):
            doubted[2] += 1
        else:
            self._doubted[code] = doubted = [value, milliseconds, 1]
        doubted[0], doubted[1] = value, milliseconds
        if doubted[2] < _CONFIRMATIONS:
            return False
        self._believed[code] = doubted[:2]
        del self._doubted[code]
        return True

    def _rise_possible(self, before: list, value: tuple, milliseconds: int) -> bool:
        elapsed = milliseconds - before[1]
        # One unit of the register on each side, and what the largest load can draw.
        most = 2 * 10 ** value[1] + _MOST_POWER * self._ratio * elapsed // _HOUR
        rise = (value[0] - before[0][0]) * 10 ** value[1]
        if rise < 0:
            # A register of so many digits starts again at zero.
            digits = len(str(before[0][0]))
            if digits < 5:
                return False
            rise += 10 ** (digits + value[1])
        return rise <= most

    def _contradictions(self, values: dict) -> list:
        """Return the codes that contradict others of the same reading."""
        wrong = []
        both = _balance(values, ("1-0:15.8.0",), ())
        parts = _balance(values, ("1-0:1.8.0", "1-0:2.8.0"), ())
        if _differ(both, parts, _BALANCE):
            wrong.append("1-0:15.8.0")
        total = _balance(values, _TOTAL[:1], _TOTAL[1:])
        phases = _balance(values, _PHASES_IN, _PHASES_OUT)
        if _differ(total, phases, _BALANCE * self._ratio):
            wrong += _PHASES_IN + _PHASES_OUT
        return wrong


def _balance(values: dict, plus: tuple, minus: tuple) -> "int | None":
    """Return the sum of the plus codes less the minus codes, or None where one is missing."""
    total = 0
    for sign, codes in ((1, plus), (-1, minus)):
        for code in codes:
            value = values.get(code)
            if value is None:
                return None
            total += sign * value[0]
    return total


def _differ(first: "int | None", second: "int | None", most: int) -> bool:
    return first is not None and second is not None and abs(first - second) > most
