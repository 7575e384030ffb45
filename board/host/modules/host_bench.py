"""The bench that this board lies on: the process that supervises it, and the board's own state.

Datagrams carry JSON objects: the board reports pins, LEDs and its watchdog, the bench sets the levels
of input pins and what the radio finds. `/.state` keeps what outlives a reset but is not on the flash.
"""

import errno
import json
import os

import usocket
import utime

STATE = "/.state/"
inputs = {"pins": {}, "wifi": {}}
_link = None


def send(message: dict):
    """Tell the bench something; nothing happens without one, or if it is busy."""
    if _link:
        try:
            _link.send(json.dumps(message).encode())
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                die()  # whoever supervised this board is gone


def poll() -> dict:
    """Return the inputs as the bench last set them."""
    while _link:
        try:
            _link.recv(1, usocket.MSG_PEEK)  # mostly there is nothing, and no need for a buffer
            message = _link.recv(2048)
        except OSError:
            break
        if not message:
            break
        for name, values in json.loads(message).items():
            inputs[name].update(values)
    return inputs


def load(name: str, default=None):
    """Return a value of the board's state, or default."""
    try:
        with open(STATE + name) as file:
            return json.load(file)
    except (OSError, ValueError):
        return default


def store(name: str, value):
    """Keep a value in the board's state."""
    with open(STATE + name, "w") as file:
        json.dump(value, file)


def die():
    """End this process at once, as a reset or a power cut does: nothing is cleaned up."""
    os.system("kill -9 $PPID")
    while True:
        utime.sleep(1)


def clock() -> int:
    """Return the RTC in seconds since 2000-01-01; it starts there at power-on."""
    return int(utime.time()) + _offset


def set_clock(seconds: int):
    """Set the RTC, which keeps running over a reset."""
    global _offset
    _offset = seconds - int(utime.time())
    store("rtc", _offset)


def _connect():
    port = os.getenv("HOST_BENCH")
    if not port:
        return None
    link = usocket.socket(usocket.AF_INET, usocket.SOCK_DGRAM)
    link.connect(usocket.getaddrinfo("127.0.0.1", int(port))[0][-1])
    link.setblocking(False)
    return link


_link = _connect()
send({"started": True})  # so that the bench knows where to send its inputs
_offset = load("rtc")
if _offset is None:
    set_clock(0)
