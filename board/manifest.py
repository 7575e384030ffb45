# ruff: noqa: F821 - the names are those of MicroPython's makemanifest.py
"""What every board freezes: the whole application, as the factory's firmware behind the slots."""

# The port's own modules, but for _boot.py: ours does not wait at the prompt for ever.
freeze("$(PORT_DIR)/modules", ("flashbdev.py", "inisetup.py"))
freeze("frozen", "_boot.py")
include("$(MPY_DIR)/extmod/asyncio")
require("neopixel")
require("ntptime")

module("boot.py", base_path="..")
module("main.py", base_path="..")
package("firmware", base_path="..")
package("drivers", base_path="..")
freeze("../lib")
freeze("../build/third_party", ("microdot/__init__.py", "microdot/microdot.py", "umqtt/simple.py"))
module("archive.py", base_path="../firmware/update")
