"""Passwords, tokens, sessions, throttling, and requests from where they should not come from."""

import asyncio

from firmware.security_log import SecurityLog
from firmware.web import password
from firmware.web.auth import Auth
from firmware.web.sessions import cookie
from support import raises, temporary_folder

GOOD = "Zaehler-im-Keller"


class Clock:
    """A clock that moves when told to."""

    def __init__(self):
        self.ms = 1000

    def __call__(self) -> int:
        return self.ms

    def uptime_ms(self) -> int:
        return self.ms

    def unix(self):
        return None


class Headers:
    """Header fields by name, in any case, as the web server's."""

    def __init__(self, fields: dict):
        self._fields = {name.lower(): value for name, value in fields.items()}

    def get(self, name: str):
        return self._fields.get(name.lower())


class Request:
    def __init__(self, method="GET", source="10.0.0.5", **fields):
        self.method = method
        self.client_addr = (source, 40000)
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        fields.setdefault("Host", "10.0.0.9")
        self.headers = Headers(
            {name: value for name, value in fields.items() if value is not None}
        )


class House:
    """Auth with what it needs around it. PBKDF2 is measured by a clock that makes it quick."""

    def __init__(self, root: str):
        self.clock = Clock()
        self.log = SecurityLog(self.clock)
        self.open_to = ()
        self.auth = Auth(
            root,
            self.log,
            self.clock,
            names=lambda: ("obisgate-1a2b3c", "obisgate-1a2b3c.local"),
            first_set_up=lambda address: address in self.open_to,
        )

    def set_password(self, text: str):
        def protect(given, clock_ms):
            return real_protect(given, Ticking())

        real_protect = password.protect
        password.protect = protect
        try:
            asyncio.run(self.auth.set_password(text))
        finally:
            password.protect = real_protect

    def login(self, text: str, source="10.0.0.5"):
        return asyncio.run(self.auth.login(Request("POST", source), text))


class Ticking:
    """A clock by which every sample takes long, so that the work factor is the lowest."""

    def __init__(self):
        self.ms = 0

    def __call__(self) -> int:
        self.ms += 100000
        return self.ms


def test_passwords_that_are_easily_guessed_are_refused():
    for text, cause in (
        ("", "short"),
        ("Ab3$xyz", "short"),
        ("aaaaaaaaaaaa", "weak"),
        ("12345678", "weak"),
        ("87654321", "weak"),
        ("qwertz12", "weak"),
        ("Passwort1", "weak"),
        ("energie1", "weak"),
        ("x" * 129, "long"),
    ):
        assert str(raises(ValueError, password.check_strength, text)) == cause, text
    for text in (GOOD, "Ab3$xyz!", "vier einfache worte hier", "käsespätzle"):
        password.check_strength(text)


def test_nothing_but_public_routes_answers_before_the_first_set_up():
    with temporary_folder() as root:
        house = House(root)
        request = Request(source="192.168.4.2")
        for scope in ("setup", "read", "admin"):
            assert house.auth.check(request, scope) is not None, scope
        assert house.auth.check(request, "public") is None
        house.open_to = ("192.168.4.2",)
        assert house.auth.check(request, "setup") is None
        assert house.auth.check(request, "admin") is not None
        assert house.auth.check(Request(), "setup") is not None


def test_the_first_set_up_closes_with_the_password():
    with temporary_folder() as root:
        house = House(root)
        house.open_to = ("192.168.4.2",)
        house.set_password(GOOD)
        assert house.auth.check(Request("POST", "192.168.4.2"), "setup")[0] == 401


def test_the_password_is_kept_as_a_slow_hash_and_opens_a_session():
    with temporary_folder() as root:
        house = House(root)
        house.set_password(GOOD)
        with open(root + "/access", "rb") as file:
            assert GOOD.encode() not in file.read()
        house = House(root)
        assert house.login("Zaehler-im-Kelle")[0] == (401, "access:password-refused")
        assert house.login("x" * 100000)[0] == (401, "access:password-refused")
        refused, session = house.login(GOOD)
        assert refused is None
        sent = "theme=dark; " + cookie(session, True).split(";")[0]
        for part in ("HttpOnly", "SameSite=Strict", "Secure"):
            assert part in cookie(session, True)
        assert house.auth.check(Request(Cookie=sent), "admin") is None
        assert house.auth.check(Request("PUT", Cookie=sent), "admin")[0] == 403
        good = Request("PUT", Cookie=sent, X_CSRF_Token=session.csrf)
        assert house.auth.check(good, "admin") is None
        bad = Request("PUT", Cookie=sent, X_CSRF_Token=session.csrf[:-1] + "x")
        assert house.auth.check(bad, "admin") == (403, "access:csrf-missing")
        house.auth.logout(Request("POST", Cookie=sent))
        assert house.auth.check(Request(Cookie=sent), "read") == (401, "access:session-expired")


def test_sessions_end_by_idleness_age_number_and_a_new_password():
    with temporary_folder() as root:
        house = House(root)
        house.set_password(GOOD)

        def start():
            return Request(Cookie=cookie(house.login(GOOD)[1], False).split(";")[0])

        idle = start()
        house.clock.ms += 30 * 60 * 1000 - 1
        assert house.auth.check(idle, "read") is None
        house.clock.ms += 30 * 60 * 1000
        assert house.auth.check(idle, "read")[0] == 401
        old = start()
        for _ in range(36):
            house.clock.ms += 20 * 60 * 1000
            answer = house.auth.check(old, "read")
        assert answer[0] == 401
        sessions = []
        for _ in range(5):
            house.clock.ms += 1000
            sessions.append(start())
        assert [house.auth.check(s, "read") is None for s in sessions] == [False] + 4 * [True]
        house.set_password("noch-ein-Passwort")
        assert not any(house.auth.check(s, "read") is None for s in sessions)


def test_tokens_have_a_scope_are_stored_hashed_and_can_be_revoked():
    with temporary_folder() as root:
        house = House(root)
        reader, read = house.auth.add_token("evcc", "read")
        _, admin = house.auth.add_token("script", "admin")
        with open(root + "/access", "rb") as file:
            assert read.encode() not in file.read()
        house = House(root)
        for kind in ("Bearer", "bearer", "TOKEN"):
            request = Request(Authorization=kind + " " + read)
            assert house.auth.check(request, "read") is None
            assert house.auth.check(request, "admin") == (403, "access:admin-required")
            assert house.auth.check(Request(Authorization=kind + " " + admin), "admin") is None
        # A token needs no CSRF header: a browser never adds it by itself.
        assert house.auth.check(Request("PUT", Authorization="Bearer " + admin), "admin") is None
        for bad in ("Bearer " + read[:-1], "Bearer ", "Basic " + read, "", read):
            assert house.auth.check(Request(Authorization=bad), "read")[0] == 401, bad
        listed = house.auth.tokens()
        assert [(t["name"], t["scope"]) for t in listed] == [("evcc", "read"), ("script", "admin")]
        assert read not in str(listed) and house.auth.revoke(reader)
        assert not house.auth.revoke(reader)
        assert house.auth.check(Request(Authorization="Bearer " + read), "read")[0] == 401


def test_what_makes_no_good_token_is_refused():
    with temporary_folder() as root:
        auth = House(root).auth
        for name, scope, token, cause in (
            ("x", "root", None, "scope"),
            ("", "read", None, "name"),
            ("x" * 41, "read", None, "name"),
            ("a\nb", "read", None, "name"),
            ("x", "read", "short", "token"),
        ):
            assert str(raises(ValueError, auth.add_token, name, scope, token)) == cause
        for i in range(16):
            auth.add_token("t%d" % i, "read")
        assert str(raises(ValueError, auth.add_token, "x", "read")) == "many"


def test_requests_for_a_foreign_host_are_refused():
    with temporary_folder() as root:
        house = House(root)
        for host in (
            "10.0.0.9",
            "10.0.0.9:8443",
            "[fe80::1]:80",
            "obisgate-1a2b3c.local",
            "OBISGATE-1A2B3C",
        ):
            assert house.auth.check(Request(Host=host), "public") is None, host
        for host in ("evil.example", "10.0.0.9.evil.example", "obisgate-1a2b3c.evil.example", ""):
            refused = house.auth.check(Request(Host=host), "public")
            assert refused == (403, "access:host-refused"), host


def test_a_request_that_names_no_host_is_no_browsers():
    with temporary_folder() as root:
        house = House(root)
        assert house.auth.check(Request(Host=None), "public") is None
        assert (
            house.auth.check(Request(Host=None, Origin="http://evil.example"), "public")[0] == 403
        )
        # No host is no host, not the empty one an Origin header may amount to.
        assert house.auth.check(Request(Host=None, Origin="null"), "public") == (
            403,
            "access:origin-refused",
        )


def test_requests_from_a_foreign_origin_are_refused_whatever_their_credential():
    with temporary_folder() as root:
        house = House(root)
        _, token = house.auth.add_token("t", "admin")
        bearer = "Bearer " + token
        for origin in ("http://evil.example", "null", "http://10.0.0.9:81", "file://10.0.0.9", ""):
            request = Request(Authorization=bearer, Origin=origin)
            assert house.auth.check(request, "read") == (403, "access:origin-refused"), origin
        assert (
            house.auth.check(Request(Authorization=bearer, Origin="http://10.0.0.9"), "read")
            is None
        )
        request = Request("POST", Authorization=bearer, Sec_Fetch_Site="cross-site")
        assert house.auth.check(request, "admin") == (403, "access:origin-refused")


def test_guessing_is_slowed_down_per_source():
    with temporary_folder() as root:
        house = House(root)
        house.set_password(GOOD)
        for _ in range(4):
            assert house.login("falsch-falsch")[0][0] == 401
        # Now even the right password has to wait, so a guesser learns nothing by trying on.
        assert house.login(GOOD)[0] == (429, "access:throttled")
        assert house.auth.retry_after_s(Request()) == 2
        assert house.login(GOOD, source="10.0.0.6")[0] is None
        house.clock.ms += 2000
        assert house.login(GOOD)[0] is None


def test_a_minute_of_guessing_at_100_a_second_tries_a_handful():
    with temporary_folder() as root:
        house = House(root)
        house.set_password(GOOD)
        _, owner = house.login(GOOD, source="10.0.0.6")
        assert owner is not None
        tried = 0
        for i in range(6000):
            house.clock.ms += 10
            tried += house.login("falsch-%06d" % i, source="10.0.1.%d" % (i % 200))[0][0] == 401
        assert tried <= 34
        # The owner is known and is not locked out by it.
        assert house.login(GOOD, source="10.0.0.6")[0] is None


def test_guessing_tokens_is_slowed_down_too():
    with temporary_folder() as root:
        house = House(root)
        _, token = house.auth.add_token("t", "read")
        answers = [
            house.auth.check(Request(Authorization="Bearer guess"), "read") for _ in range(6)
        ]
        assert answers[-1] == (429, "access:throttled")
        good = Request(Authorization="Bearer " + token, source="10.0.0.6")
        assert house.auth.check(good, "read") is None


def test_damage_to_the_access_file_lets_nobody_in():
    with temporary_folder() as root:
        house = House(root)
        house.set_password(GOOD)
        _, token = house.auth.add_token("t", "admin")
        with open(root + "/access", "rb+") as file:
            file.write(b"[")
        house = House(root)
        assert not house.auth.password_set
        assert house.auth.check(Request(Authorization="Bearer " + token), "read")[0] == 401
        assert house.auth.check(Request(), "setup")[0] == 403
        assert [e["event"] for e in house.log.entries()][0] == "config-damaged"


def test_the_log_is_short_counts_repetitions_and_takes_no_free_text():
    clock = Clock()
    log = SecurityLog(clock)
    raises(ValueError, log.add, "password was hunter2")
    for i in range(100):
        log.add("login-failed", "10.0.0.%d" % (i // 2))
    entries = log.entries()
    assert len(entries) == 50 and entries[0]["count"] == 2
    for i in range(100):
        log.add("login", "10.0.1.%d" % i)
    assert len(log.entries()) == 64
