"""What a request lacked that was refused, for who wrote it."""

_DETAILS = {
    "access:credential-required": "send Authorization: Bearer TOKEN, or log in on the page",
    "access:token-refused": "this token is not known to the adapter",
    "access:admin-required": "this needs a token of scope admin, or the page's login",
    "access:session-expired": "log in again",
    "access:throttled": "too many failed attempts; wait",
    "access:set-up-first": "the adapter is not set up; join its own access point",
    "access:host-refused": "the adapter is not called by this name; see the setting web.hosts",
    "access:origin-refused": "the request comes from another site",
    "access:csrf-missing": "the page's own header is missing",
}


def detail(error: str) -> str:
    """Return the detail to an error of auth.Auth.check, "" where there is nothing to add."""
    return _DETAILS.get(error, "")
