"""A meter key as an owner enters it."""

from binascii import unhexlify

from firmware.config.keys import LENGTHS

# Those of 32 octets are not written as plain characters, which as many hex digits would be.
_PLAIN = (16, 20)
# What letters, mails and copying from them put between the digits.
_SEPARATORS = " \t\r\n-:,;.'\"\u00a0\u2007\u2009\u200a\u200b\u202f\u2060\ufeff\u2010\u2011\u2013"


def parse_key(text: str) -> bytes:
    """Return a meter key as pasted or scanned: 32 hex digits in any usual form, 64 for AES-256, or for
    MEP 40 of them or 16 or 20 plain characters.

    Raises ValueError with a cause for the user: "length" or "characters". The text is never repeated.
    """
    plain = text.strip()
    if len(plain) in _PLAIN and all(32 < ord(c) < 127 for c in plain):
        return plain.encode()
    digits = "".join(c for c in plain.lower().replace("0x", "") if c not in _SEPARATORS)
    if len(digits) // 2 not in LENGTHS or len(digits) % 2:
        raise ValueError("length")
    if not all(c in "0123456789abcdef" for c in digits):
        raise ValueError("characters")
    return unhexlify(digits)
