"""Landis+Gyr E450, E451 and E570 with block transfer: Steiermark, Energie Services."""

from tools.meters import axdr
from tools.meters.hdlc import block_frames
from tools.meters.push import BOTH, Push, plain_values

_REGISTER, _DATA, _CLOCK, _PUSH = 3, 1, 8, 40


class Steiermark(Push):
    """Landis+Gyr E450 ZMXi at Energienetze Steiermark and Graz: codes without scalers, tariffs,
    blocks.
    """

    NAME = "steiermark-e450"
    PROFILE = "steiermark-e450"
    SETTINGS = "2400 8E1"
    INTERVAL = 5.0
    CONTROL = BOTH
    CLOCK = "local"
    TITLE = b"LGZgs\x70\x12\x34"
    QUANTITIES = "1234"

    def content(self) -> tuple:
        registers = []
        for quantity in self.QUANTITIES:
            registers += self.energies(quantity, (0, 1, 2)) + self.powers(quantity)
        elements = [axdr.octets(self.stamp())]
        for code, mantissa, _, _ in registers:
            elements += [axdr.octets(axdr.obis(code)), axdr.u32(mantissa)]
        return axdr.structure(*elements), plain_values(registers)

    def frames(self, apdu: bytes) -> list:
        return block_frames(apdu, b"\xce\xff\x03")


class SteiermarkOnePhase(Steiermark):
    """Landis+Gyr E450 ZCXi at Energienetze Steiermark: one phase, active energy only."""

    NAME = "steiermark-e450-1ph"
    TITLE = b"LGZgf\x70\x12\x34"
    QUANTITIES = "12"


class EnergieServices(Push):
    """Landis+Gyr E450 at Energie Services: the list begins with its objects; voltages in V."""

    NAME = "energieservices-e450"
    PROFILE = "energieservices-e450"
    SETTINGS = "2400 8E1"
    INTERVAL = 5.0
    CONTROL = BOTH
    CLOCK = "local"
    TITLE = b"LGZgs\x62\x12\x34"
    NUMBER = "56812345"
    TRANSFORMER = False

    def registers(self) -> list:
        """Return the registers in the order of the list."""
        return [
            *self.powers("12"),
            *self.energies("12"),
            *self.powers("34"),
            *self.energies("34"),
            *self.currents(whole=self.TRANSFORMER),
            *self.voltages(whole=True),
        ]

    def content(self) -> tuple:
        push = axdr.obis("0-8:25.9.0")
        objects = [(_PUSH, push, 2), (_PUSH, push, 1)]
        values = [axdr.octets(push)]
        registers = self.registers()
        if self.NUMBER:
            objects.append((_DATA, axdr.obis("0-0:96.1.0"), 2))
            values.append(axdr.octets(self.NUMBER.encode()))
        objects.append((_CLOCK, axdr.obis("0-0:1.0.0"), 2))
        values.append(axdr.octets(self.stamp()))
        for code, mantissa, _, unit in registers:
            objects.append((_REGISTER, axdr.obis(code), 2))
            if unit in (axdr.V, axdr.A):
                values.append(axdr.u16(mantissa))
            else:
                values.append(axdr.u64(mantissa) if self.TRANSFORMER else axdr.u32(mantissa))
        listed = [
            axdr.structure(axdr.u16(kind), axdr.octets(code), axdr.i8(attribute), axdr.u16(0))
            for kind, code, attribute in objects
        ]
        found = plain_values(registers)
        if self.NUMBER:
            found.append(("0-0:96.1.0", self.NUMBER))
        return axdr.structure(axdr.array(*listed), *values), found

    def frames(self, apdu: bytes) -> list:
        return block_frames(apdu, b"\xce\xff\x03")


class EnergieServicesTransformer(EnergieServices):
    """Landis+Gyr E570 at Energie Services: current transformers, whole amperes, 64-bit
    registers.
    """

    NAME = "energieservices-e570"
    TITLE = b"LGZgt\x20\x12\x34"
    NUMBER = ""
    TRANSFORMER = True
