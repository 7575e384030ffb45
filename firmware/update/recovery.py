"""What starts when no firmware does: an access point with one page that tells why and what to do.

It lies in a slot of its own, recovery.slot, which no update replaces, and needs next to nothing. Whoever
is near can start a firmware again or send a signed one, no older than those that are there; nothing
of the owner's can be read or changed from here.
"""

import asyncio

import machine
import network

import board
from compat import const
from firmware.update import bundle, slots

OPEN_SSID = "obisgate-recovery"
_PASSWORD = "device.ap_password"  # net/portal.py
_WPA2 = const(3)
_KEYS = __file__.rpartition("/")[0] + "/update/release_keys.bin"
_HEAD_MAX = const(2048)
_CHUNK = const(512)
_READ_S = const(15)
_SIZE_MAX = const(4 * 1024 * 1024)
_RESTART_MS = const(1000)
_CLIENTS = const(3)

_PAGE = """<!DOCTYPE html><html lang=de><meta charset=utf-8>
<meta name=viewport content="width=device-width"><title>Obisgate</title>
<style>body{font:17px sans-serif;max-width:34em;margin:2em auto;padding:0 1em}button{font:inherit;
padding:.5em 1em}form{margin:1.5em 0}</style><h1>Obisgate startet nicht</h1>
<p>Die Firmware ist mehrmals nacheinander nicht angelaufen. Einstellungen und Schl\u00fcssel sind erhalten.
<p lang=en>The firmware did not start several times in a row. Settings and keys are kept.
<p>a: %s, b: %s. %s
<p>%s
<form method=post action=/again><button>Noch einmal starten \u00b7 Start again</button></form>
<form method=post action=/other><button>Andere Version starten \u00b7 Start the other version</button></form>
<p><input type=file id=f> <button onclick="fetch('/bundle',{method:'POST',body:f.files[0]}).then(r=>
r.text()).then(t=>{o.textContent=t})">Firmware einspielen \u00b7 Install firmware</button> <output id=o></output>
"""

_OPEN = (
    "Dieses WLAN ist offen, weil sein Passwort nicht mehr zu lesen war. "
    "This Wi-Fi is open, since its password could not be read any more."
)


def _keys() -> bytes:
    try:
        with open(_KEYS, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _password(root: str) -> "str | None":
    """Return the access point's password as on the label, None where it cannot be read any more."""
    try:
        from firmware.config.keys import KeyStore

        kept = KeyStore(root).unseal(_PASSWORD)
        return kept.decode() if kept else None
    except Exception as error:  # whatever is damaged: this page must open
        print("recovery: password:", type(error).__name__)
        return None


def _newest(versions: list) -> "str | None":
    """Return the highest of some versions, so that nobody near can install an older one."""
    known = [version for version in versions if version]
    return max(known, key=bundle.version) if known else None


class Recovery:
    """The page's server. reset() restarts the board; port: where it listens."""

    def __init__(self, reset=machine.reset, root: str = "/", port: int = 80):
        self._reset = reset
        self._root = root
        self._port = port
        self._open = 0
        self._protected = False
        self._uploading = False

    async def run(self):
        """Open the access point and serve for ever."""
        ssid = self._raise()
        await asyncio.start_server(self._serve, "0.0.0.0", self._port)
        print("recovery: join the Wi-Fi %s and open http://192.168.4.1/" % ssid)
        while True:
            await asyncio.sleep(3600)

    def _raise(self) -> str:
        """Open the access point of the label, or an open one where its password is lost; return its name."""
        access_point = network.WLAN(network.WLAN.IF_AP)
        access_point.active(True)
        password = _password(self._root)
        if password:
            ssid = "Obisgate-" + network.WLAN(network.WLAN.IF_STA).config("mac").hex()[-6:]
            try:
                access_point.config(ssid=ssid, security=_WPA2, key=password)
                self._protected = True
                return ssid
            except (OSError, ValueError):
                pass
        access_point.config(ssid=OPEN_SSID, security=0)
        return OPEN_SSID

    async def _serve(self, reader, writer):
        self._open += 1
        try:
            if self._open <= _CLIENTS:
                await self._answer(reader, writer)
        except (OSError, EOFError, ValueError, asyncio.TimeoutError):
            pass
        finally:
            self._open -= 1
            writer.close()
            try:
                await writer.wait_closed()
            except OSError:
                pass

    async def _answer(self, reader, writer):
        head = bytearray()
        while head.find(b"\r\n\r\n") < 0:
            data = await asyncio.wait_for(reader.read(_CHUNK), _READ_S)
            if not data or len(head) > _HEAD_MAX:
                return
            head += data
        end = head.find(b"\r\n\r\n")
        lines = bytes(head[:end]).split(b"\r\n")
        target = lines[0].rpartition(b" ")[0]
        restart = False
        if target == b"POST /again":
            machine.RTC().memory(b"")
            text, restart = "Neustart. Restarting.", True
        elif target == b"POST /other":
            text, restart = self._start_other()
        elif target == b"POST /bundle":
            text, restart = await self._take(reader, lines, bytes(head[end + 4 :]))
        else:
            text = self._page()
        body = text.encode()
        writer.write(
            b"HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
            b"Cache-Control: no-store\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            % len(body)
        )
        writer.write(body)
        await asyncio.wait_for(writer.drain(), _READ_S)
        if restart:
            await asyncio.sleep_ms(_RESTART_MS)
            self._reset()

    def _page(self) -> str:
        state = slots.read(self._root)
        versions = [slots.version(slot, self._root) or "-" for slot in slots.SLOTS]
        back = "%s: %s" % (state["back"], state.get("why")) if "back" in state else ""
        return _PAGE % (versions[0], versions[1], back, "" if self._protected else _OPEN)

    def _start_other(self) -> tuple:
        good = slots.read(self._root).get("good")
        other = "a" if good == "b" else "b"
        if slots.version(other, self._root) is None:
            return "Keine andere Version da. There is no other version.", False
        slots.choose(other, self._root)
        machine.RTC().memory(b"")
        return "Neustart. Restarting.", True

    async def _take(self, reader, lines: list, data: bytes) -> tuple:
        size = 0
        for line in lines:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length" and value.strip().isdigit():
                size = int(value)
        if not 0 < size <= _SIZE_MAX or self._uploading:
            return "Keine Datei. No file.", False
        slot = "a" if slots.read(self._root).get("good") == "b" else "b"
        newest = _newest([slots.version(name, self._root) for name in slots.SLOTS])
        receiver = bundle.Receiver(
            slots.Spare(self._root, slot), size, _keys(), board.NAME, board.ARCH, newest
        )
        self._uploading = True
        try:
            while True:
                await receiver.feed(data)
                if receiver.done:
                    break
                data = await asyncio.wait_for(reader.read(_CHUNK), _READ_S)
                if not data:
                    receiver.abandon()
                    return "Abgebrochen. Cut short.", False
            slots.choose(slot, self._root)
        except bundle.Refused as refused:
            return "Abgelehnt. Refused: %s" % refused, False
        finally:
            self._uploading = False
        machine.RTC().memory(b"")
        return "Angenommen, Neustart. Accepted, restarting.", True


def main():
    """Serve the page until somebody helps."""
    asyncio.run(Recovery(port=getattr(board, "RECOVERY_PORT", 80)).run())
