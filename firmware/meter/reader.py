"""Reads the meter: finds the line that works, runs the session, and says what stands in the way."""

import asyncio
import sys

import line_settings
import timestamp
from compat import const
from firmware import clock
from firmware.config import whole_file
from firmware.meter import diagnosis
from firmware.meter.candidates import Candidate, candidates
from firmware.meter.normalise import Normaliser
from firmware.meter.session import Listen

FILE = "line"

_AMIS_LINE = (9600, 8, "E", 1)
# No other family's key is as long.
_MEP_KEY_OCTETS = const(20)

_LOOK_MS = const(1000)
# Bursts without one valid frame after which the line settings are given up.
_REFUTED_WHOLE = const(1)
_REFUTED = const(2)
_LOST_BURSTS = const(5)
_PORT_DWELL_MS = const(15000)
_PORT_DWELL_MAX_MS = const(4500000)

# Drops that only a complete, checked frame can cause: the line settings are right.
_FRAMED = (
    "key-required",
    "key-wrong",
    "key-swapped",
    "tag",
    "replay",
    "compressed",
    "unsupported",
    "malformed",
    "not-recognised",
    "duplicate",
    "foreign",
)


class MeterReader:
    """The task between the line and the hub.

    open_line(port data, settings) returns a Line; make_decoder(keys, profile or None) a decoder.
    """

    def __init__(self, app, ports: dict, open_line, make_decoder, root: str = "/"):
        self.telegrams = 0
        self.candidate = None
        self.locked = False
        self.meter = ""
        self.security = ""
        self.layout = ""
        self._app = app
        self._ports = ports
        self._open_line = open_line
        self._make_decoder = make_decoder
        self._path = root.rstrip("/") + "/" + FILE
        self._wake = asyncio.Event()
        self._diagnosis = diagnosis.Diagnosis()
        self._normaliser = None
        self._session = None
        self._refused_keys = None
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
            tries = candidates(
                self._ports,
                self._interface(profile),
                profile,
                config["meter.line"],
                self._remembered(),
            )
            if not tries:
                self._app.status.set_meter("searching", "line:no-port")
                await self._wake.wait()
                continue
            dwell = _PORT_DWELL_MS
            position = 0
            while not self._wake.is_set():
                await self._try(tries[position], profile, len(tries) == 1, dwell)
                position = (position + 1) % len(tries)
                if position == 0:
                    dwell = min(2 * dwell, _PORT_DWELL_MAX_MS)

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

    async def _try(self, candidate: Candidate, profile, alone: bool, dwell: int):
        """Run one candidate's session until it is refuted, lost, or to be restarted."""
        self.candidate = candidate
        self.locked = False
        port = self._ports[candidate.port]
        line = self._open_line(port, candidate.settings)
        session = self._session = self._open_session(port, candidate, line, profile)
        decoder = session.decoder
        telegrams_before = self.telegrams
        task = asyncio.create_task(session.run())
        judge = _Judge(alone, dwell, len(self._ports) > 1)
        try:
            while not self._wake.is_set():
                try:
                    await asyncio.wait_for_ms(self._wake.wait(), self._look_ms())
                except asyncio.TimeoutError:
                    pass
                if task.done():
                    # Awaiting it raises what ended it, for the supervisor to count.
                    await task
                framed = self.telegrams - telegrams_before + _count(decoder.dropped, _FRAMED)
                framed += getattr(session, "searches", 0)
                verdict = judge.look(session, framed)
                if verdict == "lock" and not self.locked:
                    self.locked = True
                    self._remember(candidate)
                self._diagnose(session, decoder)
                if verdict == "next" or self._trial_failed(session):
                    return
        finally:
            task.cancel()
            for cause, count in decoder.dropped.items():
                self._dropped[cause] = self._dropped.get(cause, 0) + count
            self._session = None
            line.close()

    def _decoder(self, profile: "str | None"):
        keystore = self._app.keystore
        decoder = self._make_decoder(keystore.meter, profile)
        if keystore.candidate is None:
            return decoder
        from firmware.meter.key_trial import KeyTrial

        return KeyTrial(decoder, self._make_decoder(keystore.candidate, profile))

    def _look_ms(self) -> int:
        """Look at half the push interval, so that a silence of three is seen in time."""
        interval = self._app.hub.interval_ms
        if self.locked and interval:
            return max(_LOOK_MS, min(interval // 2, 60000))
        return _LOOK_MS

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
        found = getattr(session, "cause", None)
        if found is None:
            found = self._diagnosis.look(session.heard, self.telegrams, decoder.dropped)
        status = self._app.status
        if found == "line:no-signal" and not self.locked and self.telegrams == 0:
            status.set_meter("searching" if session.heard else "no-data", found, self._detail())
        else:
            status.set_meter(diagnosis.STATES[found], found, self._detail())

    def _detail(self) -> dict:
        session = self._session
        return {
            "line": line_settings.text(self.candidate.settings),
            "octets": session.heard,
            "bursts": session.bursts,
        }

    def _open_session(self, port: dict, candidate: Candidate, line, profile):
        if candidate.session == "poll":
            return self._open_poll(line)
        decoder = self._decoder(profile)
        # AMIS meters ask to be answered on just this line; without such a meter nothing is sent.
        if "ir" in port["interfaces"] and candidate.settings[:4] == _AMIS_LINE:
            from firmware.meter.acknowledge import Acknowledge

            return Acknowledge(line, decoder, self._on_telegram)
        return Listen(line, decoder, self._on_telegram)

    def _open_poll(self, line):
        from drivers.mep import MepLine
        from firmware.meter.poll import Poll

        config = self._app.config
        keystore = self._app.keystore
        keys = keystore.meter
        # One key can sign at a time: one on trial is tried first, and once.
        if keystore.candidate not in (None, self._refused_keys):
            keys = keystore.candidate
        encrypted = config["meter.security"] == "encrypted"
        return Poll(MepLine(line), keys, self._on_telegram, config["meter.interval"], encrypted)

    def _trial_failed(self, session) -> bool:
        keys = self._app.keystore.candidate
        if keys is None or session.decoder.keys is not keys:
            return False
        if getattr(session, "cause", None) != "key:wrong":
            return False
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
            "line": line_settings.text(candidate.settings) if candidate else None,
            "locked": self.locked,
            "layout": self.layout,
            "security": self.security,
            "interval_s": None if hub.interval_ms is None else (hub.interval_ms + 500) // 1000,
            "age_ms": age,
            "telegrams": self.telegrams,
            "dropped": dropped,
            "unrecognised": getattr(
                self._session.decoder if self._session else None, "unrecognised", None
            ),
        }


class _Judge:
    """Decides from bursts and frames whether a candidate's line settings are right."""

    def __init__(self, alone: bool, dwell: int, many_ports: bool):
        self._alone = alone
        self._many_ports = many_ports
        self._deadline = clock.uptime_ms() + dwell
        self._framed = 0
        self._bursts = 0
        self._since = 0

    def look(self, session, framed: int) -> str:
        """Return "lock", "next" or "stay"."""
        if framed > self._framed:
            self._framed = framed
            self._since = session.bursts
            return "lock"
        if self._alone:
            return "stay"
        bad = session.bursts - self._since
        if self._framed:
            return "next" if bad >= _LOST_BURSTS else "stay"
        if session.whole_bursts >= _REFUTED_WHOLE or bad >= _REFUTED:
            return "next"
        # Silence says nothing about the settings, but another port may be the one in use.
        if self._many_ports and not session.heard and clock.uptime_ms() > self._deadline:
            return "next"
        return "stay"


def _profile(profile_id: str):
    """Return the profile that was chosen, or None; the table does not stay in RAM."""
    if profile_id == "auto":
        return None
    from firmware.meter import profiles

    found = profiles.find(profile_id)
    del sys.modules["firmware.meter.profiles"]
    return found


def _count(dropped: dict, causes: tuple) -> int:
    return sum(dropped.get(cause, 0) for cause in causes)
