"""Time the long arithmetic of lib/crypto on MicroPython, step by step.

    micropython tools/bench/crypto_steps.py LIB      on the PC
    mpremote run tools/bench/crypto_steps.py         on a board that carries the firmware

Prints one line of JSON per operation: its steps, its whole time and its longest step in
microseconds, and the garbage it left on the heap.
"""

import gc
import json
import os
import sys
import time

if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])

from crypto import ecdsa, hpke, keywrap, p256, pbkdf2, rsa  # noqa: E402 - sys.path is set above
from crypto.steps import finish  # noqa: E402


def measure(name: str, steps):
    """Run a generator of steps and print what it took."""
    gc.collect()
    before = gc.mem_alloc()
    count = total = longest = 0
    while True:
        start = time.ticks_us()
        try:
            next(steps)
        except StopIteration:
            steps = None
        took = time.ticks_diff(time.ticks_us(), start)
        count += 1
        total += took
        longest = max(longest, took)
        if steps is None:
            break
    garbage = gc.mem_alloc() - before
    print(
        json.dumps(
            {
                "operation": name,
                "steps": count,
                "total_us": total,
                "longest_us": longest,
                "garbage": max(garbage, 0),
            }
        )
    )


private = p256.generate_private()
public = finish(p256.public_steps(private))
digest = os.urandom(32)
signature = finish(ecdsa.sign_steps(private, digest))
sealed = finish(hpke.seal_steps(public, bytes(32), b"bench"))
modulus = b"\xc0" + os.urandom(382) + b"\x01"

measure("P-256 public key", p256.public_steps(private))
measure("ECDSA sign", ecdsa.sign_steps(private, digest))
measure("ECDSA verify", ecdsa.verify_steps(public, digest, signature))
measure("HPKE open", hpke.open_steps(private, public, sealed, b"bench"))
measure("RSA-3072 verify", rsa.verify_steps(modulus, digest, b"\x7f" + os.urandom(383)))
measure("Key wrap, 512 octets", keywrap.wrap_steps(digest, bytes(512)))
measure("PBKDF2, 1000 iterations", pbkdf2.derive_steps(b"password", digest, 1000))
