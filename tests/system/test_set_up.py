"""The set-up over the adapter's own access point: what it allows, tries, takes back and forgets."""

import asyncio
import socket

from system.owner import NETWORKS, PASSWORD, Fresh, Owner

from tools.broker import free_port

PROBES = (
    ("connectivitycheck.gstatic.com", "/generate_204"),
    ("captive.apple.com", "/hotspot-detect.html"),
    ("www.msftconnecttest.com", "/connecttest.txt"),
    ("nmcheck.gnome.org", "/check_network_status.txt"),
    ("detectportal.firefox.com", "/canonical.html"),
)


async def test_every_system_is_led_to_the_page(tmp_path):
    async with Fresh(tmp_path, broker=None) as adapter, Owner(adapter) as owner:
        await owner.wait()
        for host, path in PROBES:
            answer = await owner.ask("GET", path, headers={"Host": host})
            assert (answer.status_code, answer.headers["Location"]) == (302, adapter.url + "/"), (
                host
            )
        page = await owner.ask("GET", "/")
        assert page.status_code == 200 and b"setup" in page.content


async def test_every_name_is_answered_with_the_adapter(tmp_path):
    adapter = Fresh(tmp_path, broker=None)
    port = free_port()
    async with adapter, Owner(adapter) as owner:
        adapter.board.dns_port = port
        await adapter.board.power_cycle()
        await owner.wait()
        query = b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07captive\x05apple\x03com\x00\x00\x01\x00\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)
            await asyncio.get_running_loop().sock_sendto(client, query, ("127.0.0.1", port))
            answer = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 512), 5)
    assert answer[:2] == b"\x00\x07" and answer[-4:] == bytes((127, 0, 0, 1))


async def test_nothing_else_answers_before_there_is_a_password(tmp_path):
    async with Fresh(tmp_path, broker=None) as adapter, Owner(adapter) as owner:
        await owner.wait()
        for path in ("config", "network", "key", "tokens", "log", "status", "measurement"):
            assert (await owner.ask("GET", "/api/v1/" + path)).status_code == 401, path
        for weak in ("", "kurz", "12345678", "passwort1"):
            answer = await owner.ask("PUT", "/api/v1/password", {"password": weak})
            assert answer.status_code == 422, weak
        await owner.set_password()
        assert (await owner.ask("GET", "/api/v1/config")).status_code == 200
        # The door is closed behind the owner: who comes next needs the password.
        async with Owner(adapter) as stranger:
            answer = await stranger.ask(
                "PUT", "/api/v1/password", {"password": "ein-anderes-Wort"}
            )
            assert answer.status_code == 401


async def test_a_network_is_tried_first_and_a_wrong_password_changes_nothing(tmp_path):
    async with Fresh(tmp_path, broker=None) as adapter, Owner(adapter) as owner:
        await owner.wait()
        await owner.set_password()
        names = [n["ssid"] for n in (await owner.ask("GET", "/api/v1/network/scan")).json()]
        assert sorted(names) == sorted(NETWORKS)
        wrong = {"wifi.ssid": "Zuhause", "wifi.password": "falsch-falsch"}
        assert (await owner.ask("PUT", "/api/v1/config", wrong)).json()["confirm_within_s"] == 120

        async def taken_back():
            network = (await owner.ask("GET", "/api/v1/network")).json()
            return network if network["confirm_within_s"] is None else None

        network = await adapter.wait_until(taken_back)
        assert network["error"] == "wrong-password"
        assert (await owner.ask("GET", "/api/v1/config")).json()["wifi.ssid"] == ""
        assert (await owner.ask("POST", "/api/v1/network/confirm")).status_code == 409
        await owner.join()
        assert (await owner.ask("GET", "/api/v1/config")).json()["wifi.ssid"] == "Zuhause"


async def test_a_network_that_nobody_confirms_is_gone_after_a_restart(tmp_path):
    async with Fresh(tmp_path, broker=None) as adapter, Owner(adapter) as owner:
        await owner.wait()
        await owner.set_password()
        await owner.join()
        other = {"wifi.ssid": "Nachbar", "wifi.password": NETWORKS["Nachbar"]}
        await owner.ask("PUT", "/api/v1/config", other)

        async def moved():
            network = (await owner.ask("GET", "/api/v1/network")).json()
            return network["ssid"] == "Nachbar" and network["state"] == "connected"

        await adapter.wait_until(moved)
        await adapter.board.power_cycle()
        await adapter.wait_web()
        await owner.log_in()
        assert (await owner.ask("GET", "/api/v1/network")).json()["ssid"] == "Zuhause"


async def test_the_broker_is_tried_with_what_is_typed(tmp_path):
    async with Fresh(tmp_path) as adapter, Owner(adapter) as owner:
        await owner.wait()
        await owner.set_password()
        for changes, result in (
            ({"mqtt.port": adapter.broker.port, "mqtt.tls": "off"}, "ok"),
            ({"mqtt.port": free_port(), "mqtt.tls": "off"}, "mqtt:no-answer"),
            ({"mqtt.port": adapter.broker.port, "mqtt.tls": "verify"}, "tls:authority-required"),
            ({"mqtt.port": adapter.broker.port, "mqtt.tls": "psk"}, "tls:psk-required"),
        ):
            body = dict(changes, **{"mqtt.host": "127.0.0.1"})
            answer = await owner.ask("POST", "/api/v1/mqtt/test", body)
            assert answer.json() == {"result": result}, changes
        assert (await owner.ask("GET", "/api/v1/config")).json()["mqtt.host"] == ""


async def test_wrong_settings_are_refused_as_a_whole_with_their_cause(tmp_path):
    async with Fresh(tmp_path, broker=None) as adapter, Owner(adapter) as owner:
        await owner.wait()
        await owner.set_password()
        body = {"mqtt.port": 0, "mqtt.host": "broker.lan", "wifi.password": "s3cret"}
        answer = await owner.ask("PUT", "/api/v1/config", body)
        assert answer.status_code == 422 and answer.json()["error"] == "config:invalid"
        assert "mqtt.port" in answer.json()["detail"] and "s3cret" not in answer.text
        assert (await owner.ask("GET", "/api/v1/config")).json()["mqtt.host"] == ""
        for body in (b"", b"[]", b"{", b"\xff", b'{"a":' * 500):
            answer = await owner.http.put("/api/v1/config", content=body)
            assert answer.status_code == 400, body[:20]


async def test_guessing_gets_nowhere_and_is_logged(tmp_path):
    async with Fresh(tmp_path, broker=None) as adapter, Owner(adapter) as owner:
        await owner.wait()
        await owner.set_password()
        answers = []
        async with Owner(adapter) as guesser:
            for burst in range(20):
                guesses = [
                    guesser.ask(
                        "POST", "/api/v1/session", {"password": "falsch-%d-%d" % (burst, i)}
                    )
                    for i in range(4)
                ]
                answers += [answer.status_code for answer in await asyncio.gather(*guesses)]
        assert set(answers) <= {401, 429}
        # Three are free, then each has to wait twice as long as the one before.
        assert answers.count(401) <= 8
        log = (await owner.ask("GET", "/api/v1/log")).json()
        assert {"login-failed", "login-throttled"} <= {entry["event"] for entry in log}


async def test_the_password_is_changed_by_who_knows_it(tmp_path):
    async with Fresh(tmp_path, broker=None) as adapter, Owner(adapter) as owner:
        await owner.wait()
        await owner.set_password()
        new = {"password": "Licht-im-Keller-3"}
        assert (await owner.ask("PUT", "/api/v1/password", new)).status_code == 400
        wrong = dict(new, current="geraten-geraten")
        assert (await owner.ask("PUT", "/api/v1/password", wrong)).status_code == 401
        right = dict(new, current=PASSWORD)
        assert (await owner.ask("PUT", "/api/v1/password", right)).status_code == 200
        async with Owner(adapter) as again:
            await again.log_in("Licht-im-Keller-3")
