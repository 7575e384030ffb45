"""Push lists whose values do not say themselves what they are, as data. A new list is a new row.

POSITIONAL: (name, signature, columns, first). The signature has one letter for each element of the
list:

    t  date-time (12 octets)   o  OBIS code (6 octets)      x  text or octets of any length
    c  time (4 octets)         d  date (5 octets)
    u  unsigned 32 bits        w  unsigned 16 bits          (null in their place: not available)

columns has one word for each element: `code` or `code:exponent` for a value in its own unit
(obis.unit), `time`, `date` and `clock`, or `-` for what is no reading. first: what the first text
must begin with, where the signature alone would not tell the list.
"""

_POWERS_AND_ENERGIES = "1-0:1.7.0 1-0:2.7.0 1-0:1.8.0 1-0:2.8.0"
_PHASES = "1-0:32.7.0 1-0:52.7.0 1-0:72.7.0 1-0:31.7.0:-2 1-0:51.7.0:-2 1-0:71.7.0:-2"
_WN = "clock 1-0:1.8.0 1-0:2.8.0 1-0:3.8.0 1-0:4.8.0 1-0:1.7.0 1-0:2.7.0 1-0:3.7.0 1-0:4.7.0"
_KNG = "- 0-0:96.1.0 time date 1-0:1.8.0 1-0:2.8.0 1-0:3.8.0 1-0:4.8.0 1-0:1.7.0 1-0:2.7.0"
_NVE_POWERS = "1-1:0.2.129 0-0:96.1.0 0-0:96.1.7 1-0:1.7.0 1-0:2.7.0 1-0:3.7.0 1-0:4.7.0"
_NVE_ENERGIES = " clock 1-0:1.8.0 1-0:2.8.0 1-0:3.8.0 1-0:4.8.0"
_NVE_THREE = (
    _NVE_POWERS
    + " 1-0:31.7.0:-3 1-0:51.7.0:-3 1-0:71.7.0:-3 1-0:32.7.0:-1 1-0:52.7.0:-1 1-0:72.7.0:-1"
)
_NVE_ONE = _NVE_POWERS + " 1-0:31.7.0:-3 1-0:32.7.0:-1"
_SI_POWERS = (
    "0-0:42.0.0 0-0:96.1.0 1-0:1.7.0 1-0:2.7.0 1-0:3.7.0 1-0:4.7.0 1-0:32.7.0:-1 1-0:52.7.0:-1 "
    "1-0:72.7.0:-1 1-0:31.7.0:-2 1-0:51.7.0:-2 1-0:71.7.0:-2 1-0:21.7.0 1-0:41.7.0 1-0:61.7.0 "
    "1-0:22.7.0 1-0:42.7.0 1-0:62.7.0"
)

POSITIONAL = (
    ("wienernetze", "tuuuuuuuu", _WN, ""),
    ("wienernetze-siemens", "xtuuuuuuuu", "0-0:42.0.0 " + _WN, "SMS"),
    ("kaernten", "oxcduuuuuuxx", _KNG + " 0-0:96.13.0 0-0:96.13.1", ""),
    ("wels", "oxcduuuuuu", _KNG, ""),
    (
        "burgenland",
        "wwwwwwuuuuwwwx",
        _PHASES + " " + _POWERS_AND_ENERGIES + " 1-0:81.7.40 1-0:81.7.51 1-0:81.7.62 0-0:96.1.0",
        "",
    ),
    ("burgenland-11", "wwwwwwuuuux", _PHASES + " " + _POWERS_AND_ENERGIES + " 0-0:96.1.0", ""),
    ("kaifa-nordic-1", "u", "1-0:1.7.0", ""),
    ("kaifa-nordic-9", "xxxuuuuuu", _NVE_ONE, "KFM"),
    ("kaifa-nordic-13", "xxxuuuuuuuuuu", _NVE_THREE, "KFM"),
    ("kaifa-nordic-14", "xxxuuuuuutuuuu", _NVE_ONE + _NVE_ENERGIES, "KFM"),
    ("kaifa-nordic-18", "xxxuuuuuuuuuutuuuu", _NVE_THREE + _NVE_ENERGIES, "KFM"),
    ("iskra-ljubljana-18", "xxuuuuwwwwwwuuuuuu", _SI_POWERS, "ISK"),
)
