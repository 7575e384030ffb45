"""Reads the meter: finds the line that works, runs the session, and says what stands in the way."""

import asyncio

import line_settings
import timestamp
from compat import const
from firmware import clock
from firmware.config import whole_file
from firmware.meter.candidate import Candidate
from firmware.meter.drops import FRAMED, VAGUE
from firmware.meter.judge import Judge
from firmware.meter.normalise import Normaliser
from firmware.meter.session import Listen
from firmware.unload import unload, unload_packages

FILE = "line"
# What looks for the line, and for what is on it: not needed while a meter is read steadily.
_SEARCHING = ("firmware.meter.detect", "firmware.meter.candidates", "drivers.bit_time")
_RECOGNISING = ("firmware.meter.recognise", "firmware.meter.signatures")
# What a meter's family takes. All of it, or two modules would not mean the same class by one name.
_FAMILY_PACKAGES = ("c1219", "dlms", "dsmr", "mbus")
_FAMILIES = (
    "firmware.meter.acknowledge",
    "firmware.meter.agree",
    "firmware.meter.dlms_decoder",
    "firmware.meter.mep_decoder",
    "firmware.meter.oms_decoder",
    "firmware.meter.oms_layers",
    "firmware.meter.poll",
    "firmware.meter.wmbus_decoder",
)

_DIAGNOSIS = "firmware.meter.diagnosis"
# Looks without a telegram after which its absence is looked into; it means nothing before six.
_QUIET_LOOKS = const(3)

_AMIS_LINE = (9600, 8, "E", 1)
# No other family's key is as long.
_MEP_KEY_OCTETS = const(20)

_LOOK_MS = const(1000)
_SEARCH_MS = const(200)
_RECENT_MS = const(60000)
# Who is heard again so soon after another meter's last telegram speaks more often than once a minute.
_QUICK_MS = const(30000)
_DEAD_RADIO_MS = const(15000)
# So often a meter that is polled is asked by another key, while two are in question.
_KEY_CHANGE_MS = const(60000)


class MeterReader:
    """The task between the line and the hub.

    open_line(port data, settings) returns a Line; make_decoder(keys, profile or None) a decoder.
    radio: board.RADIO, or None; for it settings are the radio mode.
    """

    def __init__(self, app, ports: dict, open_line, make_decoder, root: str = "/", radio=None):
        self.telegrams = 0
        self.candidate: "Candidate | None" = None
        self.locked = False
        self.meter = ""
        self.security = ""
        self.layout = ""
        self._app = app
        self._ports = ports
        self._radio = radio
        self._open_line = open_line
        self._make_decoder = make_decoder
        self._path = root.rstrip("/") + "/" + FILE
        self._wake = asyncio.Event()
        self._diagnosis = None
        self._quiet = 0
        self._forgotten_at = 0
        self._looked = (0, 0, {})  # octets, telegrams and drops when the last telegram had come
        self._normaliser: "Normaliser | None" = None
        self._line = None
        self._session: "Listen | None" = None
        self._refused_keys = None
        self._key_changed = None
        self._measuring = None
        self._detection = None
        self._next_diagnosis = 0
        self._narrowed = False
        self._dropped = {}
        app.config.on_change(self._config_changed)

    def restart(self):
        """Begin again with the settings and keys now in force."""
        self._wake.set()

    def _config_changed(self, changes):
        if any(key.startswith("meter.") or key == "time.zone" for key in changes):
            self.restart()

    async def run(self):
        """Try candidates until one gives frames, stay with it, begin again when it is lost."""
        while True:
            self._wake.clear()
            config = self._app.config
            self._normaliser = Normaliser(timestamp.Zone(config["time.zone"]))
            profile = _profile(config["meter.profile"])
            self._detection = None
            while not self._wake.is_set():
                if self._detection is None and not self._detect(profile):
                    self._app.status.set_meter("searching", "line:no-port")
                    await self._wake.wait()
                    continue
                await self._try(profile)

    def _detect(self, profile) -> bool:
        """Begin to look for the line, with what worked last; return whether there is anything to try."""
        from firmware.meter.detect import Detection

        tries = self._tries(self._interface(profile), profile)
        self._detection = Detection(tries, len(self._ports) > 1) if tries else None
        return bool(tries)

    def _tries(self, interface: str, profile) -> list:
        from firmware.meter.candidates import candidates

        config = self._app.config
        if interface == "auto" and profile is not None:
            interface = profile.interface
        if interface != "radio":
            return candidates(
                self._ports, interface, profile, config["meter.line"], self._remembered()
            )
        if self._radio is None:
            return []
        mode = config["meter.radio_mode"]
        if mode == "auto":
            mode = profile.line if profile is not None else "T"
        return [Candidate("radio", mode, "radio")]

    def _interface(self, profile) -> str:
        """The interface that was chosen, or the one that the form of the key gives away."""
        interface = self._app.config["meter.interface"]
        if interface == "auto" and profile is None:
            key = self._app.keystore.meter.unicast or b""
            if len(key) == _MEP_KEY_OCTETS and any(
                "mep" in port["interfaces"] for port in self._ports.values()
            ):
                return "mep"
        return interface

    async def _try(self, profile):
        """Run the current candidate's session until it is refuted, lost, or to be restarted."""
        candidate = self.candidate = self._detection.current
        self.locked = False
        port = self._radio if candidate.session == "radio" else self._ports[candidate.port]
        self._forget_families()
        line = self._line = self._open_line(port, candidate.settings)
        session = self._session = self._open_session(port, candidate, line, profile)
        self._narrowed = False
        telegrams_before = self.telegrams
        task = asyncio.create_task(session.run())
        judge = Judge(self._detection)
        bit_time = None if self._detection.fixed else self._measure(port)
        try:
            while not self._wake.is_set():
                try:
                    await asyncio.wait_for_ms(self._wake.wait(), self._look_ms())
                except asyncio.TimeoutError:
                    pass
                if task.done():
                    await self._ended(task, candidate)
                    return
                decoder = session.decoder
                dropped = decoder.dropped
                refused = _count(dropped, FRAMED)
                framed = self.telegrams - telegrams_before + refused
                framed += getattr(session, "searches", 0) + getattr(decoder, "held", 0)
                damaged = sum(dropped.values()) - refused - _count(dropped, VAGUE)
                verdict = judge.look(session, framed, damaged, self._overdue())
                if verdict == "lock":
                    bit_time = None
                    self._lock(candidate)
                elif verdict == "doubt":
                    self._widen(session, profile)
                    if bit_time is None and not judge.fixed and self._detect(profile):
                        # What hangs on the line is measured at once, not only when it is given up.
                        bit_time = self._measure(port)
                self._diagnose(session, session.decoder)
                if verdict == "lock":
                    continue
                # Before these settings are given up, so that the next ones are of the rate that was heard.
                if bit_time is not None and self._heard(self._detection, bit_time):
                    return
                if verdict == "refuted":
                    self._detection.refuted()
                    return
                if verdict == "lost":
                    if self._detection is not None:
                        self._detection.refuted()
                    return
                if self._trial_failed(session):
                    return
        finally:
            task.cancel()
            self._stop_measuring()
            self._add_drops(session.decoder)
            self._session = self._line = None
            line.close()

    async def _ended(self, task, candidate: Candidate):
        """Raise what ended a session, for the supervisor to count; a dead radio is tried again later."""
        try:
            await task
        except OSError:
            if candidate.session != "radio":
                raise
            self._app.status.set_meter("no-data", "line:radio", self._detail())
            try:
                await asyncio.wait_for_ms(self._wake.wait(), _DEAD_RADIO_MS)
            except asyncio.TimeoutError:
                pass

    def _measure(self, port: dict):
        from drivers.bit_time import BitTime

        bit_time = BitTime(port)
        self._measuring = asyncio.create_task(bit_time.run())
        return bit_time

    def _heard(self, detection, bit_time) -> bool:
        """Take what was measured; return whether it rules the current settings out."""
        age = self._app.hub.age_ms()
        quick = age is not None and age < _QUICK_MS
        return detection.hear(bit_time.baud, bit_time.inverted, quick)

    def _stop_measuring(self):
        if self._measuring is not None:
            self._measuring.cancel()
            self._measuring = None

    def _lock(self, candidate: Candidate):
        if not self.locked:
            self.locked = True
            self._remember(candidate)
        if self._detection is not None:
            self._stop_measuring()
            # What searches takes room and is not needed before this line is in doubt.
            self._detection = None
            for name in _SEARCHING:
                unload(name)
        self._narrow(self._session)

    def _narrow(self, session):
        """Keep of the decoder only what this meter needs, until the line is in doubt."""
        if self._narrowed:
            return
        found = getattr(session.decoder, "found", None)
        if found is None:
            return
        self._narrowed = True
        session.decoder = found
        if hasattr(found, "narrow"):
            found.narrow()
        for name in _RECOGNISING:
            unload(name)

    def _widen(self, session, profile):
        """Listen for every meter again."""
        if self._narrowed:
            self._narrowed = False
            self._add_drops(session.decoder)
            self._forget_families()
            session.restart(self._decoder(profile, self._make_decoder))

    def _forget_families(self):
        """Forget the modules that only the former meter needed, if telegrams were read since the last time."""
        if self.telegrams == self._forgotten_at:
            return
        self._forgotten_at = self.telegrams
        unload_packages(_FAMILY_PACKAGES)
        for name in _FAMILIES:
            unload(name)

    def _add_drops(self, decoder):
        for cause, count in decoder.dropped.items():
            self._dropped[cause] = self._dropped.get(cause, 0) + count

    def _decoder(self, profile, make):
        keystore = self._app.keystore
        decoder = make(keystore.meter, profile)
        if keystore.candidate is None:
            return decoder
        from firmware.meter.key_trial import KeyTrial

        return KeyTrial(decoder, make(keystore.candidate, profile))

    def _make_radio_decoder(self, keys, profile):
        from firmware.meter.wmbus_decoder import WmbusDecoder

        return WmbusDecoder(
            keys,
            profile,
            address=self._app.config["meter.radio_id"] or None,
            checked=self._radio["chip"] == "im871a",
        )

    def _look_ms(self) -> int:
        """Look at half the push interval, so that a silence of three is seen in time."""
        interval = self._app.hub.interval_ms
        if self._measuring is not None:
            return _SEARCH_MS
        if self.locked and interval:
            return max(_LOOK_MS, min(interval // 2, 60000))
        return _LOOK_MS if self.locked else _SEARCH_MS

    def _on_telegram(self, telegram, received: int):
        app = self._app
        self.telegrams += 1
        self.meter = telegram.meter
        self.security = telegram.security
        self.layout = telegram.layout
        reading = self._normaliser.reading(telegram, received, clock.unix())
        app.hub.publish(reading)
        app.status.set_meter("ok")
        if app.keystore.opened(self._session.decoder.keys):
            app.log.add("key-accepted")

    def _diagnose(self, session, decoder):
        """Look back once a period; a search looks at its session more often than that."""
        now = clock.uptime_ms()
        if now < self._next_diagnosis:
            return
        self._next_diagnosis = now + max(_LOOK_MS, self._look_ms())
        found = getattr(session, "cause", None)
        if found is None:
            found = self._look_back(session.heard, decoder.dropped)
        if self.candidate.session == "radio" and self._recent():
            found = ""  # on the air there is always somebody else's telegram, or a damaged one
        if found == "line:noise" and getattr(decoder, "wanted", None) is not None:
            found = "key:agreement"
        status = self._app.status
        if found == "line:no-signal" and not self.locked and self.telegrams == 0:
            status.set_meter("searching" if session.heard else "no-data", found, self._detail())
        else:
            status.set_meter(_state(found), found, self._detail())

    def _look_back(self, heard: int, dropped: dict) -> str:
        """Return what stands in the way of telegrams; what names it is loaded when they stay away."""
        if self.telegrams != self._looked[1]:
            self._looked = (heard, self.telegrams, dict(dropped))
            self._quiet = 0
            self._diagnosis = None
            unload(_DIAGNOSIS)
            return ""
        self._quiet += 1
        diagnosis = self._diagnosis
        if diagnosis is None:
            read_before = self.telegrams > 0
            if read_before and self._quiet < _QUIET_LOOKS:
                return ""
            from firmware.meter.diagnosis import Diagnosis

            quiet = self._quiet if read_before else 0
            diagnosis = self._diagnosis = Diagnosis(*self._looked, quiet)
        return diagnosis.look(heard, self.telegrams, dropped)

    def _overdue(self) -> bool:
        """Tell whether a quarter more than the push interval has passed since the last telegram."""
        age = self._app.hub.age_ms()
        interval = self._app.hub.interval_ms
        return age is not None and interval is not None and 4 * age > 5 * interval

    def _recent(self) -> bool:
        """Tell whether the last telegram is not older than three intervals, or a minute if none is known."""
        age = self._app.hub.age_ms()
        interval = self._app.hub.interval_ms
        return age is not None and age < (_RECENT_MS if interval is None else 3 * interval)

    def _detail(self) -> dict:
        session = self._session
        return {
            "line": _line_text(self.candidate),
            "octets": session.heard,
            "bursts": session.bursts,
        }

    def _open_session(self, port: dict, candidate: Candidate, line, profile):
        if candidate.session == "poll":
            return self._open_poll(line)
        if candidate.session == "radio":
            decoder = self._decoder(profile, self._make_radio_decoder)
            return Listen(line, decoder, self._on_telegram)
        decoder = self._decoder(profile, self._make_decoder)
        # AMIS meters ask to be answered on just this line; without such a meter nothing is sent.
        if "ir" in port["interfaces"] and candidate.settings[:4] == _AMIS_LINE:
            from firmware.meter.acknowledge import Acknowledge

            return Acknowledge(line, decoder, self._on_telegram, self._make_agreement)
        return Listen(line, decoder, self._on_telegram, self._make_agreement)

    def _make_agreement(self, decoder, take):
        from firmware.meter.agree import Agreement

        return Agreement(self._app, decoder, take)

    def _open_poll(self, line):
        from drivers.mep import MepLine
        from firmware.meter.poll import Poll

        config = self._app.config
        keystore = self._app.keystore
        keys = keystore.meter
        # One key can sign at a time: one on trial is tried first, and again when the other fails.
        if keystore.candidate not in (None, self._refused_keys):
            keys = keystore.candidate
        encrypted = config["meter.security"] == "encrypted"
        return Poll(MepLine(line), keys, self._on_telegram, config["meter.interval"], encrypted)

    def _trial_failed(self, session) -> bool:
        """Tell whether a Poll session should go on with the other key of a trial."""
        if self.candidate.session != "poll":
            return False
        keystore = self._app.keystore
        keys = session.decoder.keys
        if keys is not keystore.meter and keys is not keystore.candidate:
            return True
        if keystore.candidate is None or session.cause != "key:wrong":
            return False
        now = clock.uptime_ms()
        if self._key_changed is not None and now - self._key_changed < _KEY_CHANGE_MS:
            return False
        self._key_changed = now
        self._refused_keys = keys
        return True

    def _remembered(self) -> "Candidate | None":
        try:
            stored = whole_file.load(self._path)
            if stored is None:
                return None
            return Candidate(stored[0], line_settings.parse(stored[1]), "listen")
        except (ValueError, TypeError, IndexError):
            return None

    def _remember(self, candidate: Candidate):
        if candidate.session == "listen" and candidate != self._remembered():
            stored = [candidate.port, line_settings.text(candidate.settings)]
            whole_file.save(self._path, stored)

    def trial_refused(self) -> bool:
        """Tell whether a new key on trial has failed to open a telegram."""
        if self._refused_keys is not None and self._refused_keys is self._app.keystore.candidate:
            return True
        decoder = self._session.decoder if self._session else None
        return bool(getattr(decoder, "refused", 0))

    def snapshot(self) -> dict:
        """Return what the status says of the meter; no secret in it."""
        hub = self._app.hub
        dropped = dict(self._dropped)
        if self._session is not None:
            for cause, count in self._session.decoder.dropped.items():
                dropped[cause] = dropped.get(cause, 0) + count
        candidate = self.candidate
        age = hub.age_ms()
        return {
            "meter": self.meter,
            "profile": self._app.config["meter.profile"],
            "port": candidate.port if candidate else None,
            "line": _line_text(candidate) if candidate else None,
            "locked": self.locked,
            "layout": self.layout,
            "security": self.security,
            "interval_s": None if hub.interval_ms is None else (hub.interval_ms + 500) // 1000,
            "age_ms": age,
            "telegrams": self.telegrams,
            "dropped": dropped,
            "rssi_dbm": getattr(self._line, "rssi", None),
            "unrecognised": getattr(
                self._session.decoder if self._session else None, "unrecognised", None
            ),
        }


def _profile(profile_id: str):
    """Return the profile that was chosen, or None; the table does not stay in RAM."""
    if profile_id == "auto":
        return None
    from firmware.meter import profiles

    found = profiles.find(profile_id)
    unload("firmware.meter.profiles")
    return found


def _state(cause: str) -> str:
    """Return the state of FORMAT.md that a cause means."""
    if not cause:
        return "ok"
    from firmware.meter.diagnosis import STATES

    return STATES[cause]


def _count(dropped: dict, causes: tuple) -> int:
    return sum(dropped.get(cause, 0) for cause in causes)


def _line_text(candidate: Candidate) -> str:
    """Return line settings as text; a radio's are its mode."""
    settings = candidate.settings
    return settings if candidate.session == "radio" else line_settings.text(settings)
