"""`machine` of the ESP32 port for the PC: signatures, limits and failure modes of the original.

What the port does silently is silent here too: a full receive buffer drops octets, parity and framing
errors leave no trace, and a change of settings flushes what was received. What is used rarely is in
host_machine.py, host_pin.py, host_uart.py and host_spi.py, see host_bench.py.
"""

import io
import socket

import host_bench
import utime
from micropython import const

_POLL = const(3)
_FILENO = const(10)
_POLL_IN = const(1)
_POLL_OUT = const(4)

_pins = {}
_uarts = {}


def reset():
    """Restart the board at once."""
    # The port cannot tell a software reset from a panic: both read as HARD_RESET.
    host_bench.store("reset_cause", 2)
    host_bench.die()


class Pin:
    """A GPIO. The bench sees outputs and sets inputs; one that nobody drives follows its pull-up."""

    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    _wire = None  # what a device on the board drives the pin with, or reads it
    _handler = None  # of interrupts
    _pull = _level = 0

    def __new__(cls, id, *arguments, **named):
        if id not in _pins:
            if id in (20, 24, 28, 29, 30, 31) or not 0 <= id < 40:
                raise ValueError("invalid pin")
            pin = _pins[id] = super().__new__(cls)
            pin._id = id
            pin._mode = cls.IN
        if arguments or named:
            _pins[id].init(*arguments, **named)
        return _pins[id]

    def value(self, x=None):
        """Return the level, or set it."""
        if x is not None:
            self._level = 1 if x else 0
            if self._wire:
                self._wire(self._level)
            host_bench.send({"pin": self._id, "level": self._level})
            return None
        if self._mode == self.OUT:
            return self._level
        if self._wire:
            return self._wire()
        level = host_bench.poll("pins").get(str(self._id))
        return int(self._pull == self.PULL_UP) if level is None else level

    __call__ = value

    def __getattr__(self, name):
        return host_bench.rare("host_pin", name, self)


class WDT:
    """The task watchdog: cannot be stopped, survives a soft reset, kills the board."""

    def __init__(self, *, id=0, timeout=5000):
        if id != 0:
            raise ValueError
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        self._timeout = timeout
        self.feed()

    def feed(self):
        """Put the reset off by another timeout."""
        host_bench.send({"watchdog": self._timeout})


class UART(io.IOBase):
    """A UART on the line that the environment names in HOST_UART<id>; on none, it hears nothing."""

    INV_RX = 4
    INV_TX = 32

    _rx = _data = _settings = None  # pin; connection to the line; keywords of the constructor

    def __new__(cls, id, *arguments, **named):
        if id not in _uarts:
            if not 0 <= id < 3:
                raise ValueError("UART(%d) does not exist" % id)
            _uarts[id] = super().__new__(cls)
        _uarts[id]._open(id, *arguments, **named)
        return _uarts[id]

    def any(self) -> int:
        """Return how many octets wait in the receive buffer."""
        try:
            return (
                len(self._data.recv(self._settings["rxbuf"], socket.MSG_PEEK)) if self._data else 0
            )
        except OSError:
            return 0

    def readinto(self, buf, count=None):
        """Read what is there into buf and return how many octets, or None if there are none."""
        view = memoryview(buf)[:count]
        count = 0
        patience = self._settings["timeout"]
        while self._data and count < len(view):
            got = self._data.readinto(view[count:])
            if got:
                count += got
                self._control.write(b"read %d\n" % got)
                patience = self._settings["timeout_char"]
            elif got == 0:
                host_bench.die()  # the PC side of the line is gone, and the bench with it
            elif patience > 0:
                utime.sleep_ms(1)
                patience -= 1
            else:
                break
        return count or None

    def ioctl(self, request, argument):
        """Serve poll(): the receive buffer is the connection to the line."""
        if request == _FILENO and self._data:
            return self._data.fileno()
        if request == _POLL:
            return argument & (_POLL_OUT | (_POLL_IN if self.any() else 0))
        return -22

    def __getattr__(self, name):
        if name not in ("write", "txdone"):
            return host_bench.rare("host_uart", name, self)
        # Whoever sends once sends often.
        from host_uart_sends import UART as sends

        UART.write, UART.txdone = sends.write, sends.txdone
        return getattr(self, name)


def __getattr__(name):
    if name != "SPI":
        return host_bench.rare("host_machine", name)
    from host_spi import SPI

    return SPI
