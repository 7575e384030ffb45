"""Start the board: have its files laid at `/` (files.py), run boot.py and main.py.

The supervising process (tools/host_board.py) compiles these files, as what the ESP32 has in C takes no
room in the heap there, and describes the board in the environment:

    HOST_MODULES  folder of this file, compiled, and of the modules that stand for the ESP32's
    HOST_STATE    folder for what outlives a reset: reset cause, RTC, NVS, partitions
    HOST_FLASH    folder that is the flash, or with HOST_IMAGE=1 a file that holds littlefs
    HOST_TREE     with HOST_IMAGE=1: folder to fill an empty flash with
    HOST_ROM      module in HOST_STATE that holds a ROMFS image of the firmware, which is then not on the flash
    HOST_CUT      with HOST_IMAGE=1: number of the flash write at which the power fails
    HOST_BENCH    UDP port of the supervisor; HOST_UART<n>  TCP port of the line at UART n
    HOST_MAC      MAC address in hex; HOST_DNS  name server's address
    HOST_RESET_CAUSE  why the board starts; HOST_SLOT  firmware partition that the bootloader chose
"""

import os
import sys

import files  # noqa: F401  lays the board's files at /


def run(name: str):
    """Run a script of the flash as the port does: an exception is printed, not passed on."""
    try:
        os.stat(name)
    except OSError:
        return
    try:
        exec(_compiled(name), _globals)
    except SystemExit:
        import host_bench

        host_bench.store("reset_cause", 5)
        host_bench.die()
    except BaseException as error:
        sys.print_exception(error)


def _compiled(name):
    # Apart from `run`, so that the text is gone when the script runs.
    with open(name) as file:
        return compile(file.read(), name, "exec")


_globals = {"__name__": "__main__"}
run("boot.py")
run("main.py")

import host_bench  # noqa: E402
import utime  # noqa: E402

# The port would now show its prompt; a watchdog that was started still bites.
while True:
    host_bench.send({"ended": True})
    utime.sleep(1)
