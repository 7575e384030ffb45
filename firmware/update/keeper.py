"""What is done about the firmware while it runs: it proves itself, and once a day looks for a newer one."""

import asyncio

from compat import const
from firmware.unload import borrow

_FIRST_LOOK_S = const(3600)
_DAY_S = const(86400)


async def keep(app):
    """Prove the firmware, then look for a newer one once a day while the owner wants that."""
    await borrow("firmware.update.trial.prove")(app)
    wait_s = _FIRST_LOOK_S
    while True:
        await asyncio.sleep(wait_s)
        wait_s = _DAY_S
        if app.config["update.check"] and app.config["update.url"] and not app.updater.busy:
            await borrow("firmware.update.pull.look")(app, app.updater)
