"""What Home Assistant is told: one MQTT message that describes the whole device (device discovery).

Only codes that this meter sends become entities. The message has several kilobytes, so it is written in
pieces and never whole in memory. Home Assistant 2025.6 or newer knows all classes used here.
Loaded only while it is sent, see announcer.py.
"""

import json

import obis

# A line for a code, or for groups D and C of energies (8) and of what is momentary (7): German, English.
# One text, because tuples of texts would take four times as much.
_NAMES = """
8.1=Energie Bezug=Energy import
8.2=Energie Lieferung=Energy export
8.3=Blindenergie Bezug=Reactive energy import
8.4=Blindenergie Lieferung=Reactive energy export
8.9=Scheinenergie Bezug=Apparent energy import
8.10=Scheinenergie Lieferung=Apparent energy export
8.15=Energie Summe=Energy total
7.1=Leistung Bezug=Power import
7.2=Leistung Lieferung=Power export
7.3=Blindleistung Bezug=Reactive power import
7.4=Blindleistung Lieferung=Reactive power export
7.9=Scheinleistung Bezug=Apparent power import
7.10=Scheinleistung Lieferung=Apparent power export
7.11=Strom=Current
7.12=Spannung=Voltage
7.13=Leistungsfaktor=Power factor
7.14=Netzfrequenz=Frequency
1-0:1.6.0=Höchste Leistung Bezug=Maximum power import
1-0:15.35.0=Leistung über dem Grenzwert=Power over limit threshold
0-0:1.0.0=Uhr des Zählers=Meter clock
0-0:96.1.0=Zählernummer=Meter number
0-0:C.1.0=Seriennummer=Serial number
0-0:42.0.0=Gerätename (COSEM)=Device name (COSEM)
0-0:96.13.0=Kundentext=Customer text
0-0:96.13.1=Kundencode=Customer code
1-1:1.128.0=Inkassozählwerk=Collection totaliser
"""

# unit of FORMAT.md: (device class, state class); None: Home Assistant has no class for it
_CLASSES = {
    "Wh": ("energy", "total_increasing"),
    "varh": ("reactive_energy", "total_increasing"),
    "VAh": (None, "total_increasing"),
    "W": ("power", "measurement"),
    "var": ("reactive_power", "measurement"),
    "VA": ("apparent_power", "measurement"),
    "V": ("voltage", "measurement"),
    "A": ("current", "measurement"),
    "Hz": ("frequency", "measurement"),
    "°": (None, "measurement"),
}


def _named(key: str, language: int) -> "str | None":
    at = _NAMES.find("\n%s=" % key)
    return None if at < 0 else _NAMES[at + 1 : _NAMES.find("\n", at + 1)].split("=")[1 + language]


def name(code: str, language: int) -> str:
    """Return a short name of a code, German (0) or English (1); the code itself where none is known."""
    single = _named(code, language)
    if single:
        return single
    try:
        group, kind, last = [int(field) for field in code.partition(":")[2].split(".")[:3]]
    except ValueError:
        return code
    if group == 81 and kind == 7:
        return ("Phasenwinkel L%d", "Phase angle L%d")[language] % (last // 10 - 3)
    phase = 0
    if kind == 7 and 20 < group < 80:
        phase, group = group // 20, group % 20
    found = _named("%d.%d" % (kind, group), language)
    if found is None:
        return code
    if phase:
        return found + " L%d" % phase
    if kind == 8 and last:
        return found + (" Tarif %d", " tariff %d")[language] % last
    return found


def sensor(code: str, value, unit: "str | None", unique: str, language: int, expiry: int) -> dict:
    """Return the component of one code; value as in a Reading, expiry in s."""
    template = "{{ value_json['%s'].value if '%s' in value_json else none }}" % (code, code)
    component = {
        "p": "sensor",
        "uniq_id": unique,
        "name": name(code, language),
        "val_tpl": template,
    }
    if not isinstance(value, tuple):
        component["ent_cat"] = "diagnostic"
        # The clock changes with every telegram and would only fill the history.
        component["en"] = code != "0-0:1.0.0"
        return component
    component["exp_aft"] = expiry
    if unit:
        component["unit_of_meas"] = unit
    device_class, state_class = _CLASSES.get(unit, (None, "measurement"))
    if ".7." in code and name(code, 1).startswith("Power factor"):
        device_class = "power_factor"
    if device_class:
        component["dev_cla"] = device_class
    component["stat_cla"] = state_class
    if value[1] < 0:
        component["sug_dsp_prc"] = -value[1]
    if code.startswith("1-0:15.8."):
        # Import plus export: not what the energy dashboard wants.
        component["en"] = False
    return component


def pieces(announcer):
    """Yield the announcement's octets; the same each time until the announcer learns something."""
    language = 0 if announcer.config["device.language"] == "de" else 1
    identity = announcer.device.id
    base = announcer.mqtt.base
    expiry = announcer.expiry_s()
    version = announcer.status.info()["version"]
    mac = ":".join("%02x" % octet for octet in announcer.device.mac)
    yield b'{"dev":' + _octets(
        {
            "ids": ["obisgate-" + identity],
            "cns": [["mac", mac]],
            "name": announcer.device.name,
            "mf": "Obisgate",
            "mdl": ("Smart-Meter-Adapter", "Smart meter adapter")[language],
            "sw": version,
            "cu": "http://%s.local/" % announcer.device.host_name,
        }
    )
    yield b',"o":' + _octets({"name": "Obisgate", "sw": version})
    status = {"t": base + "/status"}
    meter = {
        "t": base + "/meter",
        "val_tpl": "{{ 'online' if value_json.state == 'ok' else 'offline' }}",
    }
    yield b',"avty":' + _octets([status, meter]) + b',"avty_mode":"all","stat_t":'
    yield _octets(base + "/measurement") + b',"cmps":{'
    for code in sorted(announcer.codes):
        slug = _slug(code)
        component = sensor(
            code,
            announcer.codes[code],
            obis.unit(code),
            "obisgate_%s_%s" % (identity, slug),
            language,
            expiry,
        )
        yield _octets(slug) + b":" + _octets(component) + b","
    if "1-0:1.7.0" in announcer.codes and "1-0:2.7.0" in announcer.codes:
        net = sensor(
            "1-0:1.7.0", (0, 0), "W", "obisgate_%s_net_power" % identity, language, expiry
        )
        net["name"] = ("Leistung Bezug minus Lieferung", "Net power")[language]
        net["val_tpl"] = (
            "{{ value_json['1-0:1.7.0'].value - value_json['1-0:2.7.0'].value"
            " if '1-0:1.7.0' in value_json and '1-0:2.7.0' in value_json else none }}"
        )
        yield b'"net_power":' + _octets(net) + b","
    yield b'"meter_state":' + _octets(
        {
            "p": "sensor",
            "uniq_id": "obisgate_%s_meter_state" % identity,
            "name": ("Zustand", "State")[language],
            "stat_t": base + "/meter",
            "val_tpl": "{{ value_json.state }}",
            "dev_cla": "enum",
            "ops": [
                "searching",
                "no-data",
                "key-required",
                "key-wrong",
                "not-recognised",
                "ok",
            ],
            "ent_cat": "diagnostic",
            "avty": [status],
        }
    )
    yield b',"update":' + _octets(
        {
            "p": "update",
            "uniq_id": "obisgate_%s_update" % identity,
            "name": "Firmware",
            "dev_cla": "firmware",
            "stat_t": base + "/update",
            "ent_cat": "diagnostic",
            "avty": [status],
        }
    )
    yield b"}}"


def _slug(code: str) -> str:
    """Return a code as part of a unique id: it never changes from release to release."""
    return "".join(c if c.isalpha() or c.isdigit() else "_" for c in code).lower()


def _octets(value) -> bytes:
    return json.dumps(value).encode()
