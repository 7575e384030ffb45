"""Name what keeps readings from flowing, so that a layperson can act on it.

Works on counters alone: what the line heard and what the decoder took and dropped since the last look.
The texts, with the next step to take, are in CAUSES.
"""

from compat import const

_LOOK_BACK = const(6)
_GARBAGE_BYTES = const(16)

# cause: (state of FORMAT.md, German, English), each with the next step to take.
CAUSES = {
    "": ("ok", "Es kommen Messwerte.", "Readings are coming in."),
    "line:no-signal": (
        "no-data",
        "Der Zähler sendet nichts. Kabel oder Lesekopf prüfen; bei manchen Netzbetreibern muss die "
        "Kundenschnittstelle erst im Webportal freigeschaltet werden.",
        "The meter sends nothing. Check the cable or the read head; some operators have to enable "
        "the customer interface first, in their web portal.",
    ),
    "line:noise": (
        "searching",
        "Es kommen Zeichen, aber keine lesbaren Telegramme. Sitzt der Lesekopf gerade? Sind die "
        "Leitungseinstellungen von Hand gesetzt, stimmen sie vielleicht nicht.",
        "Characters arrive, but no readable telegrams. Is the read head seated straight? If the line "
        "settings were set by hand, they may be wrong.",
    ),
    "protocol:other": (
        "not-recognised",
        "Die Telegramme gehören zu einem anderen Protokoll als dem eingestellten. Bei „Zähler“ die "
        "automatische Erkennung wählen.",
        "The telegrams belong to another protocol than the one set. Choose automatic detection "
        "under “Meter”.",
    ),
    "key:missing": (
        "key-required",
        "Die Telegramme sind verschlüsselt. Den Schlüssel des Netzbetreibers eingeben.",
        "The telegrams are encrypted. Enter the key from the grid operator.",
    ),
    "key:wrong": (
        "key-wrong",
        "Der Schlüssel öffnet die Telegramme nicht. Mit dem Brief des Netzbetreibers vergleichen; "
        "nach einem Zählertausch gilt ein neuer Schlüssel.",
        "The key does not open the telegrams. Compare it with the operator's letter; after an "
        "exchange of the meter there is a new key.",
    ),
    "key:swapped": (
        "key-wrong",
        "Verschlüsselungsschlüssel (GUEK) und Authentifizierungsschlüssel (GAK) sind vertauscht.",
        "Encryption key (GUEK) and authentication key (GAK) are in each other's field.",
    ),
    "key:authentication": (
        "key-wrong",
        "Der Verschlüsselungsschlüssel passt, der Authentifizierungsschlüssel (GAK) nicht.",
        "The encryption key fits, the authentication key (GAK) does not.",
    ),
    "frame:damaged": (
        "searching",
        "Die Telegramme kommen beschädigt an. Kabel, Stecker oder Sitz des Lesekopfs prüfen.",
        "The telegrams arrive damaged. Check cable, plug, or the seat of the read head.",
    ),
    "telegram:replay": (
        "not-recognised",
        "Es kommen nur alte Telegramme noch einmal. Jemand spielt Aufzeichnungen ein, oder der "
        "Zähler hat seinen Zähler der Telegramme zurückgesetzt: dann den Schlüssel neu eingeben.",
        "Only old telegrams come again. Somebody replays recordings, or the meter has reset its "
        "invocation counter: then enter the key again.",
    ),
    "list:not-recognised": (
        "not-recognised",
        "Die Telegramme sind lesbar, ihre Liste ist aber nicht bekannt. Bitte den Aufbau aus dem "
        "Status einsenden.",
        "The telegrams can be read, but their list is not known. Please send in its shape from the "
        "status.",
    ),
    "meter:foreign": (
        "not-recognised",
        "Es kommen nur Telegramme anderer Zähler. Zählernummer in den Einstellungen prüfen.",
        "Only telegrams of other meters arrive. Check the meter number in the settings.",
    ),
    "security:unsupported": (
        "not-recognised",
        "Der Zähler verwendet eine Verschlüsselung, die der Adapter nicht unterstützt.",
        "The meter uses a kind of encryption that the adapter does not support.",
    ),
}

_DAMAGED = ("checksum", "hcs", "fcs", "crc", "truncated", "sequence", "length", "overflow")
_BY_DROP = (
    ("key-required", "key:missing"),
    ("key-swapped", "key:swapped"),
    ("key-wrong", "key:wrong"),
    ("tag", "key:authentication"),
    ("replay", "telegram:replay"),
    ("not-recognised", "list:not-recognised"),
    ("malformed", "list:not-recognised"),
    ("unsupported", "security:unsupported"),
    ("compressed", "security:unsupported"),
    ("foreign", "meter:foreign"),
)


def cause(heard: int, telegrams: int, dropped: dict) -> str:
    """Return the cause, a key of CAUSES, for one look-back period.

    heard: octets received; telegrams: telegrams decoded; dropped: {cause of a drop: count}.
    A single lost telegram among good ones is no trouble.
    """
    if telegrams:
        return ""
    if heard == 0:
        return "line:no-signal"
    damaged = sum(dropped.get(kind, 0) for kind in _DAMAGED)
    best, most = "", 0
    for kind, name in _BY_DROP:
        count = dropped.get(kind, 0)
        if count > most:
            best, most = name, count
    if best and most * 2 >= damaged:
        return best
    if damaged and damaged >= dropped.get("noise", 0):
        return "frame:damaged"
    return "line:noise" if heard >= _GARBAGE_BYTES or dropped else "line:no-signal"


class Diagnosis:
    """Looks back over the last periods; call `look` once a period (a push interval, at least 1 s)."""

    def __init__(self):
        self._heard = 0
        self._telegrams = 0
        self._dropped = {}
        self._periods = []

    def look(self, heard: int, telegrams: int, dropped: dict) -> str:
        """Return the cause from running totals: octets heard, telegrams decoded, drops by cause."""
        new = {}
        for kind, count in dropped.items():
            # A decoder that was replaced counts from zero again.
            before = self._dropped.get(kind, 0)
            difference = count - before if count >= before else count
            if difference:
                new[kind] = difference
        period = (
            max(0, heard - self._heard),
            telegrams - self._telegrams if telegrams >= self._telegrams else telegrams,
            new,
        )
        self._heard, self._telegrams, self._dropped = heard, telegrams, dict(dropped)
        self._periods.append(period)
        if len(self._periods) > _LOOK_BACK:
            self._periods.pop(0)
        total = {}
        for _, _, drops in self._periods:
            for kind, count in drops.items():
                total[kind] = total.get(kind, 0) + count
        return cause(
            sum(period[0] for period in self._periods),
            sum(period[1] for period in self._periods),
            total,
        )

    def forget(self):
        """Start anew: other settings or another key are in force."""
        self._periods.clear()
