"""Kaifa MA309M on wired M-Bus, with the push list of Netz Niederösterreich or of KSMWest.

KSMWest are the operators in Tirol, Salzburg, Innsbruck and Vorarlberg.
"""

from tools.meters import axdr
from tools.meters.base import Meter, Telegram, number, vienna
from tools.meters.ciphering import ENCRYPTED, general_glo
from tools.meters.mbus_segments import segments

_KEY = bytes.fromhex("5f8a0c3be71d42960fb4d8236ec91a75")
_SUITE_1 = 1
_PHASES = (("32", "31"), ("52", "51"), ("72", "71"))


class Kaifa(Meter):
    """What both lists share: the clock, the ciphering and the segments."""

    SETTINGS = "2400 8E1"
    INTERVAL = 5.0
    GAP = 0.16
    CONTROL = ENCRYPTED
    TITLE = b""
    NUMBER = ""

    def __init__(self, key: bytes = _KEY, auth_key: bytes = b"", counter=None, **more):
        """counter: the invocation counter of the first telegram; a later start counts on."""
        super().__init__(key, auth_key, **more)
        self.counter = self.now() if counter is None else counter

    def registers(self) -> list:
        """Return (code, encoded value, mantissa, scaler, unit) of the list's registers in order."""
        raise NotImplementedError

    def body(self, clock: bytes, registers: list) -> bytes:
        """Return the push list as A-XDR."""
        raise NotImplementedError

    def identity(self) -> dict:
        """Return the texts that the list carries, by code."""
        raise NotImplementedError

    def telegram(self) -> Telegram:
        time = self.house.time
        local, summer = vienna(time)
        stamp = axdr.date_time(local, summer)
        registers = self.registers()
        invoke_id = 0x80000000 | self.counter & 0xFFFFFF
        plain = axdr.data_notification(invoke_id, stamp, self.body(stamp, registers))
        apdu = general_glo(plain, self.TITLE, self.counter, self.key, self.auth_key, self.CONTROL)
        self.counter += 1
        expected = {"0-0:1.0.0": {"value": local.isoformat(), "time": time}}
        for code, text in self.identity().items():
            expected[code] = {"value": text, "time": time}
        for code, _encoded, mantissa, scaler, _unit in registers:
            expected[code] = {"value": number(mantissa, scaler), "time": time}
        return Telegram(segments(apdu), expected)

    def _energies(self, quantities) -> list:
        units = {"1": axdr.WH, "2": axdr.WH, "3": axdr.VARH, "4": axdr.VARH}
        found = []
        for quantity in quantities:
            value = self.house.energy(quantity + ".8")
            found.append(("1-0:%s.8.0" % quantity, axdr.u32(value), value, 0, units[quantity]))
        return found

    def _powers(self) -> list:
        found = []
        for quantity in ("1", "2"):
            value = self.house.power(quantity + ".7")
            found.append(("1-0:%s.7.0" % quantity, axdr.u32(value), value, 0, axdr.W))
        return found

    def _voltages_and_currents(self) -> list:
        house = self.house
        voltages, currents = [], []
        for (u, i), voltage, current in zip(_PHASES, house.voltage, house.current, strict=True):
            voltages.append(("1-0:%s.7.0" % u, axdr.u16(voltage), voltage, -1, axdr.V))
            currents.append(("1-0:%s.7.0" % i, axdr.u16(current), current, -2, axdr.A))
        return voltages + currents


class KaifaNetzNoe(Kaifa):
    """The flat list of Netz Niederösterreich: the meter number comes last and has no code."""

    NAME = "kaifa"
    PROFILE = "netznoe-kaifa"
    TITLE = b"KFM\x65\x50\x12\x34\x56"
    NUMBER = "181220123456"

    def registers(self) -> list:
        factor = self.house.total_power_factor
        return [
            *self._energies("12"),
            *self._powers(),
            *self._voltages_and_currents(),
            ("1-0:13.7.0", axdr.u16(factor), factor, -3, axdr.NO_UNIT),
        ]

    def body(self, clock: bytes, registers: list) -> bytes:
        elements = [axdr.octets(clock)]
        for code, encoded, _mantissa, scaler, unit in registers:
            elements += [axdr.octets(axdr.obis(code)), encoded, axdr.scaler_unit(scaler, unit)]
        return axdr.structure(*elements, axdr.octets(self.NUMBER.encode()))

    def identity(self) -> dict:
        return {"0-0:96.1.0": self.NUMBER}


class KaifaKsmWest(Kaifa):
    """The nested list of KSMWest, under security suite 1."""

    NAME = "kaifa-ksmwest"
    PROFILE = "tinetz-kaifa"
    CONTROL = ENCRYPTED | _SUITE_1
    TITLE = b"KFM\x10\x20\x65\x43\x21"
    NUMBER = "1KFM0206543210"
    DEVICE = "KFM1200206543210"

    def registers(self) -> list:
        return [
            *self._voltages_and_currents(),
            *self._powers(),
            *self._energies("1234"),
        ]

    def body(self, clock: bytes, registers: list) -> bytes:
        elements = [axdr.octets(axdr.obis("0-0:1.0.0")), axdr.octets(clock)]
        for code, text in self.identity().items():
            elements.append(
                axdr.structure(axdr.octets(axdr.obis(code)), axdr.octets(text.encode()))
            )
        for code, encoded, _mantissa, scaler, unit in registers:
            elements.append(
                axdr.structure(
                    axdr.octets(axdr.obis(code)), encoded, axdr.scaler_unit(scaler, unit)
                )
            )
        return axdr.structure(*elements)

    def identity(self) -> dict:
        return {"0-0:96.1.0": self.NUMBER, "0-0:42.0.0": self.DEVICE}
