"""`machine.SPI` of the ESP32 port, loaded where a board uses one; setting it up is in host_spi_bus.py."""

import host_bench


class SPI:
    """An SPI bus; without a radio in HOST_RADIO nothing is on it and the data line floats high."""

    MSB = 0
    LSB = 1

    def __new__(cls, *arguments, **named):
        bus = super().__new__(cls)
        bus._open(*arguments, **named)
        return bus

    def write_readinto(self, write_buf, read_buf):
        """Send octets and read as many."""
        if self._device:
            read_buf[:] = self._device.transfer(bytes(write_buf))
        else:
            self.readinto(read_buf)

    def __getattr__(self, name):
        return host_bench.rare("host_spi_bus", name, self)
