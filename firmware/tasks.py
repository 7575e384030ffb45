"""How tasks begin: each function makes a part of the application and returns the coroutine that runs it.

Borrowed for each start (see unload.py): what runs does not hold on to this module.
"""

import asyncio

import board


def discovery(app):
    """Announce the adapter to Home Assistant."""
    from firmware.net.announcer import Announcer

    return Announcer(app.config, app.device, app.hub, app.status, app.mqtt).run()


def web(app):
    """Serve the page and the REST resource."""
    from firmware.web.listeners import Listeners
    from firmware.web.server import Server

    # The ESP32's network stack has ten sockets for everything.
    app.server = Server(app, getattr(board, "WEB_CONNECTIONS", 6))
    app.listeners = Listeners(app, app.server)
    return app.listeners.run()


def sntp(app):
    """Set the clock."""
    from firmware import clock
    from firmware.net.sntp import Sntp

    app.sntp = Sntp(app.config, app.device, clock.set_utc)
    return app.sntp.run()


def console(app):
    """Guard the USB console."""
    from firmware.console import Console

    return Console(app).run()


def button(app):
    """Act on the button."""
    from drivers.button import Button
    from firmware import button_actions

    return button_actions.serve(Button(board.BUTTON), app)


def led(app):
    """Show the states."""
    from drivers.leds import open_led
    from firmware.indicator import Indicator

    light = open_led(board.LEDS)
    return asyncio.Event().wait() if light is None else Indicator(light, app).run()


def update(app):
    """Prove the firmware, and look for a newer one."""
    from firmware.update import keeper

    return keeper.keep(app)
