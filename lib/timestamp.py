"""Civil time without the platform's clock: the ESP32's epoch is 2000, other ports' 1970.

A local time is a tuple `(year, month, day, hour, minute, second, offset, dst)`: offset in minutes east
of UTC or None where the meter sends none, dst True, False or None where it does not say.
Unix times are seconds since 1970-01-01 UTC.
"""

_DAY = 86400
_UNIX_2000 = 946684800


def days(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01 in the proleptic Gregorian calendar."""
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def civil(seconds: int) -> tuple:
    """Return `(year, month, day, hour, minute, second)` in UTC for a Unix time."""
    count, rest = divmod(seconds, _DAY)
    count += 719468
    era, of_era = divmod(count, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year += era * 400 + (month <= 2)
    return (year, month, day, rest // 3600, rest // 60 % 60, rest % 60)


def valid(t: tuple) -> bool:
    """Tell whether the fields of a local time name a moment that exists."""
    year, month, day, hour, minute, second = t[:6]
    if not (1990 <= year <= 2200 and 1 <= month <= 12 and 1 <= day <= 31):
        return False
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return False
    return civil(days(year, month, day) * _DAY)[:3] == (year, month, day)


def unix(t: tuple, zone: "Zone | None" = None) -> "int | None":
    """Return the Unix time of a local time; by its own offset, else in zone; None without either."""
    local = days(t[0], t[1], t[2]) * _DAY + t[3] * 3600 + t[4] * 60 + t[5]
    if t[6] is not None:
        return local - t[6] * 60
    return None if zone is None else zone.to_utc(local, t[7])


def iso(t: tuple) -> str:
    """Return ISO 8601 text, with the UTC offset only where the meter sent one."""
    base = "%04d-%02d-%02dT%02d:%02d:%02d" % t[:6]
    if t[6] is None:
        return base
    offset = abs(t[6])
    return "%s%s%02d:%02d" % (base, "-" if t[6] < 0 else "+", offset // 60, offset % 60)


def now(time_module) -> "int | None":
    """Return the Unix time of a port's `time` module, or None while its clock was never set.

    A port that lost power starts at its epoch; a year before 2024 is taken as not set.
    """
    seconds = int(time_module.time())
    if time_module.gmtime(0)[0] == 2000:
        seconds += _UNIX_2000
    return seconds if seconds >= 1704067200 else None


class Zone:
    """A time zone by its POSIX rule, e.g. `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX.1 8.3, TZ).

    Raises ValueError on a rule that is not of the form std offset [dst [offset] , Mm.w.d[/t] , Mm.w.d[/t]].
    """

    def __init__(self, rule: str):
        self.rule = rule
        head, _, changes = rule.partition(",")
        _, rest = _name(head)
        west, rest = _clock(rest, required=True)
        self.standard = -west
        self.summer = None
        if rest:
            _, rest = _name(rest)
            west, rest = _clock(rest, required=False)
            self.summer = self.standard + 3600 if west is None else -west
            parts = changes.split(",")
            if rest or len(parts) != 2:
                raise ValueError("time zone rule: start and end of summer time expected")
            self._start = _change(parts[0])
            self._end = _change(parts[1])
        elif changes:
            raise ValueError("time zone rule: no summer time name")

    def offset(self, utc: int) -> int:
        """Return seconds east of UTC in force at a Unix time."""
        if self.summer is None:
            return self.standard
        year = civil(utc + self.standard)[0]
        start = _moment(year, self._start) - self.standard
        end = _moment(year, self._end) - self.summer
        inside = start <= utc < end if start < end else not end <= utc < start
        return self.summer if inside else self.standard

    def to_utc(self, local: int, dst=None) -> int:
        """Return the Unix time of local seconds; dst settles the hour that comes twice."""
        if self.summer is None:
            return local - self.standard
        if dst is not None:
            return local - (self.summer if dst else self.standard)
        by_standard = local - self.standard
        by_summer = local - self.summer
        if self.offset(by_summer) == self.summer:
            return by_summer
        return by_standard

    def local(self, utc: int) -> tuple:
        """Return the local time tuple at a Unix time."""
        offset = self.offset(utc)
        return civil(utc + offset) + (
            offset // 60,
            self.summer is not None and offset == self.summer,
        )


def _name(text: str) -> tuple:
    if text[:1] == "<":
        end = text.find(">")
        if end < 0:
            raise ValueError("time zone rule: unclosed name")
        return text[1:end], text[end + 1 :]
    end = 0
    while end < len(text) and text[end].isalpha():
        end += 1
    if end < 3:
        raise ValueError("time zone rule: zone name expected")
    return text[:end], text[end:]


def _clock(text: str, required: bool) -> tuple:
    """Split a leading [+-]hh[:mm[:ss]] off; return (seconds | None, rest)."""
    end = 0
    while end < len(text) and text[end] in "+-:0123456789":
        end += 1
    if not end:
        if required:
            raise ValueError("time zone rule: offset expected")
        return None, text
    sign = -1 if text[0] == "-" else 1
    fields = text[:end].lstrip("+-").split(":")
    if len(fields) > 3:
        raise ValueError("time zone rule: offset has too many fields")
    seconds = 0
    for position, field in enumerate(fields):
        seconds += int(field) * (3600, 60, 1)[position]
    if seconds > 167 * 3600:
        raise ValueError("time zone rule: offset out of range")
    return sign * seconds, text[end:]


def _change(text: str) -> tuple:
    """Return (month, week, weekday, seconds) of `Mm.w.d[/time]`."""
    date, _, clock = text.partition("/")
    fields = date[1:].split(".")
    if date[:1] != "M" or len(fields) != 3:
        raise ValueError("time zone rule: Mm.w.d expected")
    month, week, weekday = int(fields[0]), int(fields[1]), int(fields[2])
    if not (1 <= month <= 12 and 1 <= week <= 5 and 0 <= weekday <= 6):
        raise ValueError("time zone rule: Mm.w.d out of range")
    seconds, rest = _clock(clock, required=False)
    if rest:
        raise ValueError("time zone rule: time of change expected")
    return month, week, weekday, 7200 if seconds is None else seconds


def _moment(year: int, change: tuple) -> int:
    """Return the local seconds since 1970 at which a change falls in a year."""
    month, week, weekday, seconds = change
    first = days(year, month, 1)
    # 1970-01-01 was a Thursday (4, Sunday is 0).
    day = first + (weekday - (first + 4)) % 7 + (week - 1) * 7
    after = days(year + month // 12, month % 12 + 1, 1)
    while day >= after:
        day -= 7
    return day * _DAY + seconds
