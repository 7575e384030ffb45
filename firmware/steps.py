"""Long arithmetic beside everything else that runs."""

import asyncio


async def run(steps):
    """Run a generator of steps (lib/crypto/steps.py), letting all else run between them.

    Returns the generator's result and raises what it raises.
    """
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        await asyncio.sleep(0)
