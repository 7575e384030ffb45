"""Value information of EN 13757-3: VIF and VIFE octets to a quantity, a unit and a decimal exponent.

Rows are (first code, last code, quantity, unit, exponent of the first code); each further code of a row
stands for ten times the one before, or, where unit is a tuple, for the next unit.
"""

from compat import const

_TIME = ("s", "min", "h", "d")
_LONG_TIME = ("h", "d", "month", "year")

# Table 10, primary VIF codes.
_PRIMARY = (
    (0x00, 0x07, "energy", "Wh", -3),
    (0x08, 0x0F, "energy", "J", 0),
    (0x10, 0x17, "volume", "m³", -6),
    (0x18, 0x1F, "mass", "kg", -3),
    (0x20, 0x23, "on_time", _TIME, 0),
    (0x24, 0x27, "operating_time", _TIME, 0),
    (0x28, 0x2F, "power", "W", -3),
    (0x30, 0x37, "power", "J/h", 0),
    (0x38, 0x3F, "volume_flow", "m³/h", -6),
    (0x40, 0x47, "volume_flow", "m³/min", -7),
    (0x48, 0x4F, "volume_flow", "m³/s", -9),
    (0x50, 0x57, "mass_flow", "kg/h", -3),
    (0x58, 0x5B, "flow_temperature", "°C", -3),
    (0x5C, 0x5F, "return_temperature", "°C", -3),
    (0x60, 0x63, "temperature_difference", "K", -3),
    (0x64, 0x67, "external_temperature", "°C", -3),
    (0x68, 0x6B, "pressure", "bar", -3),
    (0x6C, 0x6C, "date", "", 0),
    (0x6D, 0x6D, "datetime", "", 0),
    (0x6E, 0x6E, "hca", "HCA", 0),
    (0x70, 0x73, "averaging_duration", _TIME, 0),
    (0x74, 0x77, "actuality_duration", _TIME, 0),
    (0x78, 0x78, "fabrication_number", "", 0),
    (0x79, 0x79, "enhanced_identification", "", 0),
    (0x7A, 0x7A, "bus_address", "", 0),
    (0x7E, 0x7E, "any", "", 0),
    (0x7F, 0x7F, "manufacturer_specific", "", 0),
)

# Table 12, second octet after FB.
_AFTER_FB = (
    (0x00, 0x01, "energy", "Wh", 5),
    (0x02, 0x03, "reactive_energy", "varh", 3),
    (0x04, 0x05, "apparent_energy", "VAh", 3),
    (0x08, 0x09, "energy", "J", 8),
    (0x0C, 0x0F, "energy", "cal", 5),
    (0x10, 0x11, "volume", "m³", 2),
    (0x14, 0x17, "reactive_power", "var", 0),
    (0x18, 0x19, "mass", "kg", 5),
    (0x1A, 0x1B, "relative_humidity", "%", -1),
    (0x20, 0x20, "volume", "ft³", 0),
    (0x21, 0x21, "volume", "ft³", -1),
    (0x22, 0x23, "volume", "gal", -1),
    (0x24, 0x24, "volume_flow", "gal/min", -3),
    (0x25, 0x25, "volume_flow", "gal/min", 0),
    (0x26, 0x26, "volume_flow", "gal/h", 0),
    (0x28, 0x29, "power", "W", 5),
    (0x2A, 0x2A, "phase_angle_voltage", "°", -1),
    (0x2B, 0x2B, "phase_angle_current", "°", -1),
    (0x2C, 0x2F, "frequency", "Hz", -3),
    (0x30, 0x31, "power", "J/h", 8),
    (0x34, 0x37, "apparent_power", "VA", 0),
    (0x58, 0x5B, "flow_temperature", "°F", -3),
    (0x5C, 0x5F, "return_temperature", "°F", -3),
    (0x60, 0x63, "temperature_difference", "°F", -3),
    (0x64, 0x67, "external_temperature", "°F", -3),
    (0x70, 0x73, "temperature_limit", "°F", -3),
    (0x74, 0x77, "temperature_limit", "°C", -3),
    (0x78, 0x7F, "cumulated_maximum_power", "W", -3),
)

# Table 14, second octet after FD.
_AFTER_FD = (
    (0x00, 0x03, "credit", "", -3),
    (0x04, 0x07, "debit", "", -3),
    (0x08, 0x08, "access_number", "", 0),
    (0x09, 0x09, "medium", "", 0),
    (0x0A, 0x0A, "manufacturer", "", 0),
    (0x0B, 0x0B, "parameter_set", "", 0),
    (0x0C, 0x0C, "model_version", "", 0),
    (0x0D, 0x0D, "hardware_version", "", 0),
    (0x0E, 0x0E, "firmware_version", "", 0),
    (0x0F, 0x0F, "software_version", "", 0),
    (0x10, 0x10, "customer_location", "", 0),
    (0x11, 0x11, "customer", "", 0),
    (0x12, 0x12, "access_code_user", "", 0),
    (0x13, 0x13, "access_code_operator", "", 0),
    (0x14, 0x14, "access_code_system_operator", "", 0),
    (0x15, 0x15, "access_code_developer", "", 0),
    (0x16, 0x16, "password", "", 0),
    (0x17, 0x17, "error_flags", "", 0),
    (0x18, 0x18, "error_mask", "", 0),
    (0x19, 0x19, "security_key", "", 0),
    (0x1A, 0x1A, "digital_output", "", 0),
    (0x1B, 0x1B, "digital_input", "", 0),
    (0x1C, 0x1C, "baud_rate", "Bd", 0),
    (0x1D, 0x1D, "response_delay", "bit times", 0),
    (0x1E, 0x1E, "retry", "", 0),
    (0x1F, 0x1F, "remote_control", "", 0),
    (0x20, 0x20, "first_storage_number", "", 0),
    (0x21, 0x21, "last_storage_number", "", 0),
    (0x22, 0x22, "storage_block_size", "", 0),
    (0x23, 0x23, "tariff_and_subunit", "", 0),
    (0x24, 0x27, "storage_interval", _TIME, 0),
    (0x28, 0x29, "storage_interval", ("month", "year"), 0),
    (0x2A, 0x2A, "operator_data", "", 0),
    (0x2B, 0x2B, "second_of_minute", "s", 0),
    (0x2C, 0x2F, "since_last_readout", _TIME, 0),
    (0x30, 0x30, "tariff_start", "", 0),
    (0x31, 0x33, "tariff_duration", ("min", "h", "d"), 0),
    (0x34, 0x37, "tariff_period", _TIME, 0),
    (0x38, 0x39, "tariff_period", ("month", "year"), 0),
    (0x3A, 0x3A, "dimensionless", "", 0),
    (0x3B, 0x3B, "radio_container", "", 0),
    (0x3C, 0x3F, "transmission_period", _TIME, 0),
    (0x40, 0x4F, "voltage", "V", -9),
    (0x50, 0x5F, "current", "A", -12),
    (0x60, 0x60, "reset_counter", "", 0),
    (0x61, 0x61, "cumulation_counter", "", 0),
    (0x62, 0x62, "control_signal", "", 0),
    (0x63, 0x63, "day_of_week", "", 0),
    (0x64, 0x64, "week_number", "", 0),
    (0x65, 0x65, "time_of_day_change", "", 0),
    (0x66, 0x66, "parameter_activation_state", "", 0),
    (0x67, 0x67, "special_supplier_info", "", 0),
    (0x68, 0x6B, "since_last_cumulation", _LONG_TIME, 0),
    (0x6C, 0x6F, "battery_operating_time", _LONG_TIME, 0),
    (0x70, 0x70, "battery_change", "", 0),
    (0x71, 0x71, "rf_level", "dBm", 0),
    (0x72, 0x72, "daylight_saving", "", 0),
    (0x73, 0x73, "listening_window", "", 0),
    (0x74, 0x74, "battery_lifetime", "d", 0),
    (0x75, 0x75, "stop_counter", "", 0),
    (0x76, 0x76, "manufacturer_container", "", 0),
)

# Third octet after FD FD.
_AFTER_FD_FD = (
    (0x00, 0x00, "selected_application", "", 0),
    (0x02, 0x03, "battery_lifetime", ("month", "year"), 0),
)

# Types K and L (Annex A), whose layout no source at hand states: the octets stay as they are.
_RAW = ("daylight_saving", "listening_window")
_DATES = ("date", "datetime", "tariff_start", "battery_change")
_BITS = (
    "error_flags",
    "error_mask",
    "digital_output",
    "digital_input",
    "parameter_activation_state",
)

# Table 15, combinable VIFE, and Table 16, the same after FC: codes that qualify a value.
_QUALIFIERS = {
    0x3A: "uncorrected",
    0x3B: "positive only",
    0x3C: "negative only",
    0x3D: "non-metric",
    0x3E: "base conditions",
    0x3F: "obis",
    0x40: "lower limit",
    0x48: "upper limit",
    0x13: "inverse compact profile",
    0x1E: "compact profile with registers",
    0x1F: "compact profile",
    0x7E: "future",
}
_PROFILES = (0x13, 0x1E, 0x1F)
_AFTER_FC = {
    0x01: "L1", 0x02: "L2", 0x03: "L3", 0x04: "N", 0x05: "L1-L2", 0x06: "L2-L3", 0x07: "L3-L1",
    0x08: "Q1", 0x09: "Q2", 0x0A: "Q3", 0x0B: "Q4", 0x0C: "difference", 0x10: "both directions",
}  # fmt: skip
_PER = {
    0x20: "s", 0x21: "min", 0x22: "h", 0x23: "d", 0x24: "week", 0x25: "month", 0x26: "year",
    0x27: "revolution", 0x28: "input pulse 0", 0x29: "input pulse 1", 0x2A: "output pulse 0",
    0x2B: "output pulse 1", 0x2C: "l", 0x2D: "m³", 0x2E: "kg", 0x2F: "K", 0x30: "kWh", 0x31: "GJ",
    0x32: "kW", 0x33: "K·l", 0x34: "V", 0x35: "A",
}  # fmt: skip

_EXTENSION = const(0x80)


class Meaning:
    """What the value information of a record says.

    quantity, unit: text; exponent: power of ten; kind: "number", "date", "bits", or "raw" for data that are no
    single value (types K and L, compact profiles); qualifiers: list of texts; manufacturer: whether a manufacturer's own VIFE follows, whose octets are in `own`.
    """

    def __init__(self):
        self.quantity = "unknown"
        self.unit = ""
        self.exponent = 0
        self.kind = "number"
        self.qualifiers = []
        self.manufacturer = False
        self.own = b""


def meaning(octets, plain_text: "str | None" = None) -> Meaning:
    """Return the Meaning of the VIF and its VIFEs.

    octets: VIF and VIFE octets without the text of a plain text VIF, which is given apart.
    """
    found = Meaning()
    first = octets[0]
    at = 1
    code = first & 0x7F
    if code == 0x7C:
        found.quantity = plain_text or "text"
    elif first == 0xFB and len(octets) > 1:
        _look_up(found, _AFTER_FB, octets[1] & 0x7F)
        at = 2
    elif first == 0xFD and len(octets) > 1:
        at = 2
        if octets[1] == 0xFD and len(octets) > 2:
            _look_up(found, _AFTER_FD_FD, octets[2] & 0x7F)
            at = 3
        else:
            _look_up(found, _AFTER_FD, octets[1] & 0x7F)
    elif first not in (0xFB, 0xFD, 0xEF):
        _look_up(found, _PRIMARY, code)
    if found.quantity in _DATES:
        found.kind = "date"
    elif found.quantity in _BITS:
        found.kind = "bits"
    elif found.quantity in _RAW:
        found.kind = "raw"
    if found.quantity == "manufacturer_specific":
        found.own = bytes(octets[at:])
        return found
    _extend(found, octets, at)
    return found


def _look_up(found: Meaning, table: tuple, code: int):
    for first, last, quantity, unit, exponent in table:
        if first <= code <= last:
            found.quantity = quantity
            if isinstance(unit, tuple):
                found.unit = unit[code - first]
            else:
                found.unit = unit
                found.exponent = exponent + code - first
            return


def _extend(found: Meaning, octets, at: int):
    """Apply the combinable VIFEs from at on."""
    while at < len(octets):
        code = octets[at] & 0x7F
        at += 1
        if code == 0x7F:
            found.manufacturer = True
            found.own = bytes(octets[at:])
            return
        if code == 0x7C and at < len(octets):
            name = _AFTER_FC.get(octets[at] & 0x7F)
            found.qualifiers.append(name or "FC%02X" % (octets[at] & 0x7F))
            at += 1
        elif 0x70 <= code <= 0x77:
            found.exponent += code - 0x76
        elif code == 0x7D:
            found.exponent += 3
        elif code in _PER:
            found.qualifiers.append("per " + _PER[code])
        elif (
            code == 0x39
            or (0x40 <= code <= 0x4F and code & 2)
            or (code >= 0x60 and code & 0x7A == 0x6A)
        ):
            # Start or end of an event rather than the value itself (Table 15).
            found.kind = "date"
            found.unit = ""
            found.qualifiers.append("event %02X" % code)
        elif 0x50 <= code <= 0x67:
            found.unit = _TIME[code & 3]
            found.exponent = 0
            found.qualifiers.append("duration %02X" % code)
        else:
            if code in _PROFILES:
                found.kind = "raw"
            found.qualifiers.append(_QUALIFIERS.get(code) or "VIFE %02X" % code)
