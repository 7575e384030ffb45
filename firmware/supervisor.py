"""Every task is supervised: restarted with growing delay and, failing that, a controlled reset (R9)."""

import asyncio
import sys

from compat import const

_FIRST_DELAY_MS = const(500)
_MAX_DELAY_MS = const(30000)
_STABLE_MS = const(60000)
_FAILURES_TO_RESET = const(20)


class Supervisor:
    """Starts named tasks and keeps them running. `failures` is {name: [count, last error text]}."""

    def __init__(self, give_up):
        """give_up(reason) is called when an essential task cannot be kept running."""
        self.failures = {}
        self._tasks = {}
        self._give_up = give_up

    def start(self, name: str, run, essential: bool = True):
        """Run the coroutine function `run` as task `name`, again whenever it ends or fails."""
        self.stop(name)
        self._tasks[name] = asyncio.create_task(self._keep(name, run, essential))

    def stop(self, name: str):
        """End a task for good."""
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()

    async def _keep(self, name: str, run, essential: bool):
        from firmware import clock

        delay = _FIRST_DELAY_MS
        in_a_row = 0
        while True:
            started = clock.uptime_ms()
            try:
                await run()
            except Exception as error:
                self._note(name, error)
            if clock.uptime_ms() - started > _STABLE_MS:
                delay = _FIRST_DELAY_MS
                in_a_row = 0
            in_a_row += 1
            if essential and in_a_row >= _FAILURES_TO_RESET:
                self._give_up("task %s failed %d times" % (name, in_a_row))
            await asyncio.sleep_ms(delay)
            delay = min(2 * delay, _MAX_DELAY_MS)

    def _note(self, name: str, error: Exception):
        entry = self.failures.setdefault(name, [0, ""])
        entry[0] += 1
        # The type alone: an error's text may hold what a peer sent, or a secret.
        entry[1] = type(error).__name__
        print("task %s failed:" % name)
        sys.print_exception(error)
