"""What a layperson needs to know of keys and wiring, in German and English (R1.9, R2)."""

# How the key looks in the operator's letter: (German, English).
KEY_FORMS = {
    "hex32": (
        "32 Zeichen, Ziffern und Buchstaben A bis F",
        "32 characters, digits and letters A to F",
    ),
    "hex32x2": (
        "zwei Schlüssel mit je 32 Zeichen: Verschlüsselung (GUEK, EK) und Authentifizierung (GAK, AK)",
        "two keys of 32 characters each: encryption (GUEK, EK) and authentication (GAK, AK)",
    ),
    "mep": (
        "40 Zeichen (Ziffern und A bis F) oder 20 beliebige Zeichen; dann genau so eingeben",
        "40 characters (digits and A to F), or 20 characters of any kind, to be typed just as they are",
    ),
}

# How to connect, by interface: (German, English).
WIRING = {
    "mbus": (
        "RJ12-Buchse des Zählers, Adern 3 und 4 (M-Bus, Polung beliebig)",
        "RJ12 socket of the meter, wires 3 and 4 (M-Bus, either polarity)",
    ),
    "p1": (
        "RJ12-Buchse P1: 2 Data Request, 3 GND, 5 Data; 1 und 6 Versorgung, falls vorhanden",
        "RJ12 socket P1: 2 data request, 3 GND, 5 data; 1 and 6 supply where present",
    ),
    "ir": (
        "Lesekopf mittig auf die Infrarot-Schnittstelle, Kabel nach unten",
        "read head centred on the infrared port, cable pointing down",
    ),
    "mep": (
        "MEP-Klemmen: Gen 3: 16 bis 19, Gen 4: 29 bis 37 (siehe docs/mep.md)",
        "MEP terminals: Gen 3: 16 to 19, Gen 4: 29 to 37 (see docs/mep.md)",
    ),
    "radio": (
        "keine Leitung; Antenne anschließen, Zählernummer eingeben oder lernen lassen",
        "no wire; connect the antenna, enter the meter number or let it be learned",
    ),
    "ccc": ("CCC-Schacht des Zählers, 6-polig", "CCC slot of the meter, 6 pins"),
}
