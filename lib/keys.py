"""The keys of one meter, as the decoders of all protocol families take them."""

_STRAY = " \t\r\n\"'`:-\u00a0\u2007\u2009\u200a\u200b\u202f\u2060\ufeff\u201c\u201d\u201e\u2018\u2019"


class Keys:
    """unicast: global unicast encryption key (GUEK), or the only key; authentication: GAK.

    Each is bytes or None. broadcast and master (the key-encryption key of a wrapped session key) are
    None where the operator gives none, as all Austrian operators do.
    """

    def __init__(self, unicast=None, authentication=None, broadcast=None, master=None):
        self.unicast = unicast
        self.authentication = authentication
        self.broadcast = broadcast
        self.master = master


def parse(text: str) -> bytes:
    """Return the key of 16 octets that a person typed or pasted as 32 hex digits.

    Blanks of all kinds, quotes, colons, hyphens and a leading 0x are ignored. Raises ValueError
    otherwise; the message never repeats what was typed.
    """
    digits = "".join([c for c in text if c not in _STRAY])
    if digits[:2] in ("0x", "0X"):
        digits = digits[2:]
    if len(digits) != 32:
        raise ValueError("a key has 32 hex digits, this has %d characters" % len(digits))
    for c in digits:
        if c not in "0123456789abcdefABCDEF":
            raise ValueError("a key has hex digits only (0-9, a-f)")
    return bytes.fromhex(digits)
