"""Constants of `machine` and `network`: one text each, as a name of Python stays in the heap for ever."""

MACHINE = "PWRON_RESET 1 HARD_RESET 2 WDT_RESET 3 DEEPSLEEP_RESET 4 SOFT_RESET 5"
NETWORK = """
STA_IF 0 AP_IF 1
STAT_IDLE 1000 STAT_CONNECTING 1001 STAT_GOT_IP 1010 STAT_BEACON_TIMEOUT 200 STAT_NO_AP_FOUND 201
STAT_WRONG_PASSWORD 202 STAT_ASSOC_FAIL 203 STAT_CONNECT_FAIL 203 STAT_HANDSHAKE_TIMEOUT 204
AUTH_OPEN 0 AUTH_WEP 1 AUTH_WPA_PSK 2 AUTH_WPA2_PSK 3 AUTH_WPA_WPA2_PSK 4 AUTH_WPA3_PSK 6
AUTH_WPA2_WPA3_PSK 7
"""


def look_up(text: str, name: str) -> int:
    """Return a constant; raises AttributeError where the text has none of this name."""
    words = text.split()
    if name not in words[::2]:
        raise AttributeError(name)
    return int(words[words.index(name) + 1])
