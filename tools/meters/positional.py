"""Meters whose list is known by position: Wiener Netze, Kärnten, Wels, Burgenland."""

from tools.meters import axdr
from tools.meters.hdlc import one_frame
from tools.meters.push import BOTH, Push, plain_values


class WienerNetzeIskra(Push):
    """Iskraemeco AM550 at Wiener Netze: infrared head, one HDLC frame a second."""

    NAME = "wienernetze-am550"
    PROFILE = "wienernetze-am550"
    SETTINGS = "9600 8N1"
    INTERVAL = 1.0
    TITLE = b"ISKit\x12\x34\x56"
    ADDRESSES = b"\xcf\x02\x23"
    DEVICE = ""

    def content(self) -> tuple:
        registers = self.energies("1234") + self.powers("1234")
        elements = [axdr.octets(self.DEVICE.encode())] if self.DEVICE else []
        elements.append(axdr.octets(self.stamp()))
        elements += [axdr.u32(register[1]) for register in registers]
        values = plain_values(registers)
        if self.DEVICE:
            values.append(("0-0:42.0.0", self.DEVICE))
        return axdr.structure(*elements), values

    def frames(self, apdu: bytes) -> list:
        return one_frame(apdu, self.ADDRESSES)


class WienerNetzeSiemens(WienerNetzeIskra):
    """Siemens IM350 at Wiener Netze: as Iskra's, with its device name in front."""

    NAME = "wienernetze-im350"
    PROFILE = "wienernetze-im350"
    TITLE = b"SMSgu\x12\x34\x56"
    ADDRESSES = b"\xcf\x00\x02\x00\x23"
    DEVICE = "SMS1030788123456"


class WienerNetzeLandisGyr(WienerNetzeIskra):
    """Landis+Gyr E450 at Wiener Netze: every 5 s, date-times without deviation."""

    NAME = "wienernetze-e450"
    PROFILE = "wienernetze-e450"
    INTERVAL = 5.0
    CLOCK = "local"
    TITLE = b"LGZgs\x12\x34\x56"
    ADDRESSES = b"\xce\xff\x03"


class KaerntenSiemens(Push):
    """Siemens IM350 at KNG Kärnten Netz: P1 socket, time and date apart, customer text."""

    NAME = "kng-im350"
    PROFILE = "kng-im350"
    SETTINGS = "115200 8N1 inverted"
    INTERVAL = 6.0
    TITLE = b"SMSgp\x12\x34\x56"
    ADDRESSES = b"\xcf\x00\x02\x00\x23"
    NUMBER = "2221202012345"
    TEXTS = ("Wartung am 3.", "17")

    def content(self) -> tuple:
        local, _ = self.local()
        registers = self.energies("1234") + self.powers("12")
        time = bytes((local.hour, local.minute, local.second, 0))
        date = local.year.to_bytes(2, "big") + bytes((local.month, local.day, local.isoweekday()))
        elements = [
            axdr.octets(axdr.obis("0-6:25.9.0")),
            axdr.octets(self.NUMBER.encode()),
            axdr.octets(time),
            axdr.octets(date),
            *(axdr.u32(register[1]) for register in registers),
            *(axdr.octets(text.encode()) for text in self.TEXTS),
        ]
        values = [*plain_values(registers), ("0-0:96.1.0", self.NUMBER)]
        values += zip(("0-0:96.13.0", "0-0:96.13.1"), self.TEXTS, strict=False)
        return axdr.structure(*elements), values

    def clock_text(self) -> str:
        return self.local()[0].replace(tzinfo=None).isoformat()

    def frames(self, apdu: bytes) -> list:
        return one_frame(apdu, self.ADDRESSES)


class KaerntenIskra(KaerntenSiemens):
    """Iskraemeco AM550 at KNG Kärnten Netz: P1 socket, empty customer text."""

    NAME = "kng-am550"
    PROFILE = "kng-am550"
    TITLE = b"ISKit\x65\x43\x21"
    ADDRESSES = b"\xcf\x02\x23"
    NUMBER = "1121273212345"
    TEXTS = ("", "")


class WelsSiemens(KaerntenSiemens):
    """Siemens IM350 at Wels Strom: every second, without customer text."""

    NAME = "wels-im350"
    PROFILE = "wels-im350"
    INTERVAL = 1.0
    TITLE = b"SMSgp\x65\x43\x21"
    NUMBER = "18012345"
    TEXTS = ()


class Burgenland(Push):
    """Landis+Gyr E450 at Netz Burgenland: HDLC over M-Bus, two keys, angles, no clock in the
    list.
    """

    NAME = "burgenland-e450"
    PROFILE = "burgenland-e450"
    SETTINGS = "2400 8E1"
    INTERVAL = 5.0
    CONTROL = BOTH
    CLOCK = "local"
    TITLE = b"LGZgr\x12\x34\x56"
    NUMBER = "30123456"

    def content(self) -> tuple:
        small = self.voltages(whole=True) + self.currents()
        large = self.powers("12") + self.energies("12")
        angles = [
            ("1-0:81.7.%s" % group, angle, 0)
            for group, angle in zip(("40", "51", "62"), self.house.angle, strict=True)
        ]
        elements = [axdr.u16(register[1]) for register in small]
        elements += [axdr.u32(register[1]) for register in large]
        elements += [axdr.u16(angle[1]) for angle in angles]
        elements.append(axdr.octets(self.NUMBER.encode()))
        values = [*plain_values(small + large), *angles, ("0-0:96.1.0", self.NUMBER)]
        return axdr.structure(*elements), values

    def frames(self, apdu: bytes) -> list:
        return one_frame(apdu, b"\xce\xff\x03")


class BurgenlandInfrared(Burgenland):
    """Landis+Gyr E450 at Netz Burgenland on its infrared port."""

    NAME = "burgenland-e450-ir"
    PROFILE = "burgenland-e450-ir"
    SETTINGS = "9600 8N1"
    TITLE = b"LGZgr\x65\x43\x21"
