"""A-XDR encoding (IEC 62056-6-2, Green Book) of what virtual meters send."""

from datetime import datetime

WH, VARH, W, VAR, V, A, NO_UNIT = 0x1E, 0x20, 0x1B, 0x1D, 0x23, 0x21, 0xFF


def length(count: int) -> bytes:
    """Return a BER length: one octet below 128, else 81 or 82 with the octets that follow."""
    if count < 0x80:
        return bytes((count,))
    return b"\x81" + bytes((count,)) if count < 0x100 else b"\x82" + count.to_bytes(2, "big")


def structure(*elements: bytes) -> bytes:
    """Return a structure of encoded elements."""
    return b"\x02" + length(len(elements)) + b"".join(elements)


def array(*elements: bytes) -> bytes:
    """Return an array of encoded elements."""
    return b"\x01" + length(len(elements)) + b"".join(elements)


def octets(data: bytes) -> bytes:
    """Return an octet string."""
    return b"\x09" + length(len(data)) + data


def u8(value: int) -> bytes:
    """Return an unsigned 8-bit number."""
    return b"\x11" + value.to_bytes(1, "big")


def i8(value: int) -> bytes:
    """Return a signed 8-bit number."""
    return b"\x0f" + value.to_bytes(1, "big", signed=True)


def u16(value: int) -> bytes:
    """Return a long-unsigned."""
    return b"\x12" + value.to_bytes(2, "big")


def i16(value: int) -> bytes:
    """Return a long."""
    return b"\x10" + value.to_bytes(2, "big", signed=True)


def u32(value: int) -> bytes:
    """Return a double-long-unsigned."""
    return b"\x06" + value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    """Return a long64-unsigned."""
    return b"\x15" + value.to_bytes(8, "big")


def enum(value: int) -> bytes:
    """Return an enum."""
    return b"\x16" + bytes((value,))


def scaler_unit(scaler: int, unit: int) -> bytes:
    """Return the structure of scaler and unit of a register."""
    return structure(i8(scaler), enum(unit))


def obis(code: str) -> bytes:
    """Return the six octets of `A-B:C.D.E` with F = 255, or of `A-B:C.D.E.F`."""
    medium, _, rest = code.partition("-")
    channel, _, groups = rest.partition(":")
    numbers = [int(medium), int(channel), *(int(group) for group in groups.split("."))]
    return bytes((*numbers, 255)[:6])


def date_time(local: datetime, dst: bool, deviation: bool = True) -> bytes:
    """Return the 12 octets of a COSEM date-time; deviation is minutes from local time to UTC."""
    minutes = -int(local.utcoffset().total_seconds()) // 60 if deviation else -0x8000
    return (
        local.year.to_bytes(2, "big")
        + bytes((local.month, local.day, local.isoweekday(), local.hour, local.minute))
        + bytes((local.second, 0))
        + minutes.to_bytes(2, "big", signed=True)
        + (b"\x80" if dst else b"\x00")
    )


def data_notification(invoke_id: int, time: bytes, body: bytes) -> bytes:
    """Return a data-notification APDU; time is a COSEM date-time or empty."""
    stamp = b"\x0c" + time if time else b"\x00"
    return b"\x0f" + invoke_id.to_bytes(4, "big") + stamp + body
