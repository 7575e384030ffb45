"""A block of flats on the air: 49 other meters of all kinds beside ours, at the pace of real ones."""

import asyncio
import random

from tools.meters import wmbus
from tools.meters.wmbus_nes import WmbusNes

_FORMS = ("T1/A", "C1/A", "C1/B", "T1/A")
_MAKERS = ("DEV", "NES", "KAM", "TCH", "ZRI", "DME", "EFE", "ITW")
_TYPES = (0x02, 0x02, 0x04, 0x07, 0x06, 0x08, 0x03)


class Neighbour:
    """One other meter: address, line code, security and pace by chance, but the same for a seed."""

    def __init__(self, source: random.Random, index: int, fastest: float):
        self._source = source
        self._key = source.randbytes(16)
        self._form = _FORMS[index % len(_FORMS)]
        maker = wmbus.maker(source.choice(_MAKERS))
        number = wmbus.bcd(source.randrange(10**8), 4)
        self._type = _TYPES[index % len(_TYPES)]
        self._address = maker + number + bytes((source.randrange(256), self._type))
        self._encrypted = source.random() < 0.8
        self._access = source.randrange(256)
        self._reading = source.randrange(10**6)
        self.period = fastest * source.uniform(1, 4)
        self.dbm = -source.randint(45, 100)

    def packet(self) -> bytes:
        """Return the next packet behind its sync word."""
        source = self._source
        self._access = self._access + 1 & 255
        self._reading += source.randrange(20)
        if self._type == 0x02:
            records = b"\x0e\x03" + wmbus.bcd(self._reading, 6) + b"\x0b\x2b" + wmbus.bcd(417, 3)
        elif self._type == 0x08:
            records = b"\x0b\x6e" + wmbus.bcd(self._reading, 3)
        else:
            records = b"\x0c\x13" + wmbus.bcd(self._reading, 4)
        # Values of past months make some telegrams longer than the radio's window.
        for month in range(source.choice((0, 0, 4, 12))):
            dife = bytes((0xCC, month >> 1 & 15))
            records += dife + b"\x13" + wmbus.bcd(self._reading - month, 4)
        if self._encrypted:
            data = wmbus.mode_5(self._address, self._access, records, self._key)
        else:
            data = wmbus.short_header(self._access, records)
        return wmbus.packet(wmbus.frame(self._address, data), self._form)


class Neighbourhood(WmbusNes):
    """Our meter, and around it the others. fastest: seconds between telegrams of the quickest of them."""

    NAME = "linz-gen4-neighbourhood"

    def __init__(self, *keys, others: int = 49, fastest: float = 12.0, seed: int = 1, **more):
        super().__init__(*keys, seed=seed, **more)
        source = random.Random(seed)
        self._source = source
        self.others = [Neighbour(source, index, fastest) for index in range(others)]

    async def run(self, line):
        lives = [self._live(line, other) for other in self.others]
        tasks = [asyncio.create_task(life) for life in (*lives, self._crackle(line))]
        try:
            await super().run(line)
        finally:
            for task in tasks:
                task.cancel()

    async def _live(self, air, other: Neighbour):
        await asyncio.sleep(self._source.uniform(0, other.period))
        while True:
            await air.emit(other.packet(), dbm=other.dbm)
            # EN 13757-4, 12.6.2: the interval varies so that two meters do not collide for ever.
            await asyncio.sleep(other.period * self._source.uniform(0.9, 1.1))

    async def _crackle(self, air):
        while True:
            await asyncio.sleep(self._source.uniform(0.5, 3))
            await air.noise()
