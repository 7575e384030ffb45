"""PBKDF2-HMAC-SHA256 (RFC 8018, clause 5.2).

One iteration is two SHA-256 objects of two blocks each in C and about as much interpreter around
them: some 0.4 ms on an ESP32 at 240 MHz. A step of 16 iterations so stays under 10 ms, at
160 MHz too.
"""

from crypto.hmac import DIGEST_SIZE, Hmac

MINIMUM_ITERATIONS = 1000  # RFC 8018, clause 4.2
_ITERATIONS_PER_STEP = 16


def derive_steps(password: bytes, salt: bytes, iterations: int, length: int = DIGEST_SIZE):
    """Steps; returns `length` octets derived from the password.

    ValueError on a length or an iteration count that is not positive.
    """
    if iterations < 1 or length < 1:
        raise ValueError("PBKDF2 parameters")
    code = Hmac(password)
    output = b""
    index = 0
    while len(output) < length:
        index += 1
        block = code.digest(salt, index.to_bytes(4, "big"))
        total = int.from_bytes(block, "big")
        for iteration in range(1, iterations):
            block = code.digest(block)
            total ^= int.from_bytes(block, "big")
            if iteration % _ITERATIONS_PER_STEP == 0:
                yield
        output += total.to_bytes(DIGEST_SIZE, "big")
    return output[:length]
