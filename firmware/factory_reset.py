"""Back to how it left the factory: keys, tokens, certificate, Wi-Fi and settings overwritten and gone.

What is the firmware's own stays: code, and which slot runs.
"""

import os

from compat import const
from firmware.config import wipe

# Code, and what says which of it runs (firmware/update/slots.py).
_CODE = ("py", "mpy", "slot")
_KEPT = ("boot.json",)
_NVS_ROUNDS = const(64)
_NVS_OCTETS = const(512)
_FILE = const(0x8000)


def erase(root: str = "/", feed=None):
    """Remove every file of the owner's under root, and the device key; the flash keeps no trace.

    Takes seconds; feed() is called meanwhile: the watchdog's. The board must be reset afterwards.
    """
    base = root.rstrip("/") + "/"
    names = [
        entry[0]
        for entry in os.ilistdir(base)
        if entry[1] & _FILE and entry[0] not in _KEPT and entry[0].rpartition(".")[2] not in _CODE
    ]
    # The device key first: without it nothing that is sealed can be opened, should the power fail.
    _erase_device_key()
    for name in names:
        wipe.remove(base + name)
    wipe.free_space(root, feed)


def _erase_device_key():
    import esp32

    nvs = esp32.NVS("obisgate")
    try:
        nvs.erase_key("device_key")
    except OSError:
        pass
    nvs.commit()
    # NVS only marks as erased: writing its pages over makes it erase them.
    filler = bytes(_NVS_OCTETS)
    for _ in range(_NVS_ROUNDS):
        nvs.set_blob("filler", filler)
        nvs.commit()
    nvs.erase_key("filler")
    nvs.commit()
