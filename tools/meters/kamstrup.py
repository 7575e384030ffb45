"""Kamstrup Omnipower in its HAN module: codes of channel 1 without scalers, standard time all
year.
"""

from tools.meters import axdr
from tools.meters.hdlc import one_frame
from tools.meters.push import BOTH, PHASES, Push


class Kamstrup(Push):
    """Kamstrup Omnipower at Energie Services: HDLC at 2400 8N1, two keys, every 10 s."""

    NAME = "energieservices-omnipower"
    PROFILE = "energieservices-omnipower"
    SETTINGS = "2400 8N1"
    INTERVAL = 10.0
    CONTROL = BOTH
    CLOCK = "standard"
    TITLE = b"KAM\x45\x01\xa4\x12\x34"
    SERIAL = 27512345

    def content(self) -> tuple:
        house = self.house
        registers = [*self.energies("1234")]
        wide = [("1-1:" + code[4:], value, 0) for code, value, *_ in registers]
        wide.append(("1-1:0.0.1", self.SERIAL, 0))
        wide += [("1-1:" + code[4:], value, 0) for code, value, *_ in self.powers("1234")]
        elements = [b"\x0a\x0eKamstrup_V0001"]
        values = []
        for code, value, exponent in wide:
            elements += [axdr.octets(axdr.obis(code)), axdr.u32(value)]
            values.append((code, value, exponent))
        elements += [axdr.octets(axdr.obis("0-1:1.0.0")), axdr.octets(self.stamp())]
        values.append(("0-1:1.0.0", self.clock_text()))
        narrow = [
            ("1-1:%s.7.0" % u, v // 10, 0) for (u, _), v in zip(PHASES, house.voltage, strict=True)
        ]
        for code, value, exponent in narrow:
            elements += [axdr.octets(axdr.obis(code)), axdr.u16(value)]
            values.append((code, value, exponent))
        for (_, code), value in zip(PHASES, house.current, strict=True):
            elements += [axdr.octets(axdr.obis("1-1:%s.7.0" % code)), axdr.u32(value)]
            values.append(("1-1:%s.7.0" % code, value, -2))
        for code, value in zip(("33", "53", "73"), house.power_factor, strict=True):
            elements += [axdr.octets(axdr.obis("1-1:%s.7.0" % code)), axdr.u16(value)]
            values.append(("1-1:%s.7.0" % code, value, -3))
        return axdr.structure(*elements), values

    def frames(self, apdu: bytes) -> list:
        return one_frame(apdu, b"\x41\x03")
