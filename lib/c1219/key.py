"""How the key of a MEP port is written, and the 16 octets that the meter uses of it."""

from c1219.digest import KEY_LENGTH

# What operators hand out; the meter uses the first 16 octets.
LONG_LENGTH = 20


def parse(text: str) -> bytes:
    """Return the 16 octets of a key as its operator hands it out.

    40 or 32 hexadecimal digits (blanks between them are ignored), or 20 or 16 ASCII characters, which
    stay characters even where they look like hexadecimal. Of 20 octets the meter uses the first 16.
    Raises ValueError on anything else; its message never repeats the key.
    """
    text = text.strip()
    digits = "".join(text.split())
    if len(digits) in (40, 32):
        try:
            key = bytes.fromhex(digits)
        except ValueError:
            key = b""
    else:
        key = text.encode() if len(text) in (20, 16) else b""
    if len(key) not in (LONG_LENGTH, KEY_LENGTH):
        raise ValueError("a MEP key is 40 or 32 hexadecimal digits, or 20 or 16 characters")
    return key[:KEY_LENGTH]
