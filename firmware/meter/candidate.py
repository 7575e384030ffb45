"""One way in which a meter may be heard."""

from collections import namedtuple

# port: name in board.UARTS; settings: LineSettings; session: "listen", "acknowledge" or "poll".
Candidate = namedtuple("Candidate", ("port", "settings", "session"))
