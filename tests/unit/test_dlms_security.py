"""Ciphered APDUs: each form, each security control octet, wrong keys, tags, replay and
downgrade.
"""

from dlms_meter import (
    AUTH_KEY,
    EXPECTED,
    KEY,
    PLAIN,
    TITLE,
    ciphered,
    decode,
    decoder,
    hdlc,
    values,
)

from crypto.gcm import Gcm
from crypto.keywrap import wrap
from dlms.ber import write_length

_OTHER = bytes(range(1, 17))


def _one(target, apdu, security):
    telegrams = decode(target, hdlc(apdu))
    assert len(telegrams) == 1, target.dropped
    assert values(telegrams[0]) == EXPECTED
    assert telegrams[0].security == security
    assert telegrams[0].meter == "4142430001020304"


def _lost(target, apdu, cause):
    before = target.dropped.get(cause, 0)
    assert not decode(target, hdlc(apdu))
    assert target.dropped.get(cause, 0) == before + 1, target.dropped


def test_encrypted_only():
    for control in (0x20, 0x21):
        _one(decoder(), ciphered(PLAIN, control=control), "encrypted")


def test_authenticated_and_encrypted():
    for control in (0x30, 0x31):
        _one(decoder(auth_key=AUTH_KEY), ciphered(PLAIN, control=control), "authenticated")
        _one(decoder(), ciphered(PLAIN, control=control), "encrypted")


def test_authenticated_only():
    _one(decoder(auth_key=AUTH_KEY), ciphered(PLAIN, control=0x10), "authenticated")
    _one(decoder(), ciphered(PLAIN, control=0x10), "plain")
    apdu = bytearray(ciphered(PLAIN, control=0x10))
    apdu[60] ^= 1
    _lost(decoder(auth_key=AUTH_KEY), apdu, "tag")


def test_no_protection_at_all():
    _one(decoder(), ciphered(PLAIN, control=0x00), "plain")


def test_broadcast_key():
    apdu = ciphered(PLAIN, control=0x60, key=_OTHER)
    _one(decoder(broadcast=_OTHER), apdu, "encrypted")
    _lost(decoder(), apdu, "key-wrong")
    _one(decoder(), ciphered(PLAIN, control=0x60), "encrypted")


def test_compression_and_unknown_suites_are_refused():
    _lost(decoder(), ciphered(PLAIN, control=0xA0), "compressed")
    _lost(decoder(), ciphered(PLAIN, control=0x23), "unsupported")


def test_suite_2_has_a_key_of_256_bits():
    key = bytes(range(32))
    auth_key = bytes(range(0x80, 0xA0))
    _one(decoder(key), ciphered(PLAIN, control=0x22, key=key), "encrypted")
    apdu = ciphered(PLAIN, control=0x32, key=key, auth_key=auth_key)
    _one(decoder(key, auth_key), apdu, "authenticated")
    _lost(decoder(auth_key, key), apdu, "key-swapped")
    _lost(decoder(key), ciphered(PLAIN, control=0x20, key=KEY), "key-wrong")
    _lost(decoder(), ciphered(PLAIN, control=0x22, key=key), "key-wrong")


def test_keys_missing_wrong_and_swapped():
    _lost(decoder(None), ciphered(PLAIN), "key-required")
    _lost(decoder(_OTHER), ciphered(PLAIN), "key-wrong")
    _lost(decoder(_OTHER, AUTH_KEY), ciphered(PLAIN, control=0x30), "key-wrong")
    _lost(decoder(auth_key=_OTHER), ciphered(PLAIN, control=0x30), "tag")
    _lost(decoder(AUTH_KEY, KEY), ciphered(PLAIN, control=0x30), "key-swapped")
    _lost(decoder(AUTH_KEY, KEY), ciphered(PLAIN, control=0x20), "key-swapped")


def test_any_octet_changed_fails_the_tag():
    apdu = ciphered(PLAIN, 7, 0x30)
    target = decoder(auth_key=AUTH_KEY)
    _one(target, ciphered(PLAIN, 6, 0x30), "authenticated")
    for at in range(len(apdu)):
        damaged = bytearray(apdu)
        damaged[at] ^= 0x01
        assert not decode(target, hdlc(damaged)), at
    _one(target, apdu, "authenticated")


def test_replay_is_refused_until_the_owner_resets():
    target = decoder()
    _one(target, ciphered(PLAIN, 5), "encrypted")
    _lost(target, ciphered(PLAIN, 5), "replay")
    _lost(target, ciphered(PLAIN, 4), "replay")
    _one(target, ciphered(PLAIN, 9), "encrypted")
    target.reset_counters()
    _one(target, ciphered(PLAIN, 4), "encrypted")


def test_another_meter_counts_for_itself():
    target = decoder()
    _one(target, ciphered(PLAIN, 500), "encrypted")
    telegrams = decode(target, hdlc(ciphered(PLAIN, 1, title=b"ABC\0\0\0\0\x09")))
    assert len(telegrams) == 1
    _lost(target, ciphered(PLAIN, 500), "replay")


def test_what_fails_moves_no_counter():
    target = decoder(auth_key=AUTH_KEY)
    forged = bytearray(ciphered(PLAIN, 0xFFFFFFFF, 0x30))
    forged[-1] ^= 1
    _lost(target, forged, "tag")
    _one(target, ciphered(PLAIN, 1, 0x30), "authenticated")


def test_tag_cannot_be_left_off_once_it_was_there():
    target = decoder(auth_key=AUTH_KEY)
    _one(target, ciphered(PLAIN, 1, 0x30), "authenticated")
    _lost(target, ciphered(PLAIN, 2, 0x20), "tag")
    _lost(target, ciphered(PLAIN, 2, 0x00), "tag")
    _one(target, ciphered(PLAIN, 2, 0x30), "authenticated")


def test_plain_telegrams_are_not_believed_after_ciphered_ones():
    p1 = b"/ABC5X\r\n\r\n1-0:1.8.0(1*kWh)\r\n!\r\n"
    for first, security in ((0x20, "encrypted"), (0x30, "authenticated")):
        target = decoder(auth_key=AUTH_KEY)
        assert len(decode(target, hdlc(PLAIN))) == 1
        _one(target, ciphered(PLAIN, 1, first), security)
        _lost(target, PLAIN, "tag")
        _lost(target, ciphered(PLAIN, 2, 0x00, title=b"XYZ\0\0\0\0\1"), "tag")
        assert not decode(target, p1)
        assert target.dropped == {"tag": 3}
        target.reset_counters()
        assert len(decode(target, hdlc(PLAIN))) == 1


def test_many_meters_push_out_the_oldest_only():
    target = decoder()
    for number in range(6):
        title = b"ABC\0\0\0\0" + bytes((number,))
        assert len(decode(target, hdlc(ciphered(PLAIN, 9, title=title)))) == 1
    assert not decode(target, hdlc(ciphered(PLAIN, 9, title=b"ABC\0\0\0\0\5")))
    assert not decode(target, hdlc(ciphered(PLAIN, 9, title=b"ABC\0\0\0\0\2")))
    assert target.dropped == {"replay": 2}
    assert len(decode(target, hdlc(ciphered(PLAIN, 9, title=b"ABC\0\0\0\0\0")))) == 1


def test_general_ded_ciphering():
    head = b"\xdc\x08" + TITLE
    _one(decoder(), ciphered(PLAIN, head=head), "encrypted")


def test_service_apdus_take_the_title_that_was_heard():
    event = b"\xc2\x00\x00\x03\x01\x00\x01\x08\x00\xff\x02\x06\x00\x00\x30\xd9"
    for tag in (0xCA, 0xD2):
        target = decoder()
        apdu = ciphered(event, 2, head=bytes((tag,)))
        _lost(target, apdu, "unsupported")
        _one(target, ciphered(PLAIN, 1), "encrypted")
        telegrams = decode(target, hdlc(apdu))
        assert values(telegrams[0]) == {"1-0:1.8.0": (12505, 0)}


def test_lengths_must_add_up():
    apdu = ciphered(PLAIN)
    _lost(decoder(), apdu + b"\0", "length")
    _lost(decoder(), apdu[:-1], "length")
    _lost(decoder(), b"\xdb\x08" + TITLE + b"\x03\x20\0\0", "length")
    _lost(decoder(), b"\xdb\x08" + TITLE[:4], "length")
    _lost(decoder(), b"\xdb\x07" + TITLE[:7] + b"\x06\x20\0\0\0\1\0", "unsupported")


def _general(key_information: bytes, key=KEY, control=0x30, other=b"\x00") -> bytes:
    """A general-ciphering APDU (DD): all fields before the key information are authenticated."""
    context = b"\x01\x2a" + b"\x08" + TITLE + b"\x00" + b"\x00" + other
    vector = TITLE + b"\0\0\0\1"
    data = bytearray(PLAIN)
    gcm = Gcm(key)
    gcm.crypt(vector, data)
    tag = bytes(gcm.tag(vector, (bytes((control,)), AUTH_KEY, context), data)[:12])
    part = bytes((control,)) + b"\0\0\0\1" + bytes(data) + tag
    return b"\xdd" + context + key_information + write_length(len(part)) + part


def test_general_ciphering_without_and_with_identified_key():
    _one(decoder(auth_key=AUTH_KEY), _general(b"\x00"), "authenticated")
    _one(decoder(auth_key=AUTH_KEY), _general(b"\x01\x00\x00"), "authenticated")
    broadcast = _general(b"\x01\x00\x01", _OTHER)
    _one(decoder(auth_key=AUTH_KEY, broadcast=_OTHER), broadcast, "authenticated")
    _lost(decoder(), _general(b"\x01\x00\x05"), "unsupported")


def test_general_ciphering_authenticates_its_context():
    apdu = bytearray(_general(b"\x00", other=b"\x02\x01\x02"))
    _one(decoder(auth_key=AUTH_KEY), apdu, "authenticated")
    apdu[15] ^= 1
    _lost(decoder(auth_key=AUTH_KEY), apdu, "tag")


def test_general_ciphering_with_a_wrapped_session_key():
    master = bytes(range(100, 116))
    apdu = _general(b"\x01\x01\x00\x18" + wrap(master, _OTHER), _OTHER)
    _one(decoder(auth_key=AUTH_KEY, master=master), apdu, "authenticated")
    _lost(decoder(auth_key=AUTH_KEY), apdu, "key-required")
    _lost(decoder(auth_key=AUTH_KEY, master=_OTHER), apdu, "key-wrong")


def test_key_information_that_is_none():
    _lost(decoder(), _general(b"\x01\x07\x00"), "unsupported")
    _lost(decoder(), _general(b"\x01\x02\x01\x01\x82\xff\xff"), "length")
    _lost(decoder(), b"\xdd\x01\x2a\x08" + TITLE, "length")
    _lost(decoder(), b"\xdf\x01\x2a\x08" + TITLE, "unsupported")
