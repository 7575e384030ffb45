"""`machine.SPI` of the ESP32 port, with the radio chip on it where the PC has one."""

import machine


def _radio():
    """Return the radio chip on the SPI, wired to the pins that the board names, or None."""
    import sx1262_model

    from board import RADIO

    chip = sx1262_model.chip()
    dio1 = machine.Pin(RADIO["dio1"])
    if chip and not dio1._wire:
        machine.Pin(RADIO["reset"])._wire = chip.reset
        machine.Pin(RADIO["busy"])._wire = lambda: 0
        dio1._wire = chip.dio1
        chip.on_dio1 = lambda: dio1._handler and dio1._handler(dio1)
    return chip


class SPI:
    """An SPI bus; without a radio in HOST_RADIO nothing is on it and the data line floats high."""

    MSB = 0
    LSB = 1

    def __init__(
        self, id, baudrate=1000000, *, polarity=0, phase=0, bits=8, firstbit=MSB,
        sck=None, mosi=None, miso=None,
    ):  # fmt: skip
        if id not in (1, 2):
            raise ValueError("SPI(%d) doesn't exist" % id)
        self._device = _radio()

    def init(
        self, baudrate=1000000, *, polarity=0, phase=0, bits=8, firstbit=MSB,
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

    def write_readinto(self, write_buf, read_buf):
        """Send octets and read as many."""
        if self._device is None:
            self.readinto(read_buf)
        else:
            read_buf[:] = self._device.transfer(bytes(write_buf))
