"""Start the board: lay its flash at `/`, put the ESP32's modules in front, run boot.py and main.py.

The supervising process (tools/host_board.py) describes the board in the environment:

    HOST_MODULES  folder of the modules that stand for the ESP32's
    HOST_STATE    folder for what outlives a reset: reset cause, RTC, NVS, partitions
    HOST_FLASH    folder that is the flash, or with HOST_IMAGE=1 a file that holds littlefs
    HOST_TREE     with HOST_IMAGE=1: folder to fill an empty flash with
    HOST_CUT      with HOST_IMAGE=1: number of the flash write at which the power fails
    HOST_BENCH    UDP port of the supervisor; HOST_UART<n>  TCP port of the line at UART n
    HOST_MAC      MAC address in hex; HOST_DNS  name server's address
    HOST_RESET_CAUSE  why the board starts; HOST_SLOT  firmware partition that the bootloader chose
"""

import os
import sys
import time

import vfs


class Folder:
    """A folder of the PC as a file system."""

    def __init__(self, root: str):
        self._root = root
        self._files = vfs.VfsPosix(root)
        self._all = vfs.VfsPosix()

    def __getattr__(self, name):
        return getattr(self._files, name)

    def rename(self, old: str, new: str):
        """Rename a file; the runtime's own rename mixes up two paths under a root."""
        self._all.rename(self._path(old), self._path(new))

    def _path(self, path: str) -> str:
        return self._root + path if path.startswith("/") else path


def mount():
    """Replace the PC's files by the board's."""
    modules, state = os.getenv("HOST_MODULES"), os.getenv("HOST_STATE")
    flash, tree = os.getenv("HOST_FLASH"), os.getenv("HOST_TREE")
    here = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix(modules), "/.host")
    vfs.mount(Folder(state), "/.state")
    if os.getenv("HOST_IMAGE") == "1":
        vfs.mount(vfs.VfsPosix(here), "/.board")
        vfs.mount(vfs.VfsPosix(flash.rsplit("/", 1)[0]), "/.image")
        if tree:
            vfs.mount(vfs.VfsPosix(tree), "/.tree")
        sys.path[:] = ["/.board"]
        from flash import Flash
        from flash import mount as mount_flash

        chip = Flash(
            "/.image/" + flash.rsplit("/", 1)[1],
            cut_at=int(os.getenv("HOST_CUT") or 0),
            on_cut=lambda: os.system("kill -9 $PPID"),
        )
        vfs.mount(mount_flash(chip, "/.tree" if tree else None), "/")
    else:
        vfs.mount(Folder(flash), "/")
    os.chdir("/")
    sys.path[:] = ["/.host", "", ".frozen", "/lib"]


def run(name: str):
    """Run a script of the flash as the port does: an exception is printed, not passed on."""
    try:
        with open(name) as file:
            source = file.read()
    except OSError:
        return
    try:
        exec(compile(source, name, "exec"), globals_)
    except SystemExit:
        import host_bench

        host_bench.store("reset_cause", 5)
        host_bench.die()
    except BaseException as error:
        sys.print_exception(error)


mount()
globals_ = {"__name__": "__main__"}
run("boot.py")
run("main.py")

import host_bench  # noqa: E402

# The port would now show its prompt; a watchdog that was started still bites.
while True:
    host_bench.send({"ended": True})
    time.sleep(1)
