"""What an interface needs besides its UART: lines that ask the meter to speak.

A port is an entry of `board.UARTS`. These keys name pins where the board has them (supply.py has its own):

    request   P1 data request (DSMR 5.7.2): the meter sends while it is high
    enable    MEP COM ENABLE or the supply of the CCC slot: the interface works while it is high
"""

from machine import Pin

_OUTPUTS = ("request", "enable")


class Interface:
    """The lines beside a port's UART."""

    def __init__(self, port: dict):
        self._outputs = [Pin(port[key], Pin.OUT, value=0) for key in _OUTPUTS if key in port]

    def open(self):
        """Let the meter speak."""
        for pin in self._outputs:
            pin.value(1)

    def close(self):
        """Ask nothing of the meter any more."""
        for pin in self._outputs:
            pin.value(0)
