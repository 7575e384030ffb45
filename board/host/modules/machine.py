"""`machine` of the ESP32 port for the PC: signatures, limits and failure modes of the original.

What the port does silently is silent here too: a full receive buffer drops octets, parity and framing
errors leave no trace, and a change of settings flushes what was received.
"""

import io
import os

import host_bench
import usocket
import utime
from umachine import Signal, idle, mem8, mem16, mem32  # noqa: F401

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_POLL, _FILENO = 3, 10
_POLL_IN, _POLL_OUT = 1, 4
_NO_SUCH = -22

_cause = host_bench.load("reset_cause", PWRON_RESET)
# Whatever ends this process without a word is a power cut or a brown-out, which reads as power-on.
try:
    os.remove(host_bench.STATE + "reset_cause")
except OSError:
    pass


def reset():
    """Restart the board at once."""
    # The port cannot tell a software reset from a panic: both read as HARD_RESET.
    host_bench.store("reset_cause", HARD_RESET)
    host_bench.die()


def soft_reset():
    """Restart the interpreter."""
    raise SystemExit


def reset_cause() -> int:
    """Return why the board started."""
    return _cause


def unique_id() -> bytes:
    """Return the station's MAC address."""
    return bytes.fromhex(os.getenv("HOST_MAC") or "02004f624701")


_freq = 160000000


def freq(hz=None):
    """Return the clock of the CPU in Hz, or set it."""
    global _freq
    if hz is None:
        return _freq
    if hz not in (20000000, 40000000, 80000000, 160000000, 240000000):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    _freq = hz
    return None


_wires = {}  # pin number: what a device on the board reads from or drives it with
_handlers = {}  # pin number: interrupt handler


class Pin:
    """A GPIO. The bench sees outputs and sets inputs; one that nobody drives follows its pull-up."""

    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    _pins = {}

    def __new__(cls, id, mode=-1, pull=-1, *, value=None, drive=None):
        if id in (20, 24, 28, 29, 30, 31) or not 0 <= id < 40:
            raise ValueError("invalid pin")
        if id not in cls._pins:
            cls._pins[id] = super().__new__(cls)
        return cls._pins[id]

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=None):
        if not hasattr(self, "_id"):
            self._id = id
            self._mode = self.IN
            self._pull = -1
            self._level = 0
        self.init(mode, pull, value=value, drive=drive)

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

    def value(self, x=None):
        """Return the level, or set it."""
        if x is None:
            if self._mode == self.OUT:
                return self._level
            if self._id in _wires:
                return _wires[self._id]()
            level = host_bench.poll()["pins"].get(str(self._id))
            return (1 if self._pull == self.PULL_UP else 0) if level is None else level
        self._level = 1 if x else 0
        if self._id in _wires:
            _wires[self._id](self._level)
        host_bench.send({"pin": self._id, "level": self._level})
        return None

    def irq(self, handler=None, trigger=IRQ_RISING | IRQ_FALLING, *, wake=None, hard=False):
        """Call handler(pin) when the level changes; only wires to a device on the board do that."""
        _handlers[self._id] = handler

    def on(self):
        """Set the level to 1."""
        self.value(1)

    def off(self):
        """Set the level to 0."""
        self.value(0)

    def toggle(self):
        """Turn the level over."""
        self.value(1 - self._level)

    def __call__(self, x=None):
        return self.value(x)

    def __repr__(self):
        return "Pin(%d)" % self._id


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


class RTC:
    """The clock, and the memory that outlives a reset but not a power cut."""

    def datetime(self, datetimetuple=None):
        """Return or set (year, month, day, weekday, hour, minute, second, microsecond)."""
        if datetimetuple is None:
            t = utime.gmtime(host_bench.clock() + 946684800)
            return (t[0], t[1], t[2], t[6], t[3], t[4], t[5], utime.time_ns() // 1000 % 1000000)
        year, month, day, _weekday, hour, minute, second, _subseconds = datetimetuple
        unix = int(utime.mktime((year, month, day, hour, minute, second, 0, 0)))
        host_bench.set_clock(unix - 946684800)
        return None

    def memory(self, data=None):
        """Return or set the memory of at most 2048 octets."""
        if data is None:
            return bytes.fromhex(host_bench.load("rtc_memory", ""))
        if len(data) > 2048:
            raise ValueError("buffer too long")
        host_bench.store("rtc_memory", bytes(data).hex())
        return None


def time_pulse_us(pin, pulse_level, timeout_us=1000000):
    """Time a pulse at a UART's receiving pin; -2 if none began in time, -1 if it did not end."""
    uart = UART._receiving(pin)
    if uart is None:
        utime.sleep_us(timeout_us)
        return -2
    waited, width = uart._pulse(pulse_level, timeout_us)
    utime.sleep_us(timeout_us if waited is None else waited)
    if waited is None:
        return -2
    utime.sleep_us(timeout_us if width is None else width)
    return -1 if width is None else width


class UART(io.IOBase):
    """A UART on the line that the environment names in HOST_UART<id>; on none, it hears nothing."""

    INV_RX = 4
    INV_CTS = 8
    INV_TX = 32
    INV_RTS = 64
    RTS = 1
    CTS = 2
    IRQ_RX = 1
    IRQ_BREAK = 2
    IRQ_RXIDLE = 4096

    _uarts = {}
    _FIFO = 128

    def __new__(cls, id, *arguments, **named):
        if not 0 <= id < 3:
            raise ValueError("UART(%d) does not exist" % id)
        if id not in cls._uarts:
            cls._uarts[id] = super().__new__(cls)
        return cls._uarts[id]

    def __init__(
        self, id, baudrate=115200, bits=8, parity=None, stop=1, *, tx=None, rx=None,
        txbuf=256, rxbuf=256, timeout=0, timeout_char=0, invert=0,
    ):  # fmt: skip
        if not hasattr(self, "_data"):
            self._data = self._control = None
            self._rx = None
            self._sent = utime.ticks_us()
            port = os.getenv("HOST_UART%d" % id)
            if port:
                self._data = self._connect(port, b"data\n")
                self._data.setblocking(False)
                self._control = self._connect(port, b"control\n")
        self.init(
            baudrate, bits, parity, stop, rx=rx, txbuf=txbuf, rxbuf=rxbuf,
            timeout=timeout, timeout_char=timeout_char, invert=invert,
        )  # fmt: skip

    def init(
        self, baudrate=None, bits=None, parity=-1, stop=None, *, tx=None, rx=None,
        txbuf=None, rxbuf=None, timeout=None, timeout_char=None, invert=None,
    ):  # fmt: skip
        """Change what is given; waits for what is being sent, at most 1 s, and flushes what came."""
        if rxbuf is not None and rxbuf <= self._FIFO:
            raise ValueError("rxbuf must be greater than the FIFO's 128")
        if bits is not None and not 5 <= bits <= 8:
            raise ValueError("invalid data bits")
        if stop is not None and stop not in (1, 2):
            raise ValueError("invalid stop bits")
        left = utime.ticks_diff(self._sent, utime.ticks_us())
        if left > 0:
            utime.sleep_us(min(left, 1000000))
        for name, value in (
            ("_baud", baudrate), ("_bits", bits), ("_stop", stop), ("_txbuf", txbuf),
            ("_rxbuf", rxbuf), ("_timeout", timeout), ("_timeout_char", timeout_char),
            ("_invert", invert),
        ):  # fmt: skip
            if value is not None:
                setattr(self, name, value)
        if rx is not None:
            self._rx = Pin(rx)
        if parity != -1:
            self._parity = "N" if parity is None else "O" if parity & 1 else "E"
        if self._control:
            invert = self._invert
            self._control.write(
                b"init %d %d %s %d %d %d %d\n"
                % (
                    self._baud, self._bits, self._parity, self._stop,
                    1 if invert & self.INV_RX else 0, 1 if invert & self.INV_TX else 0,
                    self._rxbuf,
                )
            )  # fmt: skip
            if not self._control.readline():
                host_bench.die()
            while self._data.read(self._rxbuf):
                pass

    @classmethod
    def _receiving(cls, pin):
        """Return the UART on a line that receives at a pin, or None."""
        for uart in cls._uarts.values():
            if uart._rx is pin and uart._control:
                return uart
        return None

    def _pulse(self, level, timeout_us):
        """Return (us until the line has a level, us that it keeps it), None for more than the timeout."""
        self._control.write(b"pulse %d %d\n" % (level, timeout_us))
        answer = self._control.readline().split()
        return tuple(None if word == b"-" else int(word) for word in answer)

    def deinit(self):
        """Stop receiving: what arrives is not kept."""

    def any(self) -> int:
        """Return how many octets wait in the receive buffer."""
        try:
            return len(self._data.recv(self._rxbuf, usocket.MSG_PEEK)) if self._data else 0
        except OSError:
            return 0

    def readinto(self, buf, nbytes=None):
        """Read what is there into buf and return how many octets, or None if there are none."""
        wanted = len(buf) if nbytes is None else min(nbytes, len(buf))
        view = memoryview(buf)
        count = 0
        patience = self._timeout
        while count < wanted:
            got = self._take(view[count:wanted])
            if got:
                count += got
                patience = self._timeout_char
            elif patience > 0:
                utime.sleep_ms(1)
                patience -= 1
            else:
                break
        return count or None

    def read(self, nbytes=-1):
        """Return what is there, at most nbytes octets, or None."""
        buffer = bytearray(self.any() if nbytes is None or nbytes < 0 else nbytes)
        count = self.readinto(buffer)
        return bytes(buffer[:count]) if count else None

    def readline(self):
        """Return octets up to and with a line feed as far as they are there, or None."""
        line = b""
        while not line.endswith(b"\n"):
            more = self.read(1)
            if not more:
                break
            line += more
        return line or None

    def write(self, buf) -> int:
        """Send octets; waits while the transmit buffer is full."""
        if not self._data:
            return len(buf)
        bits = 1 + self._bits + (self._parity != "N") + self._stop
        octet_us = bits * 1000000 // self._baud
        now = utime.ticks_us()
        if utime.ticks_diff(self._sent, now) < 0:
            self._sent = now
        self._sent = utime.ticks_add(self._sent, len(buf) * octet_us)
        waiting = utime.ticks_diff(self._sent, now)
        room = (self._txbuf + self._FIFO) * octet_us
        self._data.write(buf)
        if waiting > room:
            utime.sleep_us(waiting - room)
        return len(buf)

    def txdone(self) -> bool:
        """Tell whether everything written is out on the line."""
        return utime.ticks_diff(self._sent, utime.ticks_us()) <= 0

    def flush(self):
        """Wait until everything written is out on the line."""
        while not self.txdone():
            utime.sleep_ms(1)

    def ioctl(self, request, argument):
        """Serve poll(): the receive buffer is the connection to the line."""
        if request == _FILENO:
            return self._data.fileno() if self._data else _NO_SUCH
        if request == _POLL:
            return argument & (_POLL_OUT | (_POLL_IN if self.any() else 0))
        return _NO_SUCH

    def _take(self, view):
        if not self._data:
            return 0
        got = self._data.readinto(view)
        if got == 0:
            host_bench.die()  # the PC side of the line is gone, and the bench with it
        if got:
            self._control.write(b"read %d\n" % got)
        return got

    def _connect(self, port, purpose):
        link = usocket.socket()
        link.connect(usocket.getaddrinfo("127.0.0.1", int(port))[0][-1])
        link.write(purpose)
        return link


def __getattr__(name):
    # Few boards have anything on the bus, and on the chip this module takes no Python heap at all.
    if name != "SPI":
        raise AttributeError(name)
    from host_spi import SPI

    return SPI
