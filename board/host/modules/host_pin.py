"""What of `machine.Pin` is used rarely; see host_bench.py."""

import machine


class Pin(machine.Pin):
    """Methods for machine.Pin."""

    def init(self, mode=-1, pull=-1, *, value=None, drive=None):
        """Set what is given."""
        if mode in (self.OUT, self.OPEN_DRAIN) and self._id >= 34:
            raise ValueError("pin can only be input")
        if mode != -1:
            self._mode = mode
        if pull != -1:
            self._pull = pull
        if value is not None:
            self.value(value)

    def irq(self, handler=None, trigger=3, *, wake=None, hard=False):
        """Call handler(pin) when the level changes; only wires to a device on the board do that."""
        self._handler = handler

    def on(self):
        """Set the level to 1."""
        self.value(1)

    def off(self):
        """Set the level to 0."""
        self.value(0)

    def toggle(self):
        """Turn the level over."""
        self.value(1 - self._level)
