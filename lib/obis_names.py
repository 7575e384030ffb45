"""Names of the codes of F in German and English, for people; see obis.py for the codes themselves."""

# (group C, unit, German, English); each is expanded over the tariffs below.
_ENERGIES = (
    (1, "Wh", "Wirkenergie Bezug +A", "Active energy import +A"),
    (2, "Wh", "Wirkenergie Lieferung −A", "Active energy export −A"),
    (3, "varh", "Blindenergie Bezug +R", "Reactive energy import +R"),
    (4, "varh", "Blindenergie Lieferung −R", "Reactive energy export −R"),
    (15, "Wh", "Wirkenergie |+A|+|−A|", "Active energy |+A|+|−A|"),
)


def _table() -> tuple:
    rows = [
        ("0-0:1.0.0", "", "Datum und Zeit", "Date and time"),
        ("0-0:C.1.0", "", "Seriennummer des Zählers", "Meter serial number"),
    ]
    for group, unit_, german, english in _ENERGIES:
        rows.append(("1-0:%d.8.0" % group, unit_, german, english))
        for tariff in range(1, 5):
            rows.append(
                (
                    "1-0:%d.8.%d" % (group, tariff),
                    unit_,
                    "%s, Tarif %d" % (german, tariff),
                    "%s, tariff %d" % (english, tariff),
                )
            )
    rows += [
        ("1-0:1.7.0", "W", "Wirkleistung Bezug +P", "Active power import +P"),
        ("1-0:2.7.0", "W", "Wirkleistung Lieferung −P", "Active power export −P"),
        ("1-0:3.7.0", "var", "Blindleistung Bezug +Q", "Reactive power import +Q"),
        ("1-0:4.7.0", "var", "Blindleistung Lieferung −Q", "Reactive power export −Q"),
    ]
    for group, unit_, german, english in (
        (12, "V", "Spannung", "Voltage"),
        (11, "A", "Strom", "Current"),
    ):
        for phase in (1, 2, 3):
            rows.append(
                (
                    "1-0:%d.7.0" % (group + 20 * phase),
                    unit_,
                    "%s L%d" % (german, phase),
                    "%s L%d" % (english, phase),
                )
            )
    rows += [
        ("1-0:1.6.0", "W", "Höchste Wirkleistung Bezug +P", "Maximum active power import +P"),
        ("1-0:15.35.0", "W", "Leistung über dem Grenzwert", "Power over limit threshold"),
        ("1-0:33.7.0", "", "Leistungsfaktor L1", "Power factor L1"),
        ("1-0:53.7.0", "", "Leistungsfaktor L2", "Power factor L2"),
        ("1-0:73.7.0", "", "Leistungsfaktor L3", "Power factor L3"),
        ("1-0:13.7.0", "", "Leistungsfaktor", "Power factor"),
        ("0-0:96.1.0", "", "Zählernummer des Netzbetreibers", "Meter number of the operator"),
        ("0-0:42.0.0", "", "Logischer Gerätename (COSEM)", "COSEM logical device name"),
        ("0-0:0.9.2", "", "Datum", "Date"),
        ("0-0:0.9.1", "", "Uhrzeit", "Time"),
        ("1-1:1.8.0", "Wh", "Wirkenergie A+", "Active energy A+"),
        ("1-1:2.8.0", "Wh", "Wirkenergie A−", "Active energy A−"),
        ("1-1:3.8.1", "varh", "Blindenergie R+", "Reactive energy R+"),
        ("1-1:4.8.1", "varh", "Blindenergie R−", "Reactive energy R−"),
        ("1-1:1.7.0", "W", "Wirkleistung P+", "Active power P+"),
        ("1-1:2.7.0", "W", "Wirkleistung P−", "Active power P−"),
        ("1-1:3.7.0", "var", "Blindleistung Q+", "Reactive power Q+"),
        ("1-1:4.7.0", "var", "Blindleistung Q−", "Reactive power Q−"),
        ("1-1:1.128.0", "Wh", "Inkassozählwerk", "Collection totaliser"),
        ("0-0:96.1.1", "", "Zählernummer", "Meter number"),
        ("0-0:96.1.2", "", "Zählernummer 2, Datum", "Meter number 2, date"),
        ("0-0:96.13.0", "", "Kundentext", "Customer text"),
        ("0-0:96.13.1", "", "Kundencode", "Customer code"),
        ("0.0.1", "", "Zählernummer", "Meter number"),
        ("1-0:81.7.40", "°", "Winkel U(L1) zu I(L1)", "Angle U(L1) to I(L1)"),
        ("1-0:81.7.51", "°", "Winkel U(L2) zu I(L2)", "Angle U(L2) to I(L2)"),
        ("1-0:81.7.62", "°", "Winkel U(L3) zu I(L3)", "Angle U(L3) to I(L3)"),
        ("1-3:0.2.8", "", "Version der P1-Schnittstelle", "P1 version"),
    ]
    return tuple(rows)


# Rows (code, unit, German, English) in the order of F.
TABLE = _table()
