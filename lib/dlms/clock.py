"""COSEM date-time, date and time as octet strings (IEC 62056-6-2, 4.1.6.1)."""

import timestamp
from compat import const

LENGTH = const(12)
_NOT_SPECIFIED = const(0x8000)
_SUMMER = const(0x80)
_INVALID_STATUS = const(0xFF)


def date_time(data) -> "tuple | None":
    """Return the local time of 12 octets, or None where it names no moment.

    The deviation is minutes from local time to UTC, so the offset east of UTC is its negative.
    Without deviation the summer-time bit only counts when set: Landis+Gyr leaves it clear in the
    header of a telegram whose clock runs on summer time.
    """
    if len(data) != LENGTH:
        return None
    deviation = data[9] << 8 | data[10]
    offset = None
    if deviation != _NOT_SPECIFIED:
        if deviation & 0x8000:
            deviation -= 0x10000
        if not -840 <= deviation <= 840:
            return None
        offset = -deviation
    summer = None
    if data[11] != _INVALID_STATUS and (data[11] & _SUMMER or offset is not None):
        summer = bool(data[11] & _SUMMER)
    moment = (
        data[0] << 8 | data[1], data[2], data[3], data[5], data[6], data[7], offset, summer,
    )  # fmt: skip
    return moment if timestamp.valid(moment) else None


def date_and_time(date, time) -> "tuple | None":
    """Return the local time of a date (5 octets) and a time (4 octets), without offset."""
    if len(date) != 5 or len(time) != 4:
        return None
    moment = (
        date[0] << 8 | date[1], date[2], date[3], time[0], time[1], time[2], None, None,
    )  # fmt: skip
    return moment if timestamp.valid(moment) else None
