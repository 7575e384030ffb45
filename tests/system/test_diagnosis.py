"""Two hundred simulated mistakes: the cause that is named is the right one (R8.3).

The octets are those a UART with the adapter's settings would deliver, bit by bit; decoder and diagnosis are
the firmware's, on a simulated clock, looked at as the reader does.
"""

import random

import line_settings
from firmware.meter import profiles
from firmware.meter.diagnosis import Diagnosis
from firmware.meter.recognise import Recogniser
from keys import Keys
from tools.meters.catalogue import DLMS
from tools.wave import Receiver, Wave

_SECOND = 1_000_000_000
_SILENCE = 450_000_000
_OTHER = bytes(range(0x30, 0x40))
_SML = b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01"


def _received(bursts, sends, receives) -> list:
    """Return [(time in ns, octet)] that a UART gets of bursts [(time in ns, octets)]."""
    wave = Wave(0 if sends.invert else 1)
    for time, octets in bursts:
        wave.send(octets, sends, time)
    receiver = Receiver(wave, receives)
    receiver.apply(receives, 0)
    found = []
    while True:
        character = receiver.peek()
        if character is None:
            return found
        found.append((character.time, character.byte))
        receiver.accept(character)


def _diagnose(octets, interval: float, keys: Keys, profile=None) -> str:
    """Return the cause that is named after three intervals, or 30 s if that is longer."""
    decoder = Recogniser(keys, profile)
    diagnosis = Diagnosis()
    period = int(max(1.0, interval / 2) * _SECOND)
    end = int(max(3 * interval, 30.0) * _SECOND)
    heard = telegrams = 0
    cause = ""
    last = None
    queue = list(octets)
    for look in range(period, end + 1, period):
        while queue and queue[0][0] < look:
            time, octet = queue.pop(0)
            if last is not None and time - last > _SILENCE:
                decoder.idle()
            last = time
            heard += 1
            decoder.feed(bytes((octet,)))
            telegrams += decoder.take() is not None
        if last is not None and look - last > _SILENCE:
            decoder.idle()
        cause = diagnosis.look(heard, telegrams, decoder.dropped)
    return cause


def _bursts(meter, damage=None, again=False) -> list:
    interval = meter.INTERVAL
    count = int(max(3 * interval, 30.0) / interval)
    found = []
    kept = None
    for number in range(count):
        meter.house.advance(meter.now() + int(number * interval))
        telegram = kept if again and kept else meter.telegram()
        kept = telegram
        octets = b"".join(telegram.frames)
        if damage:
            octets = damage(octets)
        found.append((int((0.3 + number * interval) * _SECOND), octets))
    return found


def _keys(meter, unicast="right", authentication="right") -> Keys:
    choice = {"right": None, "wrong": _OTHER, "none": b""}
    key = choice[unicast]
    auth = choice[authentication]
    key = meter.key if key is None else key
    auth = meter.auth_key if auth is None else auth
    return Keys(key or None, auth or None)


def _listen(meter, keys, expected, settings=None, bursts=None, profile=None):
    """Return (what was expected, what was named) for one mistake."""
    received = _received(
        _bursts(meter) if bursts is None else bursts, meter.settings, settings or meter.settings
    )
    return expected, _diagnose(received, meter.INTERVAL, keys, profile)


def _other_settings(meter):
    """Yield settings that a mistaken owner may set by hand and that cannot read this meter."""
    baud = 9600 if meter.settings.baud == 2400 else 2400
    yield meter.settings._replace(baud=baud)
    yield meter.settings._replace(invert=not meter.settings.invert)
    if meter.settings.parity == "N":
        yield meter.settings._replace(parity="E")


def _damaged(seed: int):
    source = random.Random(seed)

    def damage(octets):
        octets = bytearray(octets)
        for _ in range(3):
            octets[source.randrange(len(octets) // 8, len(octets))] ^= 1 << source.randrange(8)
        return bytes(octets)

    return damage


def _mistakes():
    """Yield (name, function that returns (expected causes, named cause))."""
    for kind in DLMS:
        two = bool(kind().auth_key)
        yield (
            kind.NAME + ": no key",
            lambda k=kind: _listen(k(), Keys(None, None), ("key:missing",)),
        )
        yield (
            kind.NAME + ": wrong key",
            lambda k=kind: _listen(
                k(), _keys(k(), "wrong"), ("key:wrong", "key:authentication")[:1]
            ),
        )
        yield kind.NAME + ": replay", lambda k=kind: _replay(k())
        yield kind.NAME + ": damage", lambda k=kind: _damage(k())
        if two:
            yield (
                kind.NAME + ": keys swapped",
                lambda k=kind: _listen(k(), Keys(k().auth_key, k().key), ("key:swapped",)),
            )
            yield (
                kind.NAME + ": wrong GAK",
                lambda k=kind: _listen(k(), _keys(k(), "right", "wrong"), ("key:authentication",)),
            )
        for number, settings in enumerate(_other_settings(kind())):
            yield (
                "%s: settings %d" % (kind.NAME, number),
                lambda k=kind, s=settings: _listen(
                    k(), _keys(k()), ("line:noise", "frame:damaged"), s
                ),
            )
        yield (
            kind.NAME + ": silent",
            lambda k=kind: _listen(k(), _keys(k()), ("line:no-signal",), bursts=[]),
        )
        other = profiles.find("netzooe-td351x")
        yield (
            kind.NAME + ": profile of another protocol",
            lambda k=kind, o=other: _listen(k(), _keys(k()), ("protocol:other",), profile=o),
        )
    for seed in range(12):
        yield "noise %d" % seed, lambda s=seed: _noise(s)
        yield "SML %d" % seed, lambda s=seed: _sml(s)


def _replay(meter):
    return _listen(meter, _keys(meter), ("telegram:replay",), bursts=_bursts(meter, again=True))


def _damage(meter):
    bursts = _bursts(meter, damage=_damaged(meter.INTERVAL.__hash__() + len(meter.NAME)))
    return _listen(meter, _keys(meter), ("frame:damaged",), bursts=bursts)


def _noise(seed: int):
    source = random.Random(seed)
    octets = [
        (int((second + source.random()) * _SECOND), source.randrange(256))
        for second in range(30)
        for _ in range(source.randrange(1, 9))
    ]
    return ("line:noise",), _diagnose(sorted(octets), 5.0, Keys(_OTHER, None))


def _sml(seed: int):
    source = random.Random(seed)
    settings = line_settings.parse("9600 8N1")
    bursts = [
        (int((0.2 + 2 * number) * _SECOND), _SML + b"\x76\x05" + source.randbytes(200))
        for number in range(15)
    ]
    return ("protocol:other",), _diagnose(
        _received(bursts, settings, settings), 2.0, Keys(None, None)
    )


def test_the_right_cause_is_named_for_at_least_95_of_100_mistakes():
    wrong = []
    count = 0
    for name, mistake in _mistakes():
        expected, named = mistake()
        count += 1
        if named not in expected:
            wrong.append("%s: %s instead of %s" % (name, named or "none", " or ".join(expected)))
    assert count >= 200
    assert len(wrong) * 20 <= count, "%d of %d:\n%s" % (len(wrong), count, "\n".join(wrong))
