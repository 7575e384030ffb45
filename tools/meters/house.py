"""A house with three phases, a solar roof and people in it: the values that virtual meters send.

Everything is an integer: powers in W and var, voltages in 0.1 V, currents in 0.01 A, energies in
watt-seconds that integrate exactly the powers sent. So a consumer's sums can be checked.
"""

import math
import random

_DAY = 86400

# Beyond 2**24 Wh a 32-bit float can no longer hold every value; a meter that long in service can.
_IMPORT_WH = 16_777_150
_EXPORT_WH = 21_004_733


class House:
    """The house at one moment; `advance` moves it on second by second."""

    def __init__(self, time: int, seed: int = 1):
        """Start at a Unix time; the same seed gives the same life."""
        self.time = time
        self._random = random.Random(seed)
        self._devices = [0, 0, 0]
        self._joules = {
            "1.8.1": _IMPORT_WH * 3600 * 2 // 3,
            "1.8.2": _IMPORT_WH * 3600 // 3,
            "2.8.1": _EXPORT_WH * 3600 // 2,
            "2.8.2": _EXPORT_WH * 3600 // 2,
            "3.8.1": 1_204_511 * 3600,
            "3.8.2": 604_977 * 3600,
            "4.8.1": 9_017_401 * 3600,
            "4.8.2": 4_000_223 * 3600,
        }
        self.maximum_import = 0  # W over a quarter of an hour
        self._quarter = [0, 0]
        self._live()

    def advance(self, time: int):
        """Live until a Unix time, integrating every second."""
        while self.time < time:
            self.time += 1
            self._live()
            self._integrate()

    @property
    def tariff(self) -> int:
        """Return the tariff in force: 1 by day, 2 from 22 to 6 o'clock UTC."""
        return 1 if 6 <= self.time % _DAY // 3600 < 22 else 2

    def energy(self, quantity: str, tariff: int = 0) -> int:
        """Return an energy register ("1.8", "15.8" …) in Wh or varh; tariff 0 is the total."""
        if quantity == "15.8":
            return self.energy("1.8", tariff) + self.energy("2.8", tariff)
        if tariff:
            return self._joules.get("%s.%d" % (quantity, tariff), 0) // 3600
        return sum(self._joules["%s.%d" % (quantity, rate)] for rate in (1, 2)) // 3600

    def power(self, quantity: str) -> int:
        """Return a total power ("1.7" import, "2.7" export, "3.7", "4.7", "16.7" net) in W or var."""
        net, reactive = sum(self.active), sum(self.reactive)
        return {
            "1.7": max(net, 0),
            "2.7": max(-net, 0),
            "3.7": max(reactive, 0),
            "4.7": max(-reactive, 0),
            "16.7": net,
        }[quantity]

    def _live(self):
        """Set the voltages, powers and currents of this second."""
        dice = self._random
        for phase in range(3):
            if dice.random() < 0.02:
                self._devices[phase] = dice.choice((0, 60, 400, 800, 1900, 2300, 3100))
        hour = self.time % _DAY / 3600
        sun = max(0.0, math.sin((hour - 5) / 14 * math.pi)) if 5 < hour < 19 else 0.0
        roof = int(2600 * sun * dice.uniform(0.85, 1.0))
        self.voltage = [dice.randint(2290, 2380) for _ in range(3)]
        self.active = [90 + dice.randint(0, 25) + device - roof for device in self._devices]
        self.reactive = [abs(device) // 8 - 40 + dice.randint(-5, 5) for device in self._devices]
        self.apparent = [
            math.isqrt(p * p + q * q) for p, q in zip(self.active, self.reactive, strict=True)
        ]
        self.current = [s * 1000 // u for s, u in zip(self.apparent, self.voltage, strict=True)]
        self.power_factor = [
            abs(p) * 1000 // s if s else 1000
            for p, s in zip(self.active, self.apparent, strict=True)
        ]
        p, q = sum(self.active), sum(self.reactive)
        total = math.isqrt(p * p + q * q)
        self.total_power_factor = abs(p) * 1000 // total if total else 1000
        self.angle = [
            int(math.degrees(math.atan2(q, p))) % 360
            for p, q in zip(self.active, self.reactive, strict=True)
        ]

    def _integrate(self):
        """Add one second's powers to the registers."""
        rate = ".%d" % self.tariff
        for quantity in ("1", "2", "3", "4"):
            self._joules[quantity + ".8" + rate] += self.power(quantity + ".7")
        self._quarter[0] += self.power("1.7")
        self._quarter[1] += 1
        if self.time % 900 == 0:
            self.maximum_import = max(self.maximum_import, self._quarter[0] // self._quarter[1])
            self._quarter = [0, 0]
