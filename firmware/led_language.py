"""What the LED says, as data and as pure functions of it: a rhythm that alone is enough, and a colour.

While readings flow the LED is lit and winks at each telegram. A trouble is told by counting: so many
flashes, then a pause. Two troubles take turns, each after its own pause, so that both can be read.
Colours are those of Okabe and Ito, which colour-blind people tell apart; a plain LED does without.
Texts for people are in led_texts.py.
"""

from collections import namedtuple

from compat import const

# state: name; colour: (red, green, blue); flashes: how many, 0 for a rhythm of its own.
Signal = namedtuple("Signal", ("state", "colour", "flashes"))

DARK = (0, 0, 0)
_GREEN = (0, 158, 115)
_SKY = (86, 180, 233)
_ORANGE = (230, 159, 0)
_PURPLE = (204, 121, 167)
_BLUE = (0, 114, 178)
_YELLOW = (240, 228, 66)
_RED = (213, 94, 0)
_WHITE = (170, 170, 170)

# In the order of precedence: "updating" and "portal" speak alone, the troubles take turns.
SIGNALS = (
    Signal("updating", _WHITE, 0),
    Signal("portal", _SKY, 0),
    Signal("fault", _RED, 6),
    Signal("line", _ORANGE, 2),
    Signal("key", _PURPLE, 3),
    Signal("wifi", _BLUE, 4),
    Signal("broker", _YELLOW, 5),
    Signal("searching", _SKY, 1),
    Signal("ok", _GREEN, 0),
)

WINK_MS = const(120)
_FLASH_MS = const(150)
_BETWEEN_MS = const(300)
_PAUSE_MS = const(1200)
_LIT_MS = const(2000)
_QUICK_MS = const(200)
_SLOW_MS = const(1000)
_TROUBLES_AT_ONCE = const(3)


def signal(state: str) -> Signal:
    """Return the signal of a state."""
    for row in SIGNALS:
        if row.state == state:
            return row
    raise KeyError(state)


def cycle(states) -> list:
    """Return one cycle of [(state, colour, milliseconds), …] for the states that hold now.

    states: names of SIGNALS in any order. "ok" beside troubles is a time of steady light between them.
    """
    active = [row for row in SIGNALS if row.state in states]
    first = active[0].state
    if first == "updating":
        return [(first, active[0].colour, _QUICK_MS), (first, DARK, _QUICK_MS)]
    if first == "portal":
        return [(first, active[0].colour, _SLOW_MS), (first, DARK, _SLOW_MS)]
    steps = []
    for row in [row for row in active if row.flashes][:_TROUBLES_AT_ONCE]:
        for _ in range(row.flashes - 1):
            steps.append((row.state, row.colour, _FLASH_MS))
            steps.append((row.state, DARK, _BETWEEN_MS))
        steps.append((row.state, row.colour, _FLASH_MS))
        steps.append((row.state, DARK, _PAUSE_MS))
    if "ok" in states:
        steps.append(("ok", signal("ok").colour, _LIT_MS))
        if len(steps) > 1:
            steps.append(("ok", DARK, _PAUSE_MS))
    return steps
