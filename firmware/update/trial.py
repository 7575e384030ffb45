"""A new firmware proves itself: what the old one did, it must do too, or the next start is back."""

import asyncio

from compat import const
from firmware import clock
from firmware.update import slots

# So long everything has to run before a firmware counts as one that starts well.
SETTLE_S = const(60)
# Time to find the Wi-Fi and the meter again, beside two of the meter's own intervals.
TRIAL_S = const(240)
_LONGEST_S = const(7500)
_LOOK_MS = const(500)


def expectation(app) -> list:
    """Return what the running firmware shows now, and its successor must."""
    expect = []
    if app.wifi.connected:
        expect.append("wifi")
    if app.hub.latest() is not None and app.hub.fresh():
        expect.append("meter")
    return expect


def duration(app) -> int:
    """Return the seconds that a trial may take with this meter."""
    return min(TRIAL_S + 2 * (app.hub.interval_ms or 0) // 1000, _LONGEST_S)


def missing(app, expect: list) -> list:
    """Return what is expected and not there now."""
    found = expectation(app)
    return [name for name in expect if name not in found]


async def prove(app, settle_s: int = SETTLE_S):
    """Watch the firmware that has just started; keep it, or reset the board where it fails."""
    if slots.on_trial(app.root):
        await _on_trial(app, slots.read(app.root), settle_s)
    else:
        await asyncio.sleep(settle_s)
    started_well()


async def _on_trial(app, state: dict, settle_s: int):
    expect = state.get("expect") or []
    seconds = min(state.get("seconds") or TRIAL_S, _LONGEST_S)
    while True:
        absent = missing(app, expect)
        up_s = clock.uptime_ms() // 1000
        if not absent and up_s >= min(settle_s, seconds):
            slots.confirm(app.root)
            app.on_trial = False
            _keep_image()
            app.log.add("update-accepted")
            app.status.touch()
            return
        if absent and up_s >= seconds:
            slots.give_up(",".join(absent), app.root)
            app.reset("trial failed: no " + ",".join(absent))
        await asyncio.sleep_ms(_LOOK_MS)


def started_well():
    """Tell boot.py that this start came to something."""
    import machine

    machine.RTC().memory(b"")


def _keep_image():
    """Keep the MicroPython image too, where it is on trial with its first start."""
    import esp32

    try:
        esp32.Partition.mark_app_valid_cancel_rollback()
    except OSError:
        # A partition table with one app slot: there is nothing to roll back to.
        pass
