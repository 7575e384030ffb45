# ruff: noqa: F821 - the names are those of MicroPython's makemanifest.py
"""What every board freezes: the whole application, as the factory's firmware behind the slots."""

include("$(PORT_DIR)/boards/manifest.py")
package("firmware", base_path="..")
package("drivers", base_path="..")
freeze("../lib")
freeze("../build/third_party", ("microdot/__init__.py", "microdot/microdot.py", "umqtt/simple.py"))
module("archive.py", base_path="../firmware/update")
