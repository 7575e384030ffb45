"""What the button does: a short press opens the access point, ten seconds erase everything."""

from compat import const

_OPEN_MS = const(3000)
_ERASE_MS = const(10000)


async def serve(button, context):
    """Act on the button (drivers.button.Button) until cancelled; context: firmware.app.App.

    A press between the two has no effect: whoever lets go before the ten seconds has thought better of it.
    """
    while True:
        held = await button.press(_ERASE_MS)
        if held >= _ERASE_MS:
            context.log.add("factory-reset")
            context.erase()
        elif held < _OPEN_MS:
            context.open_portal()
        await button.released()
