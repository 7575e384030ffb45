"""The board's status LED: one colour LED, or a plain one that is only on or off."""

from machine import Pin


class ColourLed:
    """An addressable RGB LED at a pin."""

    def __init__(self, pin: int):
        from neopixel import NeoPixel

        self._pixel = NeoPixel(Pin(pin, Pin.OUT), 1)

    def show(self, colour: tuple, percent: int):
        """Light up in a colour (red, green, blue: 0…255) at a brightness; (0, 0, 0) is dark."""
        self._pixel[0] = tuple(part * percent // 100 for part in colour)
        self._pixel.write()


class PlainLed:
    """A single LED; `active_low` if it lights up when its pin is low."""

    def __init__(self, pin: int, active_low: bool = False):
        self._low = active_low
        self._pin = Pin(pin, Pin.OUT, value=1 if active_low else 0)

    def show(self, colour: tuple, percent: int):
        """Light up for any colour but (0, 0, 0)."""
        lit = any(colour) and percent > 0
        self._pin.value(int(lit != self._low))


def open_led(leds: dict):
    """Return the LED that `board.LEDS` describes, or None.

    leds: `{"neopixel": pin}`, or `{"plain": pin, "active_low": bool}`, or {}.
    """
    if "neopixel" in leds:
        return ColourLed(leds["neopixel"])
    if "plain" in leds:
        return PlainLed(leds["plain"], leds.get("active_low", False))
    return None
