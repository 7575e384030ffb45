"""Setting the adapter up and changing its settings: configuration, network, meter key, MQTT."""

import asyncio
import json

from microdot import Response

from compat import const
from firmware import clock
from firmware.config import schema
from firmware.unload import unload
from firmware.web.access import body, private
from firmware.web.routes import Problem

_VERDICT_MS = const(12000)
_POLL_MS = const(200)
_KEY_DROPS = ("key-wrong", "key-swapped", "tag")
_ACCESS = ("web.mode", "web.port", "web.https_port", "web.hosts")
_MQTT_TEST_MS = const(8000)


def config(server, request):
    """Answer every setting, secrets as true or false; with `?schema=1` what they are."""
    if request.args.get("schema") == "1":
        # In pieces: whole, it would need 12 kB at once.
        return Response(_schema(), 200, {"Content-Type": "application/json; charset=utf-8"})
    return server.context.config.public()


def _schema():
    separator = "["
    for row in schema.describe():
        yield separator + json.dumps(row)
        separator = ","
    yield "]"
    # Its texts are needed for the form only.
    unload("firmware.config.help")


async def set_config(server, request):
    """Change settings, all or none. Those that could lock the owner out are on trial until confirmed."""
    context = server.context
    changes = await body(request)
    wrong = context.config.check(_without_kept_secrets(changes))
    if wrong:
        raise Problem(422, "config:invalid", _sentence(wrong))
    network = {key: value for key, value in changes.items() if _on_trial(context.wifi, key, value)}
    network = _without_kept_secrets(network)
    rest = {key: value for key, value in changes.items() if key not in network}
    try:
        context.config.update(rest)
    except OSError:
        raise Problem(507, "config:full", "the flash is full")
    if network:
        context.wifi.propose(network)
    context.log.add("config-changed")
    return {"confirm_within_s": context.wifi.confirm_s if network else None}


def _on_trial(wifi, key: str, value) -> bool:
    """Tell whether a change is tried first: the way into the network, and to the page."""
    if key in _ACCESS:
        return wifi.setting(key) != value or wifi.on_trial(key)
    return key.startswith("wifi.")


def _without_kept_secrets(changes: dict) -> dict:
    """Leave out secrets that came back as `true`: they stay as they are."""
    return {
        key: value
        for key, value in changes.items()
        if not (value is True and key in schema.ROWS and schema.ROWS[key].secret)
    }


def _sentence(wrong: dict) -> str:
    """Name what is wrong; never what the sender made up, since that may be a secret in the wrong place."""
    known = ["%s: %s" % (key, wrong[key]) for key in sorted(wrong) if key in schema.ROWS]
    return "; ".join(known or ["a setting that does not exist"])


def network(server, request):
    """Answer the state of the station."""
    return server.context.wifi.snapshot()


async def networks(server, request):
    """Answer the networks in reach."""
    return await server.context.wifi.scan()


def confirm_network(server, request):
    """Keep the settings on trial: the page that asks for it has reached the adapter."""
    wifi = server.context.wifi
    if wifi.on_trial("web.") and not server.context.listeners.settled:
        raise Problem(409, "network:not-applied", "the ports on trial are not open yet")
    if wifi.on_trial("wifi.") and not wifi.connected:
        raise Problem(409, "network:not-connected", "the adapter is not connected: " + wifi.error)
    if not wifi.confirm():
        raise Problem(409, "network:nothing-on-trial", "nothing is on trial, or the time is over")
    return {}


def profiles(server, request):
    """Answer the operators and meters known, and how each one's key looks and its meter is wired."""
    return Response(_profiles(), 200, {"Content-Type": "application/json; charset=utf-8"})


def _profiles():
    from firmware.meter import profile_texts
    from firmware.meter import profiles as table

    separator = '{"profiles":['
    for row in table.TABLE:
        yield separator + json.dumps(
            {
                "id": row.id,
                "operator": row.operator,
                "meters": row.meters,
                "interface": row.interface,
                "keys": row.keys,
                "key_form": row.key_form,
            }
        )
        separator = ","
    yield '],"key_forms":%s,' % json.dumps(profile_texts.KEY_FORMS)
    yield '"wiring":%s}' % json.dumps(profile_texts.WIRING)
    # The texts are needed for the form only.
    unload("firmware.meter.profile_texts")


async def key(server, request):
    """Answer which keys are set, whether they work, and how to seal a new one for this adapter."""
    from firmware.config import key_exchange

    context = server.context
    pair = await key_exchange.own_pair(context.keystore)
    answer = _key_state(context)
    answer["exchange"] = key_exchange.describe(pair[1])
    return answer


def _key_state(context) -> dict:
    keystore = context.keystore
    return {
        "set": keystore.meter.unicast is not None,
        "auth_key": keystore.meter.authentication is not None,
        "proven": keystore.proven,
        "candidate": keystore.candidate is not None,
        "state": context.status.state,
        "cause": context.status.cause,
    }


async def set_key(server, request):
    """Take a new meter key and say whether the live telegram opens with it."""
    from firmware.config import key_exchange
    from firmware.config.key_exchange import KeyRefused

    context = server.context
    given = await body(request)
    keystore = context.keystore
    try:
        pair = await key_exchange.own_pair(keystore) if "sealed" in given else None
        keys = await _run(
            key_exchange.open_key_steps(given, keystore.meter, pair, private(server, request))
        )
    except KeyRefused as refused:
        context.log.add("key-refused")
        raise Problem(refused.status, refused.error, refused.detail)
    telegrams, dropped = context.meter.telegrams, context.meter.snapshot()["dropped"]
    keystore.set_meter(keys.unicast, keys.authentication)
    context.log.add("key-set")
    context.meter.restart()
    answer = _key_state(context)
    answer["result"] = await _verdict(context, telegrams, dropped)
    answer.update(_key_state(context))
    return answer


def forget_key(server, request):
    """Forget the meter's keys."""
    server.context.keystore.set_meter(None)
    server.context.log.add("key-set")
    server.context.meter.restart()
    return {}


async def _run(generator):
    from firmware import steps

    return await steps.run(generator)


async def _verdict(context, telegrams: int, dropped: dict) -> str:
    """Return "ok", "wrong", or "waiting" where no telegram came in time to tell."""
    meter = context.meter
    on_trial = context.keystore.candidate is not None
    deadline = clock.uptime_ms() + _VERDICT_MS
    while clock.uptime_ms() < deadline:
        await asyncio.sleep_ms(_POLL_MS)
        if on_trial:
            if context.keystore.candidate is None:
                return "ok"
            if meter.trial_refused():
                return "wrong"
        elif meter.telegrams > telegrams:
            return "ok"
        else:
            now = meter.snapshot()["dropped"]
            if any(now.get(kind, 0) > dropped.get(kind, 0) for kind in _KEY_DROPS):
                return "wrong"
    return "waiting"


class _Proposed:
    """The configuration as it would be with changes."""

    def __init__(self, stored, changes: dict):
        self._stored = stored
        self._changes = changes

    def __getitem__(self, name: str):
        return self._changes[name] if name in self._changes else self._stored[name]


async def test_mqtt(server, request):
    """Try a broker with the settings given, and those in force for the rest; nothing is stored."""
    context = server.context
    changes = _without_kept_secrets(await body(request))
    wrong = context.config.check(changes)
    if wrong:
        raise Problem(422, "config:invalid", _sentence(wrong))
    settings = _Proposed(context.config, changes)
    if not settings["mqtt.host"]:
        raise Problem(422, "config:invalid", "mqtt.host: a broker is expected")
    return {"result": await _try_broker(settings, context.device)}


async def _try_broker(settings, device) -> str:
    """Return "ok" or the cause why the broker does not take us."""
    from firmware.net import resolver, tls
    from firmware.net.mqtt_client import MQTTClient, MQTTException

    try:
        context, name = tls.mqtt(settings)
        try:
            found = await resolver.resolve(settings["mqtt.host"], device.dns_server())
        except OSError:
            return "mqtt:host-not-found"

        async def open_stream():
            if context is None:
                return await asyncio.open_connection(found, settings["mqtt.port"])
            return await asyncio.open_connection(
                found, settings["mqtt.port"], ssl=context, server_hostname=name
            )

        user = settings["mqtt.user"]
        client = MQTTClient(
            ("obisgate-%s-test" % device.id).encode(),
            settings["mqtt.host"],
            open_stream,
            timeout_ms=_MQTT_TEST_MS,
            user=user.encode() if user else None,
            password=settings["mqtt.password"].encode() if user else None,
            keepalive=settings["mqtt.keepalive"],
        )
        try:
            await client.connect()
            await client.disconnect()
        finally:
            await client.close()
    except MQTTException as error:
        refused = error.args and error.args[0] in (4, 5)
        return "mqtt:login-refused" if refused else "mqtt:refused"
    except (asyncio.TimeoutError, EOFError):
        return "mqtt:no-answer"
    except (OSError, ValueError) as error:
        return tls.cause(error) or "mqtt:no-answer"
    return "ok"


def finish(server, request):
    """End the set-up: answer where the adapter is found from now on, and close the access point."""
    context = server.context
    if context.portal_active:
        context.portal.finish()
    return places(context)


def places(context) -> dict:
    """Return where the adapter is found: addresses of the page, MQTT topic, certificate fingerprint."""
    names = [context.device.host_name + ".local", context.device.address()]
    return {
        "urls": [context.listeners.url(name) for name in names if name],
        "fingerprint": context.listeners.fingerprint,
        "topic": context.mqtt.base if context.config["mqtt.host"] else None,
    }
