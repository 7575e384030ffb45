"""Backup, restoring it, and the way back to the factory's state."""

import asyncio

from firmware import clock
from firmware.web.access import body, private, text
from firmware.web.routes import Problem

_PASSPHRASE = {
    "short": "at least 8 characters",
    "long": "at most 128 octets",
    "weak": "too easily guessed",
}


async def make_backup(server, request):
    """Answer the settings and the meter's keys, sealed under a passphrase."""
    from firmware.config import backup

    context = server.context
    try:
        made = await backup.export(
            context.config,
            context.keystore,
            text(await body(request), "passphrase"),
            clock.uptime_ms,
        )
    except ValueError as cause:
        raise Problem(422, "backup:passphrase-" + str(cause), _PASSPHRASE[str(cause)])
    context.log.add("backup-made")
    return made


async def restore_backup(server, request):
    """Put a backup in force. It holds secrets, so it is taken where nobody reads along only."""
    from firmware.config import backup

    context = server.context
    given = await body(request)
    if not private(server, request):
        raise Problem(403, "backup:channel-not-encrypted", "over HTTPS or the access point only")
    if not isinstance(given.get("backup"), dict):
        raise Problem(400, "http:malformed", "the object 'backup' is expected")
    try:
        await backup.restore(
            context.config, context.keystore, text(given, "passphrase"), given["backup"]
        )
    except ValueError as cause:
        raise Problem(422, "backup:" + str(cause), "another passphrase, or a damaged file")
    context.log.add("backup-restored")
    context.meter.restart()
    return {}


async def factory_reset(server, request):
    """Erase everything of the owner's and restart; `{"confirm": "erase"}` is asked for."""
    context = server.context
    if (await body(request)).get("confirm") != "erase":
        raise Problem(422, "reset:not-confirmed", '{"confirm": "erase"} is expected')
    asyncio.create_task(_erase(context))
    return {}, 202


async def _erase(context):
    # The answer goes out first.
    await asyncio.sleep_ms(500)
    context.erase()
