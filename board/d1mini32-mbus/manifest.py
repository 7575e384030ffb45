# ruff: noqa: F821 - the names are those of MicroPython's makemanifest.py
"""Freeze manifest: make -C ports/esp32 BOARD=ESP32_GENERIC FROZEN_MANIFEST=…/board/d1mini32-mbus/manifest.py."""

include("../manifest.py")
module("board.py")
