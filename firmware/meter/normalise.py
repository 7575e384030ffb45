"""Normalise a telegram to FORMAT.md: fixed units, `1-0:` twins of channel 1, one clock code."""

import obis
import timestamp
from firmware.meter.reading import Reading

CLOCK = "0-0:1.0.0"


class Normaliser:
    """Turns Telegrams into Readings. `dropped` counts items whose unit cannot be the code's."""

    def __init__(self, zone: timestamp.Zone):
        self.zone = zone
        self.dropped = {}

    def reading(self, telegram, received: int, now: "int | None") -> Reading:
        """Return the Reading of a telegram.

        received: uptime in ms at the last byte; now: Unix time at the last byte, used where the meter
        sends no time of its own.
        """
        moment = now
        if telegram.time is not None:
            moment = timestamp.unix(telegram.time, self.zone)
        values = {}
        if telegram.time is not None:
            values[CLOCK] = (timestamp.iso(telegram.time), moment)
        for code, value, unit in telegram.items:
            if isinstance(value, tuple):
                try:
                    value = obis.normalise(code, value[0], value[1], unit or "")
                except ValueError:
                    self.dropped["malformed"] = self.dropped.get("malformed", 0) + 1
                    continue
            values[code] = (value, moment)
        for code in [code for code in values if code.startswith("1-1:")]:
            twin = "1-0:" + code[4:]
            if twin not in values:
                values[twin] = values[code]
        return Reading(
            values, received, moment, telegram.meter, telegram.layout, telegram.security
        )
