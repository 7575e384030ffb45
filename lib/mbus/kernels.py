"""Checksum and line coding loops of wireless M-Bus: machine code where the port has an emitter.

crc(data, start, count): CRC-16 of EN 13757-4, final inversion included.
three_of_six(source, start, target, count, table): decode count octets; return how many were valid.
manchester(source, start, target, count): the same for Manchester chips.
"""

try:
    from mbus.kernels_viper import crc, manchester, three_of_six
except (ImportError, SyntaxError, ValueError):  # no emitter, or machine code for another processor
    from mbus.kernels_plain import crc, manchester, three_of_six

__all__ = ["crc", "manchester", "three_of_six"]
