"""Virtual DLMS meters against decoders that nobody here wrote, and against our own.

dlms-cosem takes HDLC frames and the ciphering apart and checks the tag, gurux-dlms the A-XDR data,
dsmr-parser ciphered P1 text. What they find must be what the meter says it sent; so must what the
device code finds.
"""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from dlms_cosem.crc import CRCCCITT
from dlms_cosem.protocol.xdlms import DataNotification, GeneralGlobalCipher
from dlms_cosem.security import decrypt
from dsmr_parser import telegram_specifications
from dsmr_parser.parsers import TelegramParser
from gurux_dlms import GXByteBuffer
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.internal._GXDataInfo import _GXDataInfo

import quantity
import timestamp
from firmware.meter.dlms_decoder import DlmsDecoder
from firmware.meter.normalise import Normaliser
from keys import Keys
from tools.meters.base import Number
from tools.meters.catalogue import DLMS
from tools.meters.sagemcom import SagemcomP1

_TIMES = (1770000000, 1784980817)  # in winter, in summer
_VIENNA = timestamp.Zone("CET-1CEST,M3.5.0,M10.5.0/3")
_P1 = [kind for kind in DLMS if issubclass(kind, SagemcomP1)]
_LISTS = [kind for kind in DLMS if kind not in _P1]

each_meter = pytest.mark.parametrize("kind", DLMS, ids=lambda kind: kind.NAME)
each_time = pytest.mark.parametrize("time", _TIMES)


def _house_at(kind, time):
    """Return a meter whose clock stands at a time."""
    meter = kind(counter=4711)
    meter.house.time = time
    meter.now = lambda: time
    return meter


def _apdu(frames: list) -> bytes:
    """Return the APDU in the frames of a telegram, with the checksums of HDLC by dlms-cosem."""
    if frames[0][0] == 0x68:
        return b"".join(frame[9:-2] for frame in frames)
    if frames[0][0] != 0x7E:
        return b"".join(frames)
    parts = [_information(frame) for frame in frames]
    parts[0] = parts[0].removeprefix(b"\xe6\xe7\x00")
    if parts[0][0] == 0xE0:
        for number, part in enumerate(parts, 1):
            assert part[2:4] == number.to_bytes(2, "big")
        parts = [part[7 + (part[6] & 0x7F if part[6] & 0x80 else 0) :] for part in parts]
    return b"".join(parts)


def _information(frame: bytes) -> bytes:
    """Return what a frame carries, after length, HCS and FCS were checked."""
    assert int.from_bytes(frame[1:3], "big") == 0xA000 | len(frame) - 2
    control = 3
    for _ in range(2):
        while not frame[control] & 1:
            control += 1
        control += 1
    assert CRCCCITT().calculate_for(frame[1 : control + 1]) == frame[control + 1 : control + 3]
    assert CRCCCITT().calculate_for(frame[1:-3]) == frame[-3:-1]
    return frame[control + 3 : -3]


def _opened(meter, apdu: bytes) -> bytes:
    """Return the plain APDU: the tag checked by dlms-cosem, or bare CTR where there is none."""
    found = GeneralGlobalCipher.from_bytes(apdu)
    assert found.system_title == meter.TITLE
    if found.security_control.authenticated:
        return decrypt(
            found.security_control, found.system_title, found.invocation_counter, meter.key,
            found.ciphered_text, meter.auth_key,
        )  # fmt: skip
    counter = found.system_title + found.invocation_counter.to_bytes(4, "big") + b"\0\0\0\2"
    return (
        Cipher(algorithms.AES(meter.key), modes.CTR(counter))
        .decryptor()
        .update(found.ciphered_text)
    )


def _leaves(data) -> list:
    """Return numbers and octets of gurux-dlms's data in order."""
    if isinstance(data, list):
        return [leaf for child in data for leaf in _leaves(child)]
    return [bytes(data) if isinstance(data, bytearray) else data]


def _mantissas(expected: dict) -> list:
    return [
        int(entry["value"].replace(".", ""))
        for code, entry in expected.items()
        if isinstance(entry["value"], Number) and not (code.startswith("1-0:") and "1-1:" + code[4:] in expected)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", _LISTS, ids=lambda kind: kind.NAME)
@each_time
def test_lists_hold_what_the_meter_says(kind, time):
    meter = _house_at(kind, time)
    telegram = meter.telegram()
    plain = _opened(meter, _apdu(telegram.frames))
    notification = DataNotification.from_bytes(plain)
    leaves = _leaves(_GXCommon.getData(None, GXByteBuffer(notification.body), _GXDataInfo()))
    numbers = [leaf for leaf in leaves if isinstance(leaf, int)]
    for mantissa in _mantissas(telegram.expected):
        assert mantissa in numbers
    texts = [leaf for leaf in leaves if isinstance(leaf, (bytes, str))]
    for code in ("0-0:96.1.0", "0-0:42.0.0", "0-0:96.13.0"):
        if code in telegram.expected:
            assert telegram.expected[code]["value"].encode() in texts


@pytest.mark.parametrize("kind", _P1, ids=lambda kind: kind.NAME)
@each_time
def test_p1_text_is_read_by_dsmr_parser(kind, time):
    meter = _house_at(kind, time)
    telegram = meter.telegram()
    parser = TelegramParser(telegram_specifications.AUSTRIA_ENERGIENETZE_STEIERMARK)
    found = parser.parse(telegram.frames[0].hex(), meter.key.hex(), meter.auth_key.hex(), True)
    assert found.ELECTRICITY_IMPORTED_TOTAL.value == int(telegram.expected["1-0:1.8.0"]["value"])
    assert found.CURRENT_ELECTRICITY_USAGE.value == int(telegram.expected["1-0:1.7.0"]["value"])
    assert int(found.P1_MESSAGE_TIMESTAMP.value.timestamp()) == time


@each_meter
@each_time
def test_device_code_gives_exactly_what_was_sent(kind, time):
    meter = _house_at(kind, time)
    decoder = DlmsDecoder(Keys(meter.key, meter.auth_key or None))
    normaliser = Normaliser(_VIENNA)
    for _ in range(3):
        meter.house.advance(meter.house.time + 1)
        telegram = meter.telegram()
        for frame in telegram.frames:
            decoder.feed(frame)
        found = decoder.take()
        assert found is not None, decoder.dropped
        reading = normaliser.reading(found, 0, None)
        got = {
            code: {
                "value": Number(quantity.text(*value)) if isinstance(value, tuple) else value,
                "time": moment,
            }
            for code, (value, moment) in reading.values.items()
        }
        assert got == telegram.expected
        assert found.security == ("authenticated" if meter.auth_key else "encrypted")
    assert decoder.dropped == {} and normaliser.dropped == {}
