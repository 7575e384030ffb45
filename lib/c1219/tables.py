"""Fields of the ANSI C12.19 tables that are read, as NES meters fill them.

Numbers are least significant octet first, times single binary octets. Every function takes the octets
of its table from its start and raises ValueError where they are too few or cannot be.
"""

from collections import namedtuple

from timestamp import days, valid

Dimensions = namedtuple(
    "Dimensions",
    (
        "reset_counter",  # 1 if BT23 begins with a count of demand resets
        "event_time",  # whether a demand carries its time
        "cumulative",
        "continuous",
        "time_remaining",
        "sums",
        "demands",
        "coincidents",
        "occurrences",
        "tiers",
        "present_demands",
        "present_values",
    ),
)

# Far beyond any known meter (19, 8, 0, 9, 8 and 84), to refuse what would only waste requests.
_MOST_SUMS = 64
_MOST_DEMANDS = 32
_MOST_TIERS = 16
_MOST_PRESENT = 200


def need(data, count: int) -> None:
    """Raise ValueError unless there are at least count octets."""
    if len(data) < count:
        raise ValueError("%d octets, not %d" % (len(data), count))


def integer(data, offset: int, size: int = 4) -> int:
    """Return the signed number of size octets at offset, least significant first."""
    value = 0
    for i in range(size):
        value |= data[offset + i] << 8 * i
    return value - (1 << 8 * size) if value >> 8 * size - 1 else value


def text(data) -> str:
    """Return printable ASCII up to the first NUL, without blanks around it."""
    end = 0
    while end < len(data) and data[end]:
        if not 32 <= data[end] < 127:
            raise ValueError("not printable")
        end += 1
    return str(bytes(data[:end]), "ascii").strip()


def check_formats(data) -> None:
    """Raise ValueError unless BT00 declares the formats that all else here relies on.

    Octets least significant first, two's complement, times as binary octets, numbers INT32.
    """
    need(data, 3)
    if data[0] & 1 or data[1] & 7 != 2 or data[1] >> 6 or data[2] != 0x88:
        raise ValueError("formats 0x%02X%02X%02X" % (data[0], data[1], data[2]))


def maker(data) -> tuple:
    """Return (manufacturer, model, (version, revision, build) of the firmware) from BT01."""
    need(data, 16)
    # The one number of the tables that is most significant octet first.
    word = data[14] << 8 | data[15]
    firmware = (word >> 12, word >> 5 & 0x7F, word & 0x1F)
    return text(data[:4]), text(data[4:12]), firmware


def ratios(data) -> tuple:
    """Return (current, voltage) transformer ratio from BT15."""
    need(data, 17)
    current, voltage = integer(data, 9), integer(data, 13)
    # A directly connected meter may leave them out.
    current, voltage = current or 1, voltage or 1
    if not (1 <= current <= 100000 and 1 <= voltage <= 10000):
        raise ValueError("transformer ratios %d, %d" % (current, voltage))
    return current, voltage


def dimensions(data) -> Dimensions:
    """Return the dimensions of BT23 and BT28 from BT21."""
    need(data, 10)
    flags = data[0]
    read = Dimensions(
        flags >> 2 & 1,
        bool(flags & 0x02),
        bool(flags & 0x10),
        bool(flags & 0x20),
        bool(flags & 0x40),
        *(data[i] for i in range(3, 10)),
    )
    if (
        read.sums > _MOST_SUMS
        or read.demands > _MOST_DEMANDS
        or read.coincidents > _MOST_DEMANDS
        or read.occurrences > 1
        or read.tiers > _MOST_TIERS
        or read.present_demands + read.present_values > _MOST_PRESENT
    ):
        raise ValueError("dimensions out of range")
    return read


def utc(data) -> "tuple | None":
    """Return the local time tuple of BT52, offset 0, or None while the clock is not set."""
    need(data, 7)
    # Zone or summer time applied.
    if data[6] & 0x60:
        raise ValueError("BT52 is not in UTC")
    if not data[1] or not data[2]:
        return None
    return _moment(data, 0, False)


def local(data) -> tuple:
    """Return (local time tuple without offset | None, tariff 1...) of BT55."""
    need(data, 9)
    tariff = (data[7] & 7) + 1
    if not data[1] or not data[2]:
        return None, tariff
    return _moment(data, None, bool(data[6] & 0x08)), tariff


def offset_minutes(utc_time: tuple, local_time: tuple) -> "int | None":
    """Return the minutes that BT55 is east of BT52.

    BT55 advances by the minute and is read some seconds apart from BT52: zones differ by quarters of
    an hour, so the nearest one is meant. None where there is none within two minutes.
    """
    apart = _seconds(local_time) - _seconds(utc_time)
    quarter = (apart + 450) // 900
    if abs(apart - quarter * 900) > 120 or not -56 <= quarter <= 56:
        return None
    return quarter * 15


def _seconds(t: tuple) -> int:
    return days(t[0], t[1], t[2]) * 86400 + t[3] * 3600 + t[4] * 60 + t[5]


def _moment(data, offset: "int | None", dst: bool) -> tuple:
    moment = (2000 + data[0], data[1], data[2], data[3], data[4], data[5], offset, dst)
    if not valid(moment):
        raise ValueError("no such moment")
    return moment
