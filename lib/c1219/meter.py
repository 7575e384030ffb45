"""What is known of one NES meter: its layout, read from the meter itself, and what its tables then say."""

from c1219 import registers, tables
from c1219.request import (
    BT00,
    BT01,
    BT15,
    BT20,
    BT21,
    BT22,
    BT23,
    BT27,
    BT28,
    BT52,
    BT55,
    ET03,
    ET04,
    ET55,
)
from compat import const
from timestamp import civil, unix

SERIAL = "0-0:C.1.0"
TARIFF = "0-0:96.14.0"

_SERIAL_SIZE = const(30)
_LAYOUT_VERSION = const(116)  # in ET04
_UNIT_SINCE = (3, 70, 0)


class Meter:
    """Filled table by table through `absorb`.

    time: the local time tuple of the last reading of the clock, or None.
    present, totals, tariffs: registers of BT28 and of BT23, once their description has been read.
    """

    def __init__(self):
        self.serial = ""
        self.manufacturer = ""
        self.model = ""
        self.firmware = None
        self.layout_version = None
        self.time = None
        self._zone = None
        self._local = None
        self._refused = set()
        self.forget_layout()

    def forget_layout(self) -> None:
        """Have everything read again that says where values lie."""
        self.dimensions = None
        self.transformers = None
        self.present = None
        self.totals = None
        self.tariffs = None
        self._formats = False
        self._most_tiers = None
        self._unit = None
        self._sum_sources = None
        self._present_sources = None
        self._refused.clear()

    def shape(self) -> str:
        """Return how this meter describes itself, for a report: no value and no identity is in it."""
        parts = [self.manufacturer, self.model]
        if self.firmware:
            parts.append("%d.%02d.%d" % self.firmware)
        for name, found in (
            ("dimensions", self.dimensions and [int(field) for field in self.dimensions]),
            ("sums", self._sum_sources and list(self._sum_sources)),
            ("present", self._present_sources and list(self._present_sources)),
            ("transformers", self.transformers),
            ("refused", sorted(self._refused)),
        ):
            if found:
                parts.append("%s %s" % (name, ",".join([str(number) for number in found])))
        return " ".join([part for part in parts if part])

    def missing_for_powers(self) -> "tuple | None":
        """Return the `(table, offset, count)` to read next before BT28 can be understood, or None."""
        if not self._formats and BT00 not in self._refused:
            return BT00, 0, 19
        if not self.serial and ET03 not in self._refused:
            return self.serial_read()
        if self.dimensions is None:
            return self._unless_refused(BT21, 0, 10)
        if self.transformers is None and BT15 not in self._refused:
            return BT15, 0, 17
        if self.present is None:
            size = self.dimensions.present_demands + self.dimensions.present_values
            return self._unless_refused(BT27, 0, size) if size else None
        return None

    def missing_for_energies(self) -> "tuple | None":
        """Return the `(table, offset, count)` to read next before BT23 can be understood, or None.

        Needs what `missing_for_powers` asks for.
        """
        if self.dimensions is None or self.totals is not None:
            return None
        if self._sum_sources is None:
            return self._unless_refused(BT22, 0, registers.sources_size(self.dimensions))
        # Only meters behind transformers count in tens or hundreds of Wh.
        if self.firmware is None:
            return self._unless_refused(BT01, 0, 16)
        if self._most_tiers is None:
            return self._unless_refused(BT20, 0, 10)
        return self._unless_refused(ET55, self._unit_offset(), 1)

    def missing_for_status(self) -> "tuple | None":
        """Return the `(table, offset, count)` to read next of what is only good to know, or None."""
        return None if self.firmware else self._unless_refused(BT01, 0, 16)

    def serial_read(self) -> tuple:
        """Return the `(table, offset, count)` that holds the serial number."""
        return ET03, 0, _SERIAL_SIZE

    def layout_version_read(self) -> tuple:
        """Return the `(table, offset, count)` whose change tells that the layout has changed."""
        return ET04, _LAYOUT_VERSION, 1

    def refuse(self, table: int) -> None:
        """Do without a table of the layout: the meter does not give it, or it makes no sense."""
        self._refused.add(table)
        self._arrange()

    def forgive(self, table: int) -> None:
        """Ask for a table again that was refused."""
        self._refused.discard(table)

    def absorb(self, table: int, offset: int, count: int, data) -> list:
        """Take in the answer to a read; return its `(code, value, unit)` items, if it has any.

        Raises ValueError where the octets cannot be what was asked for.
        """
        if len(data) > count:
            raise ValueError("more than was asked for")
        if table == BT28:
            return registers.decode(self.present or (), offset, count, data)
        if table == BT23:
            items = registers.decode(self.totals or (), offset, count, data)
            return items + registers.decode(self.tariffs or (), offset, count, data)
        if table == BT52:
            self._read_clock(data)
        elif table == BT55:
            return self._read_local_clock(data)
        elif table == ET03:
            self.serial = tables.text(data)
            if not self.serial:
                raise ValueError("no serial number")
            return [(SERIAL, self.serial, "")]
        else:
            self._read_description(table, count, data)
            self._arrange()
        return []

    def _unless_refused(self, table: int, offset: int, count: int) -> "tuple | None":
        return None if table in self._refused else (table, offset, count)

    def _read_description(self, table: int, count: int, data) -> None:
        if table == BT00:
            tables.check_formats(data)
            self._formats = True
        elif table == BT01:
            self.manufacturer, self.model, self.firmware = tables.maker(data)
        elif table == BT15:
            self.transformers = tables.ratios(data)
        elif table == BT20:
            tables.need(data, 8)
            self._most_tiers = data[7]
        elif table == BT21:
            dimensions = tables.dimensions(data)
            if dimensions != self.dimensions:
                self._sum_sources = self._present_sources = None
                self.present = self.totals = self.tariffs = None
            self.dimensions = dimensions
        elif table in (BT22, BT27):
            tables.need(data, count)
            if table == BT22:
                self._sum_sources = bytes(data)
            else:
                self._present_sources = bytes(data)
        elif table == ET55:
            tables.need(data, 1)
            if data[0] not in (1, 10, 100):
                raise ValueError("energy unit %d" % data[0])
            self._unit = len(str(data[0])) - 1
        elif table == ET04:
            tables.need(data, 1)
            if self.layout_version not in (None, data[0]):
                self.forget_layout()
            self.layout_version = data[0]

    def _arrange(self) -> None:
        """Find the registers as soon as everything that describes them is known."""
        if self.dimensions is None:
            return
        known = self.transformers is not None or BT15 in self._refused
        if self._present_sources is not None and known:
            self.present = registers.present(
                self.dimensions, self._present_sources, self.transformers
            )
        exponent = self._energy_exponent()
        if self._sum_sources is not None and exponent is not None:
            found = registers.energies(self.dimensions, self._sum_sources, exponent)
            self.totals = [register for register in found if register.code[-2:] == ".0"]
            self.tariffs = [register for register in found if register.code[-2:] != ".0"]

    def _energy_exponent(self) -> "int | None":
        """Return the power of ten of the energy unit in Wh, or None while it is not known."""
        if self.transformers == (1, 1):
            return 0
        if self.transformers is None and BT15 not in self._refused:
            return None
        if self.firmware is None or self.firmware >= _UNIT_SINCE:
            return self._unit
        return 0

    def _unit_offset(self) -> int:
        """Return where ET55 holds the energy unit; the tariffs before it vary in number."""
        before = 146 if self.firmware[0] < 4 else 147
        return before + 4 * (self._most_tiers - 1) + 39

    def _read_clock(self, data) -> None:
        self.time = None
        utc = tables.utc(data)
        if utc is None:
            return
        if self._local is not None:
            minutes = tables.offset_minutes(utc, self._local)
            if minutes is not None:
                self._zone = minutes, self._local[7]
            # It stands still: later it would tell another zone.
            self._local = None
        if self._zone is None:
            self.time = utc
        else:
            minutes, dst = self._zone
            self.time = civil(unix(utc) + 60 * minutes) + (minutes, dst)

    def _read_local_clock(self, data) -> list:
        self._local, tariff = tables.local(data)
        self.time = self._local if BT52 in self._refused else None
        return [(TARIFF, (tariff, 0), "")]
