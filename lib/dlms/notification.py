"""The services by which a meter pushes: data-notification (0F) and event-notification (C2).

IEC 62056-5-3: Data-Notification, Event-Notification-Request.
"""

from compat import const
from dlms import axdr, clock
from dlms.ber import read_length
from dlms.dropped import Dropped

DATA_NOTIFICATION = const(0x0F)
_EVENT_NOTIFICATION = const(0xC2)
_TEXT = const(0x2F)  # "/": P1 text in place of an APDU
_HEAD = const(5)  # tag and long-invoke-id-and-priority
TAGS = b"\x0f\xc2"


def plausible(apdu) -> bool:
    """Tell whether octets can be one of these APDUs, or P1 text: the test for a wrong key."""
    if len(apdu) < 8:
        return False
    if apdu[0] == DATA_NOTIFICATION:
        try:
            _, body = _time(apdu, _HEAD)
        except ValueError:
            return False
        return body < len(apdu) and apdu[body] in axdr.TAGS
    if apdu[0] == _EVENT_NOTIFICATION:
        return apdu[1] < 2
    return is_text(apdu)


def is_text(apdu) -> bool:
    """Tell whether octets begin like a P1 telegram: a slash and three letters of the maker."""
    if apdu[0] != _TEXT:
        return False
    return all(0x41 <= apdu[at] & 0xDF <= 0x5A for at in range(1, 4))


def parse(apdu) -> tuple:
    """Return (time, node): the local time of the header or None, and the body.

    An event notification becomes a list of its one attribute, as its object would be pushed:
    structure(OBIS, value). Raises Dropped("malformed") where any octet is out of place.
    """
    try:
        if apdu[0] == DATA_NOTIFICATION:
            moment, at = _time(apdu, _HEAD)
            return moment, axdr.parse(apdu, at)
        if apdu[0] == _EVENT_NOTIFICATION:
            moment, at = None, 2
            if apdu[1]:
                moment, at = _time(apdu, 2)
            # class (2), instance (6), attribute (1), value
            value = axdr.parse(apdu, at + 9)
            entry = (axdr.STRUCTURE, [(axdr.OCTETS, apdu[at + 2 : at + 8]), value])
            return moment, (axdr.STRUCTURE, [entry])
    except (ValueError, IndexError) as error:
        raise Dropped("malformed", str(error))
    raise Dropped("unsupported", "APDU %02X" % apdu[0])


def _time(apdu, at: int) -> tuple:
    """Return (local time or None, position behind); Kaifa in Norway sends a type tag first."""
    if at + 1 < len(apdu) and apdu[at] == axdr.OCTETS and apdu[at + 1] == clock.LENGTH:
        at += 1
    length, at = read_length(apdu, at)
    if length not in (0, clock.LENGTH) or at + length > len(apdu):
        raise ValueError("date-time of %d octets" % length)
    return clock.date_time(apdu[at : at + length]), at + length
