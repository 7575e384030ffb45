"""Every route × every kind of credential, made from the route table, so that no new one is forgotten."""

import asyncio
import json

import httpx
import pytest
from system.harness import Adapter

from firmware.web import routes

# Credential: which scopes it opens.
OPENS = {
    "nothing": {"public"},
    "garbage": {"public"},
    "read token": {"public", "read"},
    "admin token": {"public", "read", "admin", "setup"},
    "session": {"public", "read", "admin", "setup"},
    "expired session": {"public"},
}
# What an opened route may answer to a request without arguments, a body or a meter.
FUNCTIONING = {200, 201, 202, 302, 301, 400, 404, 409, 422, 503, 304, 403}
# Would end the house under test, or the session: they have tests of their own.
LEFT_OUT = {
    ("POST", "/api/v1/factory-reset"),
    ("POST", "/api/v1/reboot"),
    ("DELETE", "/api/v1/session"),
}


def paths() -> list:
    """Return (method, path to ask, scope) of every route and alias."""
    found = []
    for row in routes.rows():
        for path in (row.path, *row.aliases):
            path = (
                path.replace("{code}", "1-0:1.7.0")
                .replace("{name}", "x")
                .replace("{identity}", "0")
            )
            found.append((row.method, path, row.scope))
    return found


def test_the_table_names_a_scope_for_every_route():
    assert len(paths()) > 30
    assert {scope for _, _, scope in paths()} <= {"public", "setup", "read", "admin"}
    # Nothing that changes anything is open, but the login.
    changing = {
        (m, p) for m, p, scope in paths() if m not in ("GET", "HEAD") and scope == "public"
    }
    assert changing == {("POST", "/api/v1/session")}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """An adapter that is set up, without a meter, and headers for each credential."""
    loop = asyncio.new_event_loop()
    adapter = Adapter(tmp_path_factory.mktemp("house"), broker=None)
    loop.run_until_complete(adapter.start())

    async def credentials():
        await adapter.wait_web()
        async with httpx.AsyncClient(base_url=adapter.url, timeout=90) as client:
            admin = {"Authorization": "Bearer " + adapter.token}
            made = await client.post(
                "/api/v1/tokens", json={"name": "r", "scope": "read"}, headers=admin
            )
            session = await client.post(
                "/api/v1/session", json={"password": adapter.admin_password}
            )
            assert session.status_code == 200, session.text
            return {
                "nothing": {},
                "garbage": {"Authorization": "Basic Zm9vOmJhcg=="},
                "read token": {"Authorization": "TOKEN " + made.json()["token"]},
                "admin token": admin,
                "session": {
                    "Cookie": session.headers["Set-Cookie"].split(";")[0],
                    "X-CSRF-Token": session.json()["csrf"],
                },
                "expired session": {"Cookie": "obisgate=" + "0" * 32, "X-CSRF-Token": "0" * 32},
            }

    headers = loop.run_until_complete(credentials())

    def ask(method: str, path: str, **fields) -> httpx.Response:
        async def send():
            async with (
                httpx.AsyncClient(base_url=adapter.url, timeout=90) as client,
                client.stream(method, path, headers=fields) as answer,
            ):
                # An event stream has no end.
                if "event-stream" not in answer.headers.get("Content-Type", ""):
                    await answer.aread()
                return answer

        return loop.run_until_complete(send())

    yield ask, headers
    loop.run_until_complete(adapter.stop())
    loop.close()


@pytest.mark.parametrize("credential", OPENS)
def test_each_credential_opens_its_routes_and_no_other(house, credential):
    ask, headers = house
    for method, path, scope in paths():
        if (method, path) in LEFT_OUT and scope in OPENS[credential]:
            continue
        answer = ask(method, path, **headers[credential])
        place = (credential, method, path, answer.status_code)
        if scope in OPENS[credential]:
            assert answer.status_code in FUNCTIONING, place
            if answer.status_code == 403:
                assert "channel" in answer.json()["error"], place
        elif credential == "read token":
            assert answer.status_code == 403, place
            assert answer.json()["error"] == "access:admin-required", place
        else:
            assert answer.status_code == 401, place
            assert answer.headers["WWW-Authenticate"], place


@pytest.mark.parametrize("field, error", [("Origin", "origin"), ("Host", "host")])
def test_a_foreign_origin_or_host_gets_nothing_from_any_route(house, field, error):
    ask, headers = house
    values = {"Origin": "http://evil.example", "Host": "evil.example"}
    for method, path, _ in paths():
        for credential in ("nothing", "admin token", "session"):
            answer = ask(method, path, **dict(headers[credential], **{field: values[field]}))
            assert answer.status_code == 403, (method, path, credential)
            assert answer.json()["error"] == "access:%s-refused" % error, (method, path)


def test_a_session_alone_changes_nothing(house):
    ask, headers = house
    for method, path, scope in paths():
        if method in ("GET", "HEAD") or scope == "public":
            continue
        answer = ask(method, path, Cookie=headers["session"]["Cookie"])
        assert (answer.status_code, answer.json()["error"]) == (403, "access:csrf-missing"), path


def test_answers_forbid_what_a_browser_need_not_do(house):
    ask, headers = house
    for method, path, scope in paths():
        if method != "GET" or scope != "public":
            continue
        answer = ask(method, path)
        assert answer.headers.get("X-Content-Type-Options") == "nosniff", path
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy, path
            assert "frame-ancestors 'none'" in policy


def test_no_get_changes_anything(house):
    ask, headers = house
    before = json.loads(ask("GET", "/api/v1/config", **headers["admin token"]).content)
    for method, path, _ in paths():
        if method == "GET":
            ask(method, path, **headers["admin token"])
    assert json.loads(ask("GET", "/api/v1/config", **headers["admin token"]).content) == before
