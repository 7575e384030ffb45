"""Improv Wi-Fi on the console: packets as its specification lays them out, and what is no packet."""

import asyncio

from firmware.net import improv
from support import raises


def command(number: int, data: bytes = b"") -> bytes:
    """Return an RPC packet: IMPROV, version 1, type 3, length, number, length, data, checksum."""
    body = b"IMPROV\x01\x03" + bytes((len(data) + 2, number, len(data))) + data
    return body + bytes((sum(body) & 0xFF,))


def wifi(ssid: bytes, password: bytes) -> bytes:
    return bytes((len(ssid),)) + ssid + bytes((len(password),)) + password


def parse(stream: bytes, chunk: int) -> list:
    parser = improv.Parser()
    found = []
    for start in range(0, len(stream), chunk):
        parser.feed(stream[start : start + chunk])
        while True:
            taken = parser.take()
            if taken is None:
                break
            found.append(taken)
    return found


def test_commands_are_found_among_other_text_however_it_is_cut():
    stream = (
        b"boot: IMPRO\r\n" + command(2) + b"log line\n" + command(1, wifi(b"home", b"pass word"))
    )
    for chunk in (1, 2, 7, 1000):
        assert parse(stream, chunk) == [(2, b""), (1, wifi(b"home", b"pass word"))], chunk


def test_a_damaged_packet_is_dropped_and_the_next_one_read():
    good = command(3)
    for position in range(6, len(good)):
        damaged = bytearray(good)
        damaged[position] ^= 0x40
        parser = improv.Parser()
        # The length may claim more than there is: what follows must still be found.
        parser.feed(bytes(damaged) + bytes(256) + good)
        assert parser.take() == (3, b""), position
        assert parser.take() is None and parser.dropped >= 1


def test_noise_does_not_pile_up():
    parser = improv.Parser()
    for _ in range(100):
        parser.feed(b"x" * 100)
        assert parser.take() is None
    assert len(parser._buffer) < 6


def test_settings_are_two_texts_and_nothing_else():
    assert improv.wifi_settings(wifi("Bäckerei".encode(), b"")) == ("Bäckerei", "")
    for data in (
        b"",
        b"\x05home",
        wifi(b"", b"x"),
        wifi(b"a", b"b") + b"c",
        b"\x01a",
        b"\x01a\x02b",
    ):
        raises(ValueError, improv.wifi_settings, data)


def test_answers_carry_length_and_checksum():
    packet = improv.result_packet(3, ("Obisgate", "0.1.0"))
    assert packet[:8] == b"IMPROV\x01\x04" and packet[-1:] == b"\n"
    assert packet[8] == len(packet) - 11 and packet[9] == 3 and packet[10] == packet[8] - 2
    assert packet[11:-2] == b"\x08Obisgate\x050.1.0"
    assert packet[-2] == sum(packet[:-2]) & 0xFF
    assert improv.state_packet(2)[7:10] == b"\x01\x01\x02"
    assert improv.error_packet(3)[7:10] == b"\x02\x01\x03"


class Wifi:
    """A network that takes one password."""

    def __init__(self):
        self.connected = False
        self.stored = self.proposed = None

    def check(self, changes):
        return {} if len(changes["wifi.password"]) >= 8 else {"wifi.password": "short"}

    def propose(self, changes):
        self.proposed = changes

    async def settled(self):
        self.connected = self.proposed["wifi.password"] == "pass word"
        return self.connected

    def confirm(self):
        self.stored = self.proposed

    def roll_back(self):
        self.proposed = None

    async def scan(self):
        return [
            {"ssid": "home", "rssi": -40, "open": False},
            {"ssid": "cafe", "rssi": -70, "open": True},
        ]


class Device:
    name = "cellar"
    host_name = "obisgate-000001"


def talk(*commands) -> tuple:
    """Return (Wifi, what was answered) after some commands."""
    said = []
    waiting = list(commands)

    async def read():
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    wifi_ = Wifi()
    service = improv.Improv(wifi_, Device, lambda: "http://10.0.0.2/", read, said.append)
    raises(EOFError, asyncio.run, service.run())
    return wifi_, said


def test_a_network_is_set_up_and_the_page_told():
    wifi_, said = talk(command(improv.STATE), command(improv.WIFI, wifi(b"home", b"pass word")))
    assert wifi_.stored == {"wifi.ssid": "home", "wifi.password": "pass word"}
    assert said == [
        improv.state_packet(improv.STATE_READY),
        improv.error_packet(improv.ERROR_NONE),
        improv.state_packet(improv.STATE_PROVISIONING),
        improv.state_packet(improv.STATE_PROVISIONED),
        improv.result_packet(improv.WIFI, ("http://10.0.0.2/",)),
    ]


def test_a_network_that_does_not_take_us_is_not_kept():
    wifi_, said = talk(command(improv.WIFI, wifi(b"home", b"wrong word")))
    assert wifi_.stored is None and wifi_.proposed is None
    assert said[-2:] == [
        improv.error_packet(improv.ERROR_NO_CONNECTION),
        improv.state_packet(improv.STATE_READY),
    ]


def test_what_is_malformed_or_unknown_is_refused():
    for asked, error in (
        (command(improv.WIFI, wifi(b"home", b"short")), improv.ERROR_INVALID),
        (command(improv.WIFI, b"\x09home"), improv.ERROR_INVALID),
        (command(improv.WIFI, wifi(b"\xff\xfe", b"pass word")), improv.ERROR_INVALID),
        (command(99), improv.ERROR_UNKNOWN),
        (command(improv.HOST_NAME, b"evil"), improv.ERROR_UNKNOWN),
    ):
        wifi_, said = talk(asked)
        assert said == [improv.error_packet(error)] and wifi_.proposed is None


def test_networks_and_names_are_told():
    _, said = talk(command(improv.NETWORKS), command(improv.HOST_NAME), command(improv.NAME))
    assert said == [
        improv.result_packet(improv.NETWORKS, ("home", "-40", "YES")),
        improv.result_packet(improv.NETWORKS, ("cafe", "-70", "NO")),
        improv.result_packet(improv.NETWORKS, ()),
        improv.result_packet(improv.HOST_NAME, ("obisgate-000001",)),
        improv.result_packet(improv.NAME, ("cellar",)),
    ]
