"""What unit tests send in place of a meter: frames, parts and ciphering, on both runtimes."""

from kernels import crc16

from crypto.gcm import Gcm
from dlms.ber import write_length
from firmware.meter.dlms_decoder import DlmsDecoder
from keys import Keys
from support import unhex

KEY = bytes(range(16))
AUTH_KEY = bytes(range(0xD0, 0xE0))
TITLE = b"ABC\x00\x01\x02\x03\x04"
TIME = unhex("07E5091B01092F0F00FF8880")

# structure {clock, 1.8.0 and 1.7.0 with scaler-unit, meter number}: the kind of list Netz NOE has.
BODY = (
    unhex("0208 090C") + TIME
    + unhex("0906 0100010800FF 06 000030D9 0202 0F00 161E")
    + unhex("0906 0100010700FF 06 0000041F 0202 0F00 161B")
    + unhex("090C") + b"181220000009"
)  # fmt: skip
PLAIN = b"\x0f\x00\x00\x00\x01\x0c" + TIME + BODY


def notification(body: bytes, time: bytes = TIME) -> bytes:
    """Return a data-notification."""
    return b"\x0f\x00\x00\x00\x01" + bytes((len(time),)) + time + body


def ciphered(plain, counter=1, control=0x20, key=KEY, auth_key=AUTH_KEY, title=TITLE, head=None):
    """Return a general-glo-ciphering APDU, or one with another head before the ciphered part."""
    vector = title + counter.to_bytes(4, "big")
    gcm = Gcm(key)
    data = bytearray(plain)
    additional = bytes((control,)) + auth_key
    tag = b""
    if control & 0x20:
        gcm.crypt(vector, data)
        if control & 0x10:
            tag = bytes(gcm.tag(vector, (additional,), data)[:12])
    elif control & 0x10:
        tag = bytes(gcm.tag(vector, (additional, plain), b"")[:12])
    part = bytes((control,)) + counter.to_bytes(4, "big") + bytes(data) + tag
    if head is None:
        head = b"\xdb" + write_length(len(title)) + title
    return head + write_length(len(part)) + part


def hdlc(information: bytes, segmented=False, llc=True, addresses=b"\xcf\x02\x23") -> bytes:
    """Return one HDLC frame with its flags."""
    if llc:
        information = b"\xe6\xe7\x00" + information
    length = 2 + len(addresses) + 1 + 2 + len(information) + 2
    kind = 0xA000 | (0x0800 if segmented else 0) | length
    head = kind.to_bytes(2, "big") + addresses + (b"\x03" if segmented else b"\x13")
    head += (crc16(0xFFFF, head, len(head), 0x8408) ^ 0xFFFF).to_bytes(2, "little")
    body = head + information
    body += (crc16(0xFFFF, body, len(body), 0x8408) ^ 0xFFFF).to_bytes(2, "little")
    return b"\x7e" + body + b"\x7e"


def segment(part: bytes, number: int, last: bool) -> bytes:
    """Return one M-Bus long frame with the DLMS transport header."""
    user = b"\x53\xff" + bytes(((0x10 if last else 0) | number & 15,)) + b"\x01\x67" + part
    size = bytes((len(user) & 255,))
    return b"\x68" + size + size + b"\x68" + user + bytes((sum(user) & 255, 0x16))


def segments(apdu: bytes, size: int = 245) -> list:
    """Return the M-Bus frames of an APDU."""
    parts = [apdu[at : at + size] for at in range(0, len(apdu), size)]
    return [segment(part, n, n == len(parts) - 1) for n, part in enumerate(parts)]


def blocks(apdu: bytes, size: int = 100) -> list:
    """Return the general-block-transfer APDUs of an APDU."""
    parts = [apdu[at : at + size] for at in range(0, len(apdu), size)]
    out = []
    for n, part in enumerate(parts):
        control = b"\xc0" if n == len(parts) - 1 else b"\x40"
        number = (n + 1).to_bytes(2, "big")
        out.append(b"\xe0" + control + number + b"\0\0" + write_length(len(part)) + part)
    return out


def decoder(key=KEY, auth_key=None, **more) -> DlmsDecoder:
    """Return a decoder with the test's keys."""
    return DlmsDecoder(Keys(key, auth_key, **more))


def decode(target: DlmsDecoder, *frames, silence=True) -> list:
    """Return the telegrams that frames give."""
    out = []
    for frame in frames:
        target.feed(frame)
        telegram = target.take()
        while telegram is not None:
            out.append(telegram)
            telegram = target.take()
    if silence:
        target.idle()
        telegram = target.take()
        while telegram is not None:
            out.append(telegram)
            telegram = target.take()
    return out


def values(telegram) -> dict:
    """Return {code: value} of a telegram."""
    return {code: value for code, value, _ in telegram.items}


EXPECTED = {
    "0-0:1.0.0": "2021-09-27T09:47:15+02:00",
    "1-0:1.8.0": (12505, 0),
    "1-0:1.7.0": (1055, 0),
    "0-0:96.1.0": "181220000009",
}
