"""The bench that this board lies on: the process that supervises it, and the board's own state.

Datagrams carry JSON objects: the board reports pins, LEDs and its watchdog, the bench sets the levels
of input pins and what the radio finds. `/.state` keeps what outlives a reset but is not on the flash.

What is C on the chip takes no Python heap there, so the stand-ins keep only what a running adapter
uses all the time: `machine`, `network`, `esp32`, `neopixel`, `time`. Everything else is in files that
`rare` loads for the moment of their use: host_machine (RTC, clock, pulses), host_pin, host_uart, host_wlan,
host_network, host_constants, host_access_point, host_esp32 (NVS, heap figures), host_partition, host_time,
host_spi_bus, host_state. A method in them is one of the class of the same name. host_spi,
host_uart_sends and sx1262_model stay loaded once a board uses them.
"""

import errno
import json
import os
import socket
import sys

import utime

inputs = {"pins": {}, "wifi": {}}
kept = {}  # what a rarely used part has to remember


def rare(file: str, name: str = "", owner=None):
    """Return a file that is not kept, or a name of it, or a method of its class of owner's name for owner."""
    found = __import__(file)
    del sys.modules[file]
    if owner is None:
        return getattr(found, name) if name else found
    found = getattr(getattr(found, type(owner).__name__), name)
    return lambda *arguments, **named: found(owner, *arguments, **named)


def send(message: dict):
    """Tell the bench something; nothing happens without one, or if it is busy."""
    if _link:
        try:
            _link.send(json.dumps(message))
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                die()  # whoever supervised this board is gone


def poll(kind: str) -> dict:
    """Return the inputs of a kind ("pins", "wifi") as the bench last set them."""
    while _link:
        try:
            _link.recv(1, socket.MSG_PEEK)  # mostly there is nothing, and no need for a buffer
            message = _link.recv(2048)
        except OSError:
            break
        if not message:
            break
        for name, values in json.loads(message).items():
            inputs[name].update(values)
    return inputs[kind]


def store(name: str, value):
    """Keep a value in the board's state."""
    with open("/.state/" + name, "w") as file:
        json.dump(value, file)


def die():
    """End this process at once, as a reset or a power cut does: nothing is cleaned up."""
    os.system("kill -9 $PPID")
    while True:
        utime.sleep(1)


_link = None
if os.getenv("HOST_BENCH"):
    _link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    _link.connect(socket.getaddrinfo("127.0.0.1", int(os.getenv("HOST_BENCH")))[0][-1])
    _link.setblocking(False)
send({"started": True})  # so that the bench knows where to send its inputs
# Where 2000-01-01 of the board's clock lies on the PC's; it starts there at power-on.
kept["epoch"] = rare("host_state", "load")("rtc")
if kept["epoch"] is None:
    kept["epoch"] = int(utime.time())
    store("rtc", kept["epoch"])
