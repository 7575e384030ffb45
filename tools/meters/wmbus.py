"""What virtual meters on the air need: line coding, frame formats and security of EN 13757-4 and -7.

Written apart from the device's code, so that the two check each other.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_CODE = [
    "010110",
    "001101",
    "001110",
    "001011",
    "011100",
    "011001",
    "011010",
    "010011",
    "101100",
    "100101",
    "100110",
    "100011",
    "110100",
    "110001",
    "110010",
    "101001",
]


def maker(letters: str) -> bytes:
    """Return the code of three letters."""
    value = 0
    for letter in letters:
        value = value << 5 | ord(letter) - 64
    return value.to_bytes(2, "little")


def checksum(block: bytes) -> bytes:
    """Return the CRC of a block as it is sent."""
    value = int.from_bytes(block, "big") << 16
    for bit in range(8 * len(block) + 15, 15, -1):
        if value >> bit & 1:
            value ^= 0x13D65 << bit - 16
    return (value ^ 0xFFFF).to_bytes(2, "big")


def format_a(frame: bytes) -> bytes:
    """Return a frame (L first) in format A."""
    blocks = [frame[:10]] + [frame[at : at + 16] for at in range(10, len(frame), 16)]
    return b"".join(block + checksum(block) for block in blocks)


def format_b(frame: bytes) -> bytes:
    """Return a frame (L first) in format B."""
    parts = [frame[:126], frame[126:]] if len(frame) > 126 else [frame]
    length = len(frame) - 1 + 2 * len(parts)
    parts[0] = bytes((length,)) + parts[0][1:]
    return b"".join(part + checksum(part) for part in parts)


def three_of_six(data: bytes) -> bytes:
    """Return octets in the line code of mode T."""
    chips = "".join(_CODE[octet >> 4] + _CODE[octet & 15] for octet in data)
    chips += "0" * (-len(chips) % 8)
    return int(chips, 2).to_bytes(len(chips) // 8, "big")


def manchester(data: bytes) -> bytes:
    """Return octets in the line code of mode S."""
    chips = "".join("01" if bit == "1" else "10" for octet in data for bit in format(octet, "08b"))
    return int(chips, 2).to_bytes(len(chips) // 8, "big")


def packet(frame: bytes, form: str) -> bytes:
    """Return what follows the sync word: form is T1/A, C1/A, C1/B or S1/A."""
    if form == "T1/A":
        return three_of_six(format_a(frame))
    if form == "S1/A":
        return manchester(format_a(frame))
    if form == "C1/A":
        return b"\x54\xcd" + format_a(frame)
    return b"\x54\x3d" + format_b(frame)


def frame(address: bytes, data: bytes, control: int = 0x44) -> bytes:
    """Return a frame, L first; address is M M A A A A V T."""
    body = bytes((control,)) + address + data
    return bytes((len(body),)) + body


def short_header(access: int, records: bytes) -> bytes:
    """Return records behind a short header, not encrypted."""
    return bytes((0x7A, access, 0, 0, 0)) + records


def mode_5(address: bytes, access: int, records: bytes, key: bytes, long: bool = False) -> bytes:
    """Return records behind a short or long header, encrypted in security mode 5."""
    plain = b"\x2f\x2f" + records
    plain += b"\x2f" * (-len(plain) % 16)
    iv = address + bytes((access,)) * 8
    cipher = Cipher(AES(key), CBC(iv)).encryptor().update(plain)
    header = b"\x7a"
    if long:
        header = b"\x72" + address[2:6] + address[:2] + address[6:]
    return header + bytes((access, 0, len(plain) // 16 << 4, 5)) + cipher


def bcd(value: int, octets: int) -> bytes:
    """Return a number as BCD, least significant octet first; negative ones with F on top."""
    digits = str(abs(value)).rjust(2 * octets, "0")
    if value < 0:
        digits = "F" + digits[1:]
    return bytes.fromhex(digits)[::-1]
