"""Hot integer loops: machine code where the port has an emitter, plain Python elsewhere.

ghash(state, table, data, blocks): fold blocks of 16 octets into a GHASH state (crypto/ghash.py).
xor(target, source, count): target ^= source for count octets.
crc16(crc, data, count, polynomial): advance a reflected CRC-16 over count octets.
oma(state, key, message, start, end, step): run message[start:end] through a digest of OSGP
    (c1219/digest.py) from a step of its pass and return the next step.
"""

try:
    from kernels_viper import crc16, ghash, oma, xor
except (ImportError, SyntaxError, ValueError):  # no emitter, or machine code for another processor
    from kernels_plain import crc16, ghash, oma, xor

__all__ = ["crc16", "ghash", "oma", "xor"]
