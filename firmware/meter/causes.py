"""What the causes of diagnosis.py mean to a layperson, and what to do."""

# cause: (German, English), each with the next step to take.
CAUSES = {
    "": ("Es kommen Messwerte.", "Readings are coming in."),
    "line:no-signal": (
        "Der Zähler sendet nichts. Kabel oder Lesekopf prüfen; bei manchen Netzbetreibern muss die "
        "Kundenschnittstelle erst im Webportal freigeschaltet werden.",
        "The meter sends nothing. Check the cable or the read head; some operators have to enable "
        "the customer interface first, in their web portal.",
    ),
    "line:radio": (
        "Das Funkmodul antwortet nicht. Auf einem Board mit anderem Funkmodul passt diese Firmware nicht; "
        "sonst die Verbindungen prüfen.",
        "The radio does not answer. On a board with another radio this is the wrong firmware; else check "
        "the connections.",
    ),
    "line:noise": (
        "Es kommen Zeichen, aber keine lesbaren Telegramme. Sitzt der Lesekopf gerade? Sind die "
        "Leitungseinstellungen von Hand gesetzt, stimmen sie vielleicht nicht.",
        "Characters arrive, but no readable telegrams. Is the read head seated straight? If the line "
        "settings were set by hand, they may be wrong.",
    ),
    "protocol:other": (
        "Die Telegramme gehören zu einem anderen Protokoll als dem eingestellten. Bei „Zähler“ die "
        "automatische Erkennung wählen.",
        "The telegrams belong to another protocol than the one set. Choose automatic detection "
        "under “Meter”.",
    ),
    "key:missing": (
        "Die Telegramme sind verschlüsselt. Den Schlüssel des Netzbetreibers eingeben.",
        "The telegrams are encrypted. Enter the key from the grid operator.",
    ),
    "key:wrong": (
        "Der Schlüssel öffnet die Telegramme nicht. Mit dem Brief des Netzbetreibers vergleichen; "
        "nach einem Zählertausch gilt ein neuer Schlüssel.",
        "The key does not open the telegrams. Compare it with the operator's letter; after an "
        "exchange of the meter there is a new key.",
    ),
    "key:swapped": (
        "Verschlüsselungsschlüssel (GUEK) und Authentifizierungsschlüssel (GAK) sind vertauscht.",
        "Encryption key (GUEK) and authentication key (GAK) are in each other's field.",
    ),
    "key:authentication": (
        "Der Verschlüsselungsschlüssel passt, der Authentifizierungsschlüssel (GAK) nicht.",
        "The encryption key fits, the authentication key (GAK) does not.",
    ),
    "key:agreement": (
        "Der Adapter vereinbart mit dem Zähler einen Schlüssel; das dauert einige Sekunden. Bleibt es "
        "dabei, wechselt der Zähler den Schlüssel schneller, als der Adapter rechnen kann.",
        "The adapter agrees on a key with the meter, which takes some seconds. If it stays like this, "
        "the meter changes its key faster than the adapter can calculate.",
    ),
    "frame:damaged": (
        "Die Telegramme kommen beschädigt an. Kabel, Stecker oder Sitz des Lesekopfs prüfen.",
        "The telegrams arrive damaged. Check cable, plug, or the seat of the read head.",
    ),
    "telegram:replay": (
        "Es kommen nur alte Telegramme noch einmal. Jemand spielt Aufzeichnungen ein, oder der "
        "Zähler hat seinen Zähler der Telegramme zurückgesetzt: dann den Schlüssel neu eingeben.",
        "Only old telegrams come again. Somebody replays recordings, or the meter has reset its "
        "invocation counter: then enter the key again.",
    ),
    "list:not-recognised": (
        "Die Telegramme sind lesbar, ihre Liste ist aber nicht bekannt. Bitte den Aufbau aus dem "
        "Status einsenden.",
        "The telegrams can be read, but their list is not known. Please send in its shape from the "
        "status.",
    ),
    "meter:foreign": (
        "Es kommen nur Telegramme anderer Zähler. Zählernummer in den Einstellungen prüfen.",
        "Only telegrams of other meters arrive. Check the meter number in the settings.",
    ),
    "security:unsupported": (
        "Der Zähler verwendet eine Verschlüsselung, die der Adapter nicht unterstützt.",
        "The meter uses a kind of encryption that the adapter does not support.",
    ),
}
