"""Further Kaifa meters: one phase, current transformers, and the operators that share KSMWest's
list.
"""

from tools.meters import axdr
from tools.meters.kaifa import KaifaKsmWest, KaifaNetzNoe


def _one_phase(found: list) -> list:
    """Return the first voltage and the first current of three."""
    return [found[0], found[3]]


class KaifaNetzNoeOnePhase(KaifaNetzNoe):
    """Kaifa MA110M at Netz Niederösterreich: one phase."""

    NAME = "netznoe-kaifa-ma110m"
    TITLE = b"KFM\x65\x50\x11\x00\x01"
    NUMBER = "181110123456"

    def _voltages_and_currents(self) -> list:
        return _one_phase(super()._voltages_and_currents())


class KaifaNetzNoeTransformer(KaifaNetzNoe):
    """Kaifa MA309M with current transformers at Netz Niederösterreich: reactive powers besides."""

    NAME = "netznoe-kaifa-ct"
    TITLE = b"KFM\x65\x50\x44\x00\x01"
    NUMBER = "181440123456"

    def registers(self) -> list:
        found = super().registers()
        for quantity in "34":
            value = self.house.power(quantity + ".7")
            found.append(("1-0:%s.7.0" % quantity, axdr.u32(value), value, 0, axdr.VAR))
        return found


class KaifaTinetzOnePhase(KaifaKsmWest):
    """Kaifa MA110M at TINETZ: one phase."""

    NAME = "tinetz-kaifa-ma110m"
    TITLE = b"KFM\x10\x10\x11\x00\x01"
    NUMBER = "1KFM0100112345"
    DEVICE = "KFM1100100112345"

    def _voltages_and_currents(self) -> list:
        return _one_phase(super()._voltages_and_currents())


class KaifaInnsbruck(KaifaKsmWest):
    """Kaifa MA309M at Innsbrucker Kommunalbetriebe."""

    NAME = "ikb-kaifa"
    PROFILE = "ikb-kaifa"
    TITLE = b"KFM\x10\x20\x01\x00\x01"
    NUMBER = "1KFM0200100001"
    DEVICE = "KFM1200200100001"


class KaifaSalzburg(KaifaKsmWest):
    """Kaifa MA309M at Salzburg Netz."""

    NAME = "salzburg-kaifa"
    PROFILE = "salzburg-kaifa"
    TITLE = b"KFM\x10\x20\x02\x00\x01"
    NUMBER = "1KFM0200200001"
    DEVICE = "KFM1200200200001"


class KaifaVorarlberg(KaifaKsmWest):
    """Kaifa MA309M at Vorarlberger Energienetze."""

    NAME = "vorarlberg-kaifa"
    PROFILE = "vorarlberg-kaifa"
    TITLE = b"KFM\x10\x20\x03\x00\x01"
    NUMBER = "1KFM0200300001"
    DEVICE = "KFM1200200300001"
