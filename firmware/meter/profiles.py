"""Operators and their meters, one row each: data only. A new meter is a new row (R4.3).

The portal, the documentation and the virtual meters read this table; texts for people are in
profile_texts.py.
"""

from collections import namedtuple

# id: profile id; covers: row of REQUIREMENTS.md M; interface: mbus | p1 | ir | mep | radio | ccc;
# line: line settings text, or the radio mode; family: dlms | dsmr | oms | wmbus | mep; link: how telegrams are
# framed; session: listen | acknowledge | poll; security: authenticated | encrypted | mode5 | digest;
# keys: how many the operator hands out; interval: seconds between telegrams; key_form: row of
# profile_texts.KEY_FORMS.
Profile = namedtuple(
    "Profile",
    (
        "id",
        "covers",
        "operator",
        "meters",
        "interface",
        "line",
        "family",
        "link",
        "session",
        "security",
        "keys",
        "interval",
        "key_form",
    ),
)

_MBUS = "2400 8E1"
_P1 = "115200 8N1 inverted"


def _kaifa(id_, covers, operator):
    return Profile(
        id_, covers, operator, "Kaifa MA110M, MA309M", "mbus", _MBUS, "dlms", "segments", "listen",
        "encrypted", 1, 5, "hex32",
    )  # fmt: skip


TABLE = (
    _kaifa("netznoe-kaifa", "M1", "Netz Niederösterreich"),
    Profile("netznoe-sagemcom", "M1", "Netz Niederösterreich", "Sagemcom T210-D, T216-D, S210",
            "mbus", _MBUS, "dlms", "segments", "listen", "encrypted", 1, 5, "hex32"),
    _kaifa("ikb-kaifa", "M2", "Innsbrucker Kommunalbetriebe"),
    _kaifa("salzburg-kaifa", "M3", "Salzburg Netz"),
    _kaifa("tinetz-kaifa", "M4", "TINETZ"),
    _kaifa("vorarlberg-kaifa", "M5", "Vorarlberg Energienetze"),
    Profile("netzooe-td351x", "M6", "Netz Oberösterreich", "Siemens TD-3510, TD-3511, TD-3512",
            "ir", "9600 8E1", "oms", "mbus", "acknowledge", "mode5", 1, 1, "hex32"),
    Profile("kng-am550", "M7", "KNG Kärnten Netz", "Iskra AM550E, AM550T",
            "p1", _P1, "dlms", "hdlc", "listen", "encrypted", 1, 6, "hex32"),
    Profile("kng-im350", "M8", "KNG Kärnten Netz", "Siemens IM150, IM350",
            "p1", _P1, "dlms", "hdlc", "listen", "encrypted", 1, 6, "hex32"),
    Profile("wels-im350", "M8", "Wels Strom", "Siemens IM150, IM350",
            "p1", _P1, "dlms", "hdlc", "listen", "encrypted", 1, 1, "hex32"),
    Profile("wienernetze-im350", "M9", "Wiener Netze", "Siemens IM150, IM350",
            "ir", "9600 8N1", "dlms", "hdlc", "listen", "encrypted", 1, 1, "hex32"),
    Profile("wienernetze-am550", "M9", "Wiener Netze", "Iskra AM550E, AM550T",
            "ir", "9600 8N1", "dlms", "hdlc", "listen", "encrypted", 1, 1, "hex32"),
    Profile("wienernetze-e450", "M9", "Wiener Netze", "Landis+Gyr E450",
            "ir", "9600 8N1", "dlms", "hdlc", "listen", "encrypted", 1, 5, "hex32"),
    Profile("burgenland-e450", "M10", "Netz Burgenland", "Landis+Gyr E450",
            "mbus", _MBUS, "dlms", "hdlc", "listen", "authenticated", 2, 5, "hex32x2"),
    Profile("burgenland-e450-ir", "M10", "Netz Burgenland", "Landis+Gyr E450",
            "ir", "9600 8N1", "dlms", "hdlc", "listen", "authenticated", 2, 5, "hex32x2"),
    Profile("steiermark-t216", "M11", "Energienetze Steiermark, Energie Graz", "Sagemcom T216-D",
            "p1", _P1, "dsmr", "general-glo", "listen", "authenticated", 2, 5, "hex32x2"),
    Profile("steiermark-e450", "M13", "Energienetze Steiermark, Energie Graz", "Landis+Gyr E450",
            "mbus", _MBUS, "dlms", "hdlc", "listen", "authenticated", 2, 5, "hex32x2"),
    Profile("feistritzwerke-s210", "M12", "Feistritzwerke", "Sagemcom S210",
            "p1", _P1, "dsmr", "general-glo", "listen", "authenticated", 2, 5, "hex32x2"),
    Profile("energieservices-e450", "M13", "Energie Services", "Landis+Gyr E450, E451",
            "mbus", _MBUS, "dlms", "hdlc", "listen", "authenticated", 2, 5, "hex32x2"),
    Profile("klagenfurt-mtr", "M14", "Energie Klagenfurt", "NES MTR1000, MTR3000",
            "mep", "9600 8N1", "mep", "mep", "poll", "digest", 1, 2, "mep"),
    Profile("energieservices-omnipower", "M15", "Energie Services", "Kamstrup Omnipower",
            "mbus", "2400 8N1", "dlms", "hdlc", "listen", "authenticated", 2, 10, "hex32x2"),
    Profile("linz-mtr", "M16", "Linz Netz", "NES MTR1000, MTR3000 Gen 3.1, 3.2",
            "mep", "9600 8N1", "mep", "mep", "poll", "digest", 1, 2, "mep"),
    Profile("linz-mtr-gen4", "M17", "Linz Netz", "NES MTR1000, MTR3000 Gen 4",
            "radio", "T", "wmbus", "wmbus", "listen", "mode5", 1, 16, "hex32"),
)  # fmt: skip


def find(profile_id: str) -> "Profile | None":
    """Return the row of an id, or None ("auto" has none)."""
    for row in TABLE:
        if row.id == profile_id:
            return row
    return None
