"""Improv Wi-Fi over the USB console: a browser flasher sets up Wi-Fi (improv-wifi.com, serial, version 1).

It can set the network, ask what is there and what this is; it reads no secret and reaches nothing else.
"""

from compat import const

_MAGIC = b"IMPROV"
_VERSION = const(1)
_TYPE_STATE = const(1)
_TYPE_ERROR = const(2)
_TYPE_RPC = const(3)
_TYPE_RESULT = const(4)
_HEAD = const(9)
_LONGEST = const(255)

STATE_READY = const(2)
STATE_PROVISIONING = const(3)
STATE_PROVISIONED = const(4)

ERROR_NONE = const(0)
ERROR_INVALID = const(1)
ERROR_UNKNOWN = const(2)
ERROR_NO_CONNECTION = const(3)
ERROR_HOST_NAME = const(5)
ERROR_OTHER = const(255)

WIFI = const(1)
STATE = const(2)
DEVICE = const(3)
NETWORKS = const(4)
HOST_NAME = const(5)
NAME = const(6)


def packet(kind: int, data: bytes) -> bytes:
    """Return a packet of a type with its checksum and the line end that serial monitors want."""
    body = _MAGIC + bytes((_VERSION, kind, len(data))) + data
    return body + bytes((sum(body) & 0xFF, 10))


def state_packet(state: int) -> bytes:
    """Return the packet that tells the state."""
    return packet(_TYPE_STATE, bytes((state,)))


def error_packet(error: int) -> bytes:
    """Return the packet that tells an error, ERROR_NONE to clear the last."""
    return packet(_TYPE_ERROR, bytes((error,)))


def result_packet(command: int, texts: tuple) -> bytes:
    """Return the answer to a command: texts, each after its length."""
    data = b""
    for text in texts:
        octets = text.encode()[: _LONGEST - 3 - len(data)]
        data += bytes((len(octets),)) + octets
    return packet(_TYPE_RESULT, bytes((command, len(data))) + data)


class Parser:
    """Takes commands out of a stream that may carry other text; push octets, then take."""

    def __init__(self):
        self.dropped = 0
        self._buffer = bytearray()

    def feed(self, data):
        """Take octets in; more than one packet's worth is never kept."""
        self._buffer.extend(data)

    def take(self) -> "tuple | None":
        """Return the next command as (number, its data), or None; a malformed packet is counted."""
        buffer = self._buffer
        while True:
            start = buffer.find(_MAGIC)
            if start < 0:
                # The end may be the start of the next.
                self._buffer = buffer[-(len(_MAGIC) - 1) :]
                return None
            buffer = self._buffer = buffer[start:]
            if len(buffer) < _HEAD:
                return None
            end = _HEAD + buffer[8] + 1
            if len(buffer) < end:
                return None
            body = bytes(buffer[:end])
            right = (
                body[6] == _VERSION
                and body[7] == _TYPE_RPC
                and body[-1] == sum(body[:-1]) & 0xFF
                and len(body) >= _HEAD + 3
                and body[10] == len(body) - _HEAD - 3
            )
            if right:
                self._buffer = buffer[end:]
                return body[9], body[11:-1]
            self.dropped += 1
            # The length may be the damaged octet: look for the next packet right behind the magic.
            buffer = self._buffer = buffer[len(_MAGIC) :]


def wifi_settings(data: bytes) -> tuple:
    """Return (network name, password) of command WIFI. Raises ValueError on malformed data."""
    texts = []
    position = 0
    for _ in range(2):
        if position >= len(data) or position + 1 + data[position] > len(data):
            raise ValueError("malformed")
        end = position + 1 + data[position]
        texts.append(data[position + 1 : end].decode())
        position = end
    if position != len(data) or not texts[0]:
        raise ValueError("malformed")
    return texts[0], texts[1]


class Improv:
    """Answers on a stream. The adapter is asked through wifi (net.wifi.Wifi) and device."""

    def __init__(self, wifi, device, url, read, write):
        """url() returns the page's address; `await read()` returns octets; write(octets) sends them."""
        self._wifi = wifi
        self._device = device
        self._url = url
        self._read = read
        self._write = write
        self._parser = Parser()

    async def run(self):
        """Answer until cancelled."""
        while True:
            self._parser.feed(await self._read())
            while True:
                command = self._parser.take()
                if command is None:
                    break
                await self._answer(command[0], command[1])

    def _state(self) -> int:
        return STATE_PROVISIONED if self._wifi.connected else STATE_READY

    async def _answer(self, command: int, data: bytes):
        if command == WIFI:
            await self._connect(data)
        elif command == STATE:
            self._write(state_packet(self._state()))
            if self._wifi.connected:
                self._write(result_packet(command, (self._url(),)))
        elif command == DEVICE:
            from firmware.device import VERSION

            self._write(result_packet(command, ("Obisgate", VERSION, "ESP32", self._device.name)))
        elif command == NETWORKS:
            for network in await self._wifi.scan():
                protected = "NO" if network["open"] else "YES"
                self._write(
                    result_packet(command, (network["ssid"], str(network["rssi"]), protected))
                )
            self._write(result_packet(command, ()))
        elif command == HOST_NAME and not data:
            self._write(result_packet(command, (self._device.host_name,)))
        elif command == NAME and not data:
            self._write(result_packet(command, (self._device.name,)))
        else:
            self._write(error_packet(ERROR_UNKNOWN))

    async def _connect(self, data: bytes):
        try:
            ssid, password = wifi_settings(data)
            wrong = self._wifi.check({"wifi.ssid": ssid, "wifi.password": password})
        except (ValueError, UnicodeError):
            wrong = True
        if wrong:
            self._write(error_packet(ERROR_INVALID))
            return
        self._write(error_packet(ERROR_NONE))
        self._write(state_packet(STATE_PROVISIONING))
        self._wifi.propose({"wifi.ssid": ssid, "wifi.password": password})
        if await self._wifi.settled():
            # Whoever sits at the cable sees that it works: that is the confirmation.
            self._wifi.confirm()
            self._write(state_packet(STATE_PROVISIONED))
            self._write(result_packet(WIFI, (self._url(),)))
        else:
            self._wifi.roll_back()
            self._write(error_packet(ERROR_NO_CONNECTION))
            self._write(state_packet(STATE_READY))
