"""What of `machine.UART` is used rarely, setting it up above all; see host_bench.py."""

import os
import socket

import host_bench
import machine
import utime
from micropython import const

_FIFO = const(128)


class UART(machine.UART):
    """Methods for machine.UART."""

    def _open(
        self, id, baudrate=115200, bits=8, parity=None, stop=1, *, tx=None, rx=None,
        txbuf=256, rxbuf=256, timeout=0, timeout_char=0, invert=0,
    ):  # fmt: skip
        port = os.getenv("HOST_UART%d" % id)
        if port and self._data is None:
            self._data = _connect(port, b"data\n")
            self._data.setblocking(False)
            self._control = _connect(port, b"control\n")
        if self._settings is None:
            self._sent = utime.ticks_us()
            self._settings = {}
        self.init(
            baudrate, bits, parity, stop, rx=rx, txbuf=txbuf, rxbuf=rxbuf,
            timeout=timeout, timeout_char=timeout_char, invert=invert,
        )  # fmt: skip

    def init(
        self, baudrate=None, bits=None, parity=-1, stop=None, *, tx=None, rx=None,
        txbuf=None, rxbuf=None, timeout=None, timeout_char=None, invert=None,
    ):  # fmt: skip
        """Change what is given; waits for what is being sent, at most 1 s, and flushes what came."""
        if rxbuf is not None and rxbuf <= _FIFO:
            raise ValueError("rxbuf must be greater than the FIFO's 128")
        if bits is not None and not 5 <= bits <= 8:
            raise ValueError("invalid data bits")
        if stop is not None and stop not in (1, 2):
            raise ValueError("invalid stop bits")
        left = utime.ticks_diff(self._sent, utime.ticks_us())
        if left > 0:
            utime.sleep_us(min(left, 1000000))
        settings = self._settings
        for name, value in (
            ("baudrate", baudrate), ("bits", bits), ("stop", stop), ("txbuf", txbuf),
            ("rxbuf", rxbuf), ("timeout", timeout), ("timeout_char", timeout_char),
            ("invert", invert),
        ):  # fmt: skip
            if value is not None:
                settings[name] = value
        if parity != -1:
            settings["parity"] = "N" if parity is None else "O" if parity & 1 else "E"
        if rx is not None:
            self._rx = machine.Pin(rx)
        if self._data:
            invert = settings["invert"]
            self._control.write(
                b"init %d %d %s %d %d %d %d\n"
                % (
                    settings["baudrate"], settings["bits"], settings["parity"], settings["stop"],
                    1 if invert & self.INV_RX else 0, 1 if invert & self.INV_TX else 0,
                    settings["rxbuf"],
                )
            )  # fmt: skip
            if not self._control.readline():
                host_bench.die()
            while self._data.read(settings["rxbuf"]):
                pass

    def deinit(self):
        """Stop receiving: what arrives is not kept."""

    def read(self, count=-1):
        """Return what is there, at most count octets, or None."""
        buffer = bytearray(self.any() if count is None or count < 0 else count)
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

    def flush(self):
        """Wait until everything written is out on the line."""
        while not self.txdone():
            utime.sleep_ms(1)


def _connect(port, purpose):
    link = socket.socket()
    link.connect(socket.getaddrinfo("127.0.0.1", int(port))[0][-1])
    link.write(purpose)
    return link
