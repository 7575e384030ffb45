"""Scales of push lists that carry codes but leave their scalers out, as data. A new list is a new row."""

# Lists that begin with their object list (class, OBIS, attribute, index) carry no scalers. By
# instance of the push object (B of 0-B:25.9.0) and by whether the list has a meter number
# 0-0:96.1.x: (B, meter number, name, exponent of voltages in V, exponent of currents in A).
OBJECT_LISTS = (
    (8, True, "objects-e450", 0, -2),
    (8, False, "objects-e570", 0, 0),
    (6, None, "objects-am550-e360", -1, -2),
)

# Lists with OBIS codes but without scalers, by their name or the maker of the system title:
# (name begins with, maker, layout, voltage, current, power factor, clock stays on standard time).
NAMED_LISTS = (
    ("Kamstrup", "KAM", "kamstrup", 0, -2, -3, True),
    ("KFM", "", "kaifa-nordic", -1, -3, -3, False),
    ("AIDON", "", "aidon", 0, 0, 0, True),
)

# What the Norwegian list of Kamstrup may carry (groups C.D.E); only there energies count 10 Wh.
KAMSTRUP_NORWAY = (
    " 0.0.5 96.1.1 1.7.0 2.7.0 3.7.0 4.7.0 31.7.0 51.7.0 71.7.0 32.7.0 52.7.0 72.7.0 1.0.0 1.8.0 "
    "2.8.0 3.8.0 4.8.0 "
)
