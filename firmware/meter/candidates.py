"""Which line settings and sessions to try on a board's ports, most likely first."""

import line_settings
from firmware.meter.candidate import Candidate

# By interface, in the order of what Austrian operators use; further ones by neighbouring countries. On
# infrared the AMIS comes first: it speaks once a minute until it is answered, the others every second.
_LINES = {
    "mbus": ("2400 8E1", "2400 8N1", "9600 8E1", "9600 8N1", "300 8E1", "115200 8N1"),
    "p1": (
        "115200 8N1 inverted",
        "115200 8N1",
        "115200 8E1 inverted",
        "9600 7E1 inverted",
        "9600 8N1 inverted",
    ),
    "ir": ("9600 8E1", "9600 8N1", "9600 7E1", "2400 8E1", "115200 8N1", "300 7E1", "19200 8N1"),
    "ccc": ("115200 8N1", "115200 8N1 inverted", "9600 8N1", "9600 8E1", "2400 8E1"),
    "mep": (),
}
_MEP_LINE = "9600 8N1"
# What meters use at a rate, most likely first, once the rate has been measured.
_FRAMES = {300: ("7E1", "8E1", "8N1"), 2400: ("8E1", "8N1", "7E1"), 9600: ("8E1", "8N1", "7E1")}
# The AMIS, which is why 8E1 comes first at 9600 baud, speaks once a minute.
_QUICK_FRAMES = {9600: ("8N1", "8E1", "7E1")}
_OTHER_FRAMES = ("8N1", "8E1", "7E1")


def candidates(ports: dict, interface: str, profile, line: str, remembered) -> list:
    """Return the Candidates to try in turn.

    ports: board.UARTS; interface: the owner's choice or "auto"; profile: the chosen Profile or None;
    line: line settings by hand or ""; remembered: the Candidate that worked last, or None.
    A hand setting wins; a chosen profile is tried alone; nothing that transmits is ever among what is
    tried by luck.
    """
    if profile is not None and interface == "auto":
        interface = profile.interface
    names = [
        name
        for name, port in ports.items()
        if interface == "auto" or interface in port["interfaces"]
    ]
    # A MEP port only answers: whoever says that there is one wants it polled.
    session = "poll" if interface == "mep" else "listen"
    if profile is not None:
        session = profile.session
    if line:
        return [Candidate(name, line_settings.parse(line), session) for name in names]
    if profile is not None:
        settings = line_settings.parse(profile.line)
        return [Candidate(name, settings, session) for name in names]
    if interface == "mep":
        return [Candidate(name, line_settings.parse(_MEP_LINE), session) for name in names]
    found = [] if remembered is None or remembered.port not in names else [remembered]
    # One of each interface first, then the less likely of each: nobody waits for another's last.
    depth = 0
    more = True
    while more:
        more = False
        for name in names:
            for kind in ports[name]["interfaces"]:
                if interface not in ("auto", kind) or depth >= len(_LINES[kind]):
                    continue
                more = True
                settings = line_settings.parse(_LINES[kind][depth])
                candidate = Candidate(name, settings, "listen")
                if candidate not in found:
                    found.append(candidate)
        depth += 1
    return found


def measured(port: str, baud: int, inverted: bool, quick: bool) -> list:
    """Return the Candidates for a port whose rate and polarity were measured.

    quick: what is on the line sends more often than once a minute.
    """
    found = []
    frames = quick and _QUICK_FRAMES.get(baud) or _FRAMES.get(baud, _OTHER_FRAMES)
    for frame in frames:
        text = "%d %s%s" % (baud, frame, " inverted" if inverted else "")
        found.append(Candidate(port, line_settings.parse(text), "listen"))
    return found
