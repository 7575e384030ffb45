"""What the adapter may draw where the meter feeds it (R3.2)."""

import network
from machine import Pin

from compat import const

# A MEP client may draw 40 mA from 24 V on average and 50 mA at its peak (MEP Client Developer's Guide,
# hardware appendix); behind a converter that is 245 mA and 310 mA at 3.3 V. An ESP32 that transmits with
# 20 dBm draws 240 mA beside what its CPU does, with 11 dBm about 180 mA.
_TX_POWER_DBM = const(11)
# The lowest clock that carries Wi-Fi.
_FED_MHZ = const(80)


def _fed(ports: dict) -> bool:
    for port in ports.values():
        if port.get("fed") and ("supply" not in port or Pin(port["supply"], Pin.IN).value()):
            return True
    return False


def cpu_hz(ports: dict, full_mhz: int) -> int:
    """Return the CPU clock that the supply allows; full_mhz is the board's own, `board.CPU_MHZ`."""
    return (_FED_MHZ if _fed(ports) else full_mhz) * 1000000


def wifi_limits(ports: dict) -> dict:
    """Return what WLAN.config needs so that the adapter stays within the meter's supply.

    ports: `board.UARTS`; `"fed": True` marks a port that the board takes its power from, and `supply`
    names the input that is high while there is any. {} where the power comes from elsewhere.
    """
    if _fed(ports):
        return {"pm": network.WLAN.PM_POWERSAVE, "txpower": _TX_POWER_DBM}
    return {}
