"""Agreed keys of general-ciphering: who may agree, what is refused with which cause, what it costs."""

import hashlib

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

from crypto import ecdsa, p256
from crypto.gcm import Gcm
from crypto.steps import finish
from dlms import agreement
from dlms.ber import write_length
from dlms.dropped import Dropped
from firmware.meter.key_trial import KeyTrial
from support import raises, unhex

_OURS = b"\x11" * 32
_EPHEMERAL = b"\x22" * 32
_OTHER_EPHEMERAL = b"\x33" * 32
_STATIC = b"\x44" * 32
_SIGNING = b"\x55" * 32
_RECIPIENT = b"OBG\0\0\0\0\x01"


def _public(private: bytes) -> bytes:
    return finish(p256.public_steps(private))


_OUR_POINT = _public(_OURS)
_POINTS = {private: _public(private) for private in (_EPHEMERAL, _OTHER_EPHEMERAL)}
_STATIC_POINT = _public(_STATIC)
_SIGNING_POINT = _public(_SIGNING)
_SIGNATURE = finish(ecdsa.sign_steps(_SIGNING, hashlib.sha256(_POINTS[_EPHEMERAL][1:]).digest()))
_SECRETS = {
    private: finish(p256.shared_steps(private, _OUR_POINT))
    for private in (_EPHEMERAL, _OTHER_EPHEMERAL, _STATIC)
}


def _apdu(
    private=_EPHEMERAL, counter=1, control=0x31, scheme=1, data=None, transaction=b"\x2a", **more
) -> bytes:
    """Return a general-ciphering APDU under a key agreed between private and _OUR_POINT."""
    length = bytes((len(transaction),)) + transaction
    if data is None:
        data = b"" if scheme == 2 else _POINTS[private][1:]
    info = b"\0\0\0\1" + _SECRETS[private] + unhex("60857405080300") + TITLE
    info += (length if scheme == 2 else b"") + _RECIPIENT
    gcm = Gcm(hashlib.sha256(info).digest()[:16])
    context = length + b"\x08" + TITLE + b"\x08" + _RECIPIENT + b"\0\0"
    vector = TITLE + counter.to_bytes(4, "big")
    text = bytearray(PLAIN)
    gcm.crypt(vector, text)
    auth_key = more.get("auth_key", AUTH_KEY)
    tag = bytes(gcm.tag(vector, (bytes((control,)), auth_key, context), text)[:12])
    part = bytes((control,)) + vector[8:] + bytes(text) + (tag if control & 0x10 else b"")
    parameters = more.get("parameters", bytes((1, scheme)))
    head = b"\xdd" + context + b"\x01\x02" + parameters + write_length(len(data)) + data
    return head + write_length(len(part)) + part


def _agree(target, private=_OURS, agreement_key=b"", signing_key=b""):
    """Run what the decoder wants, as the firmware does; return the telegrams."""
    request = target.wanted
    try:
        secret, proven = finish(request.steps(private, agreement_key, signing_key))
    except Dropped as loss:
        secret, proven = loss, False
    target.agreed(request, secret, proven)
    assert target.wanted is None
    return decode(target)


def _waits(target, apdu):
    assert decode(target, hdlc(apdu)) == []
    assert target.wanted is not None
    return target


def _one(telegrams, security):
    assert len(telegrams) == 1
    assert values(telegrams[0]) == EXPECTED
    assert telegrams[0].security == security
    assert telegrams[0].meter == "4142430001020304"


def _lost(target, telegrams, cause):
    assert telegrams == []
    assert target.dropped == {cause: 1}, target.dropped


def test_the_example_of_the_green_book():
    """Table C.2 (one-pass) and the static scheme with the same system titles."""
    client, server = unhex("4D4D4D0000BC614E"), unhex("4D4D4D0000000001")
    private = unhex("AAD3FD0732E991CF52A74C66C1F2827DDC53522A2E0A169D7C4FFCC0FB5D6A4D")
    ephemeral = unhex(
        "C323C2BD45711DE4688637D919F92E9DB8FB2DFC213A88D21C9DC8DCBA917D81"
        "70511DE1BADB360D50058F794B0960AE11FA28D392CFF907A62D13E3357B1DC0"
    )
    signature = unhex(
        "B51BE089D0B682863B2217201E73A1A9031968A9B4121DCBC3281A69739AF874"
        "29F5B3AC5471E7B6A04A2C0F2F8A25FD772A317DF97FC5463FEAC248EB8AB8BE"
    )
    signing_key = unhex(
        "04BAAFFDE06A8CB1C9DAE8D94023C601DBBB249254BA22EDD827E820BCA2BCC643"
        "62FBB83D86A82B87BB8B7161D2AAB5521911A946B97A284A90F7785CD9047D25"
    )
    request = agreement.Request(ephemeral + signature)
    secret, proven = finish(request.steps(private, b"", signing_key))
    assert proven
    assert secret == unhex("0D4385BA0DD756CBCAB9887EB538396EE8F090A14C1079B4359F115B977F4615")
    assert agreement.derive(secret, client, server) == unhex("59A71FD81C929A86A99438DA17A66C05")

    private = unhex("A51C16FF5C498FCC89323D4A9267CD71BF81FD6F6A891CD240DA7F3D6F283E65")
    other = unhex(
        "04A653565B0E06070BAE9FBE140A5D2156812AEE2DD525053E3EFC850BF13BFDFF"
        "CB240BC7B77BFF5883344E7275908D2287BEFA3725017295A096989D2338290B"
    )
    secret, proven = finish(agreement.Request(b"").steps(private, other, b""))
    assert proven
    key = agreement.derive(secret, client, server, unhex("080102030405060708"))
    assert key == unhex("56C46B57DF675515C31025455822514A")


def test_one_pass_with_a_signature():
    data = _POINTS[_EPHEMERAL][1:] + _SIGNATURE
    for auth_key, security in ((AUTH_KEY, "authenticated"), (None, "encrypted")):
        target = _waits(decoder(auth_key=auth_key), _apdu(data=data))
        _one(_agree(target, signing_key=_SIGNING_POINT), security)
        assert target.dropped == {}


def test_one_pass_whose_signature_nobody_can_check():
    data = _POINTS[_EPHEMERAL][1:] + _SIGNATURE
    for sent in (data, data[:64]):
        _one(_agree(_waits(decoder(auth_key=AUTH_KEY), _apdu(data=sent))), "authenticated")
        _one(_agree(_waits(decoder(), _apdu(data=sent))), "anonymous")
    _one(_agree(_waits(decoder(), _apdu(control=0x21))), "anonymous")


def test_static_keys():
    target = _waits(decoder(auth_key=AUTH_KEY), _apdu(_STATIC, scheme=2))
    _one(_agree(target, agreement_key=_STATIC_POINT), "authenticated")
    # Each transaction has a key of its own, and none of them costs arithmetic again.
    _one(decode(target, hdlc(_apdu(_STATIC, 2, scheme=2, transaction=b"other"))), "authenticated")
    target = _waits(decoder(), _apdu(_STATIC, scheme=2))
    _one(_agree(target, agreement_key=_STATIC_POINT), "encrypted")


def test_a_key_is_agreed_on_once():
    target = _waits(decoder(auth_key=AUTH_KEY), _apdu())
    _one(_agree(target), "authenticated")
    for counter in (2, 3):
        _one(decode(target, hdlc(_apdu(counter=counter))), "authenticated")
    _one(_agree(_waits(target, _apdu(_OTHER_EPHEMERAL, 4))), "authenticated")
    _one(decode(target, hdlc(_apdu(counter=5))), "authenticated")
    assert target.held == 2 and target.dropped == {}


def test_another_signature_of_the_same_key_costs_nothing():
    point = _POINTS[_EPHEMERAL][1:]
    target = _waits(decoder(auth_key=AUTH_KEY), _apdu(data=point + _SIGNATURE))
    _one(_agree(target, signing_key=_SIGNING_POINT), "authenticated")
    _one(decode(target, hdlc(_apdu(counter=2, data=point + bytes(64)))), "authenticated")


def test_a_key_that_was_refused_may_come_better_signed():
    point = _POINTS[_EPHEMERAL][1:]
    for data in (point, point + bytes(64)):
        target = _waits(decoder(auth_key=AUTH_KEY), _apdu(data=data))
        assert _agree(target, signing_key=_SIGNING_POINT) == []
        _waits(target, _apdu(data=point + _SIGNATURE))
        _one(_agree(target, signing_key=_SIGNING_POINT), "authenticated")


def test_agreements_that_open_nothing_push_no_other_out():
    target = _waits(decoder(auth_key=AUTH_KEY), _apdu())
    _one(_agree(target), "authenticated")
    for number in range(5):
        forged = bytearray(
            _apdu(_OTHER_EPHEMERAL, 2, data=_public(bytes(31) + bytes((number + 1,)))[1:])
        )
        assert _agree(_waits(target, forged)) == []
    _one(decode(target, hdlc(_apdu(counter=2))), "authenticated")
    assert target.dropped == {"tag": 5}


def test_replay_is_refused_before_anything_is_agreed_on():
    target = _waits(decoder(auth_key=AUTH_KEY), _apdu(counter=7))
    _one(_agree(target), "authenticated")
    assert decode(target, hdlc(_apdu(_OTHER_EPHEMERAL, 7))) == [] and target.wanted is None
    assert target.dropped == {"replay": 1}


def test_only_one_agreement_at_a_time():
    target = _waits(decoder(auth_key=AUTH_KEY), _apdu(counter=1))
    request = target.wanted
    assert decode(target, hdlc(_apdu(_OTHER_EPHEMERAL, 9))) == []
    # What comes under the same key takes the place of what waits.
    assert decode(target, hdlc(_apdu(counter=2))) == []
    assert target.wanted is request and target.held == 2
    assert target.dropped == {"busy": 2}
    # What needs no agreement is not held up.
    _one(decode(target, hdlc(ciphered(PLAIN, 1))), "encrypted")
    _one(_agree(target), "authenticated")
    assert decode(target, hdlc(_apdu(counter=2))) == []
    assert target.dropped == {"busy": 2, "replay": 1}


def test_a_result_for_something_else_is_ignored():
    target = _waits(decoder(auth_key=AUTH_KEY), _apdu())
    target.agreed(agreement.Request(b"x" * 64), b"\0" * 32, True)
    assert target.wanted is not None and decode(target) == []
    _one(_agree(target), "authenticated")
    target.agreed(agreement.Request(b""), b"\0" * 32, True)
    decoder().agreed(agreement.Request(b""), b"\0" * 32, True)


def test_missing_keys_are_named():
    target = _waits(decoder(), _apdu())
    _lost(target, _agree(target, private=None), "key-required")
    target = _waits(decoder(), _apdu(_STATIC, scheme=2))
    _lost(target, _agree(target), "key-required")
    # It is not asked for again with every telegram.
    assert decode(target, hdlc(_apdu(_STATIC, 2, scheme=2))) == [] and target.wanted is None
    assert target.dropped == {"key-required": 2}


def test_signatures_that_do_not_fit():
    point = _POINTS[_EPHEMERAL][1:]
    damaged = bytearray(_SIGNATURE)
    damaged[5] ^= 1
    for data, key in (
        (point, _SIGNING_POINT),
        (point + bytes(damaged), _SIGNING_POINT),
        (point + bytes(64), _SIGNING_POINT),
        (point + _SIGNATURE, _STATIC_POINT),
        (_POINTS[_OTHER_EPHEMERAL][1:] + _SIGNATURE, _SIGNING_POINT),
    ):
        target = _waits(decoder(auth_key=AUTH_KEY), _apdu(data=data))
        _lost(target, _agree(target, signing_key=key), "key-wrong")


def test_the_wrong_keys():
    target = _waits(decoder(auth_key=AUTH_KEY), _apdu())
    _lost(target, _agree(target, private=_STATIC), "key-wrong")
    target = _waits(decoder(), _apdu())
    _lost(target, _agree(target, private=_STATIC), "key-wrong")
    target = _waits(decoder(auth_key=AUTH_KEY), _apdu(_STATIC, scheme=2))
    _lost(target, _agree(target, agreement_key=_SIGNING_POINT), "key-wrong")
    target = _waits(decoder(auth_key=KEY), _apdu())
    _lost(target, _agree(target), "tag")


def test_points_and_lengths_that_cannot_be():
    off_curve = bytearray(_POINTS[_EPHEMERAL][1:])
    off_curve[63] ^= 1
    for point in (bytes(off_curve), bytes(64), b"\xff" * 64):
        for data in (point, point + _SIGNATURE):
            target = _waits(decoder(), _apdu(data=data))
            _lost(target, _agree(target, signing_key=_SIGNING_POINT), "malformed")
    for scheme, data in (
        (1, b""),
        (1, b"\x04" + _POINTS[_EPHEMERAL][1:]),
        (1, bytes(129)),
        (2, bytes(64)),
    ):
        target = decoder()
        _lost(
            target,
            decode(
                target,
                hdlc(_apdu(_STATIC if scheme == 2 else _EPHEMERAL, scheme=scheme, data=data)),
            ),
            "malformed",
        )
    target = decoder()
    _lost(target, decode(target, hdlc(_apdu(parameters=b"\x00"))), "malformed")


def test_other_schemes_and_curves_are_named():
    for scheme in (0, 3, 255):
        target = decoder()
        _lost(target, decode(target, hdlc(_apdu(scheme=scheme))), "unsupported")
    target = decoder()
    _lost(target, decode(target, hdlc(_apdu(control=0x32))), "unsupported")
    assert target.wanted is None


def test_what_anybody_can_make_is_not_believed_after_what_the_meter_made():
    target = decoder(auth_key=AUTH_KEY)
    _one(decode(target, hdlc(ciphered(PLAIN, 1))), "encrypted")
    forged = _apdu(counter=0xFFFFFFFF, control=0x21)
    assert _agree(_waits(target, forged)) == []
    assert target.dropped == {"tag": 1}
    # Nor does it move the meter's counter, whenever it comes.
    target = decoder(auth_key=AUTH_KEY)
    _one(_agree(_waits(target, forged)), "anonymous")
    _one(decode(target, hdlc(ciphered(PLAIN, 1))), "encrypted")


def test_any_octet_changed_never_gives_a_value():
    """Damage in what is agreed on, in the tag, in what it covers, in the lengths."""
    data = _POINTS[_EPHEMERAL][1:] + _SIGNATURE
    apdu = _apdu(data=data)
    signed = apdu.index(_SIGNATURE)
    tried = 0
    for at in range(len(apdu)):
        if signed <= at < signed + 64 and at % 16:
            continue  # each is a signature that is verified in full
        damaged = bytearray(apdu)
        damaged[at] ^= 0x01
        target = decoder(auth_key=AUTH_KEY)
        telegrams = decode(target, hdlc(damaged))
        if target.wanted is not None:
            point_damaged = bytes(damaged).find(data[:64]) < 0
            if point_damaged or signed <= at < signed + 64:
                telegrams = _agree(target, signing_key=_SIGNING_POINT)
            else:
                target.agreed(target.wanted, _SECRETS[_EPHEMERAL], True)
                telegrams = decode(target)
            tried += 1
        assert telegrams == [], at
        assert sum(target.dropped.values()) == 1, (at, target.dropped)
    assert tried > 150


def test_every_security_control_octet():
    for control in range(256):
        apdu = bytearray(_apdu())
        apdu[apdu.index(b"\x31\0\0\0\1")] = control
        target = decoder(auth_key=AUTH_KEY)
        telegrams = decode(target, hdlc(apdu))
        if target.wanted is not None:
            telegrams = _agree(target)
        assert len(telegrams) == (control == 0x31), control
        assert sum(target.dropped.values()) == (control != 0x31), (control, target.dropped)


def test_hostile_lengths_cost_nothing():
    apdu = _apdu()
    for end in range(1, len(apdu)):
        target = decoder()
        assert decode(target, hdlc(apdu[:end])) == [] and target.wanted is None
    raises(Dropped, finish, agreement.Request(bytes(64)).steps(_OURS, b"", b""))


def test_keys_on_trial_hear_of_the_same_agreement():
    """The authentication key that fits decides, as it does without an agreement."""
    for old, new, won in ((AUTH_KEY, KEY, False), (KEY, AUTH_KEY, True)):
        in_force, candidate = decoder(auth_key=old), decoder(auth_key=new)
        trial = _waits(KeyTrial(in_force, candidate), _apdu())
        _one(_agree(trial), "authenticated")
        assert trial.keys is (candidate if won else in_force).keys
        _one(decode(trial, hdlc(_apdu(counter=2))), "authenticated")
        assert trial.wanted is None and trial.held == 1
        assert candidate.dropped == ({} if won else {"tag": 2})
