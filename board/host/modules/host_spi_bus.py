"""What of `machine.SPI` is used rarely, putting the radio on it above all; see host_bench.py."""

import host_spi
import machine


def _radio():
    """Return the radio chip on the SPI, wired to the pins that the board names, or None."""
    import sx1262_model

    from board import RADIO

    chip = sx1262_model.chip()
    dio1 = machine.Pin(RADIO["dio1"])
    if chip and not dio1._wire:
        machine.Pin(RADIO["reset"])._wire = chip.reset
        machine.Pin(RADIO["busy"])._wire = int  # it never is
        dio1._wire = chip.dio1
        chip.pin = dio1
    return chip


class SPI(host_spi.SPI):
    """Methods for machine.SPI."""

    def _open(
        self, id, baudrate=1000000, *, polarity=0, phase=0, bits=8, firstbit=host_spi.SPI.MSB,
        sck=None, mosi=None, miso=None,
    ):  # fmt: skip
        if id not in (1, 2):
            raise ValueError("SPI(%d) doesn't exist" % id)
        self._device = _radio()

    def init(
        self, baudrate=1000000, *, polarity=0, phase=0, bits=8, firstbit=host_spi.SPI.MSB,
        sck=None, mosi=None, miso=None,
    ):  # fmt: skip
        """Change the settings."""

    def deinit(self):
        """Release the bus."""

    def read(self, nbytes, write=0) -> bytes:
        """Return octets read while sending `write`."""
        return b"\xff" * nbytes

    def readinto(self, buf, write=0):
        """Fill buf while sending `write`."""
        for i in range(len(buf)):
            buf[i] = 0xFF

    def write(self, buf):
        """Send octets."""
