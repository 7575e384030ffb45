"""Sagemcom: T210-D, T216-D and S210 on wired M-Bus (Netz Niederösterreich) and on P1
(Steiermark).
"""

from tools.meters import axdr
from tools.meters.crc import ARC, crc16
from tools.meters.mbus_segments import segments
from tools.meters.push import BOTH, Push, plain_values


class SagemcomNetzNoe(Push):
    """Sagemcom T210-D at Netz Niederösterreich: the flat list, power factor signed."""

    NAME = "netznoe-sagemcom"
    PROFILE = "netznoe-sagemcom"
    SETTINGS = "2400 8E1"
    INTERVAL = 5.0
    GAP = 0.16
    TITLE = b"SAGY\x05\xe9\x12\x34"
    NUMBER = "178210123456"
    PHASES = 3

    def registers(self) -> list:
        """Return the registers of the list in order."""
        factor = self.house.total_power_factor
        return [
            *self.energies("12"),
            *self.powers("12"),
            *self.voltages(self.PHASES),
            *self.currents(self.PHASES),
            ("1-0:13.7.0", factor, -3, axdr.NO_UNIT),
        ]

    def content(self) -> tuple:
        elements = [axdr.octets(self.stamp())]
        registers = self.registers()
        for code, mantissa, exponent, unit in registers:
            encode = axdr.u16 if unit in (axdr.V, axdr.A) else axdr.u32
            if unit == axdr.NO_UNIT:
                encode = axdr.i16
            elements += [
                axdr.octets(axdr.obis(code)),
                encode(mantissa),
                axdr.scaler_unit(exponent, unit),
            ]
        body = axdr.structure(*elements, axdr.octets(self.NUMBER.encode()))
        return body, [*plain_values(registers), ("0-0:96.1.0", self.NUMBER)]

    def frames(self, apdu: bytes) -> list:
        return segments(apdu)


class SagemcomNetzNoeOld(SagemcomNetzNoe):
    """Sagemcom T210-D with old firmware: first segment of 257 octets, whose length octets say
    01.
    """

    NAME = "netznoe-sagemcom-old"
    TITLE = b"SAGY\x05\xe6\x12\x34"
    NUMBER = "178210654321"

    def frames(self, apdu: bytes) -> list:
        return segments(apdu, 252)


class SagemcomS210NetzNoe(SagemcomNetzNoe):
    """Sagemcom S210 at Netz Niederösterreich: one phase."""

    NAME = "netznoe-sagemcom-s210"
    TITLE = b"SAGY\x05\xf0\x12\x34"
    NUMBER = "178110123456"
    PHASES = 1


class SagemcomP1(Push):
    """Sagemcom T216-D at Energienetze Steiermark and Graz: P1 text inside
    general-glo-ciphering.
    """

    NAME = "steiermark-t216"
    PROFILE = "steiermark-t216"
    SETTINGS = "115200 8N1 inverted"
    INTERVAL = 5.0
    CONTROL = BOTH
    CLOCK = "local"
    TITLE = b"SAG5\x00\x03\x12\x34"
    IDENT = "EST5\\253717584_A"
    TARIFFS = (0, 1, 2)

    def content(self) -> tuple:
        registers = []
        for quantity in "1234":
            registers += self.energies(quantity, self.TARIFFS) + self.powers(quantity)
        local, summer = self.local()
        lines = ["/" + self.IDENT, "", "1-3:0.2.8(50)"]
        lines.append("0-0:1.0.0(%s%s)" % (local.strftime("%y%m%d%H%M%S"), "S" if summer else "W"))
        units = {axdr.WH: "Wh", axdr.VARH: "varh", axdr.W: "W", axdr.VAR: "var"}
        for code, mantissa, _, unit in registers:
            lines.append("%s(%09d*%s)" % (code, mantissa, units[unit]))
        text = "\r\n".join(lines).encode() + b"\r\n!"
        text += b"%04X\r\n" % crc16(text, ARC, 0)
        return text, [*plain_values(registers), ("1-3:0.2.8", "50")]

    def plain(self, body: bytes) -> bytes:
        return body

    def frames(self, apdu: bytes) -> list:
        return [apdu]


class SagemcomS210P1(SagemcomP1):
    """Sagemcom S210 at Feistritzwerke: one phase, P1 text inside general-glo-ciphering."""

    NAME = "feistritzwerke-s210"
    PROFILE = "feistritzwerke-s210"
    TITLE = b"SAG5\x00\x04\x12\x34"
    IDENT = "EST5\\253710000_A"
    TARIFFS = (0,)
