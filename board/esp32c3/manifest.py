# ruff: noqa: F821 - the names are those of MicroPython's makemanifest.py
"""Freeze manifest: make -C ports/esp32 BOARD=ESP32_GENERIC_C3 FROZEN_MANIFEST=…/board/esp32c3/manifest.py."""

include("../manifest.py")
module("board.py")
