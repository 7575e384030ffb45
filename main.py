"""Start the application; what it cannot handle itself ends in a reset, and boot.py counts them."""

import sys

import machine

try:
    from firmware import app

    app.main()
except Exception as error:
    sys.print_exception(error)
    machine.reset()
