"""HDLC frames (IEC 62056-46) and general block transfer, as meters put APDUs on the line."""

from tools.meters.axdr import length
from tools.meters.crc import X25, crc16

_LLC = b"\xe6\xe7\x00"
_SEGMENTED = 0x0800


def frame(information: bytes, addresses: bytes, segmented: bool = False) -> bytes:
    """Return one frame with its flags; addresses: destination and source, octets with their end
    bits.
    """
    size = 2 + len(addresses) + 1 + 2 + len(information) + 2
    kind = 0xA000 | (_SEGMENTED if segmented else 0) | size
    head = kind.to_bytes(2, "big") + addresses + (b"\x03" if segmented else b"\x13")
    body = head + _check(head) + information
    return b"\x7e" + body + _check(body) + b"\x7e"


def _check(data: bytes) -> bytes:
    return (crc16(data, X25, 0xFFFF) ^ 0xFFFF).to_bytes(2, "little")


def one_frame(apdu: bytes, addresses: bytes) -> list:
    """Return the single frame of an APDU."""
    return [frame(_LLC + apdu, addresses)]


def segmented_frames(apdu: bytes, addresses: bytes, size: int = 152) -> list:
    """Return the frames of an APDU cut by the segmentation bit; the LLC header is in the first."""
    whole = _LLC + apdu
    parts = [whole[at : at + size] for at in range(0, len(whole), size)]
    return [frame(part, addresses, part is not parts[-1]) for part in parts]


def block_frames(apdu: bytes, addresses: bytes, size: int = 119) -> list:
    """Return the frames of an APDU in blocks of a general block transfer, one to a frame."""
    frames = []
    for number, start in enumerate(range(0, len(apdu), size), 1):
        part = apdu[start : start + size]
        control = 0xC0 if start + size >= len(apdu) else 0x40
        block = b"\xe0" + bytes((control,)) + number.to_bytes(2, "big") + b"\0\0"
        block += length(len(part)) + part
        frames.append(frame((_LLC if number == 1 else b"") + block, addresses))
    return frames
