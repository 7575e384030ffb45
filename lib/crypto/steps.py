"""Long arithmetic in short steps.

Functions named `..._steps` are generators: each `next` does a bounded piece of work, and the
result is the generator's return value. The firmware awaits between the pieces
(`firmware.steps.run`), so that no piece holds the loop over 20 ms on an ESP32; tests and tools
run them straight through with `finish`.
"""


def finish(steps):
    """Run a generator of steps to its end and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def power_steps(base: int, exponent: int, modulus: int, bits_per_step: int = 8):
    """`base ** exponent % modulus`, some exponent bits per step.

    The exponent must be public: its bits choose the branches. Used with the constants p - 2 and
    n - 2 (inversion by Fermat).
    """
    bits = 0
    while exponent >> bits:
        bits += 1
    result = 1
    for bit in range(bits - 1, -1, -1):
        result = result * result % modulus
        if exponent >> bit & 1:
            result = result * base % modulus
        if bit % bits_per_step == 0:
            yield
    return result
