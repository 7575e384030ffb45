"""What each signal of the LED means, in German and English: for the page and docs/leds.md only."""

# state: (rhythm de, rhythm en, meaning de, meaning en)
TEXTS = {
    "ok": (
        "leuchtet, zwinkert bei jedem Telegramm",
        "lit, winks at each telegram",
        "Strom ist da, der Zähler wird gelesen",
        "power is there, the meter is read",
    ),
    "searching": (
        "1 Blitz, Pause",
        "1 flash, pause",
        "Strom ist da, der Zähler wird gesucht",
        "power is there, looking for the meter",
    ),
    "line": (
        "2 Blitze, Pause",
        "2 flashes, pause",
        "Vom Zähler kommt nichts oder nur Gestörtes: Kabel und Sitz prüfen",
        "nothing or only garbage from the meter: check the cable and its fit",
    ),
    "key": (
        "3 Blitze, Pause",
        "3 flashes, pause",
        "Schlüssel fehlt oder passt nicht",
        "the key is missing or does not fit",
    ),
    "wifi": (
        "4 Blitze, Pause",
        "4 flashes, pause",
        "keine Verbindung zum WLAN",
        "no connection to the Wi-Fi network",
    ),
    "broker": (
        "5 Blitze, Pause",
        "5 flashes, pause",
        "keine Verbindung zum MQTT-Broker",
        "no connection to the MQTT broker",
    ),
    "fault": (
        "6 Blitze, Pause",
        "6 flashes, pause",
        "Störung im Adapter: Status ansehen, neu starten",
        "fault in the adapter: look at the status, restart it",
    ),
    "portal": (
        "eine Sekunde hell, eine dunkel",
        "one second on, one second off",
        "Einrichtung: mit dem WLAN des Adapters verbinden",
        "set-up: join the adapter's own Wi-Fi network",
    ),
    "updating": (
        "blinkt schnell, ohne Pause",
        "blinks fast, without a pause",
        "Firmware wird erneuert: nicht ausstecken",
        "firmware is being updated: do not unplug",
    ),
}
