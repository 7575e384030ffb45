"""What an interface needs besides its UART: lines that ask the meter to speak, and its supply.

A port is an entry of `board.UARTS`. These keys name pins where the board has them:

    request   P1 data request (DSMR 5.7.2): the meter sends while it is high
    enable    MEP COM ENABLE or the supply of the CCC slot: the interface works while it is high
    supply    input, high while the meter's own supply is there (P1 +5 V, which not all meters have)
"""

from machine import Pin

_OUTPUTS = ("request", "enable")


class Interface:
    """The lines beside a port's UART."""

    def __init__(self, port: dict):
        self._outputs = [Pin(port[key], Pin.OUT, value=0) for key in _OUTPUTS if key in port]
        self._supply = Pin(port["supply"], Pin.IN) if "supply" in port else None

    def open(self):
        """Let the meter speak."""
        for pin in self._outputs:
            pin.value(1)

    def close(self):
        """Ask nothing of the meter any more."""
        for pin in self._outputs:
            pin.value(0)

    def supplied(self) -> "bool | None":
        """Tell whether the meter's supply is there; None where the board cannot know."""
        return None if self._supply is None else bool(self._supply.value())
