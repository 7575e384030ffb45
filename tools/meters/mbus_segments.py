"""DLMS over wired M-Bus: an APDU in long frames with a segment number in the CI field (EN 13757-2, -3)."""

_FINAL = 0x10


def long_frame(user_data: bytes) -> bytes:
    """Return a long frame around C, A, CI and what follows them.

    More than 255 octets give the frame of old Sagemcom firmware, which writes the length modulo 256.
    """
    size = len(user_data) & 0xFF
    return bytes((0x68, size, size, 0x68)) + user_data + bytes((sum(user_data) & 0xFF, 0x16))


def segments(apdu: bytes, size: int = 245, control: int = 0x53) -> list:
    """Return the long frames of an APDU, size octets of it in each."""
    frames = []
    for number, start in enumerate(range(0, len(apdu), size)):
        last = _FINAL if start + size >= len(apdu) else 0
        header = bytes((control, 0xFF, last | number & 0x0F, 0x01, 0x67))
        frames.append(long_frame(header + apdu[start : start + size]))
    return frames
