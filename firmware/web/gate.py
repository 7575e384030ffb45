"""By which door a request comes in: guests of the access point are shown to the set-up page, and plain
HTTP from the home network to HTTPS, as the owner chose.
"""

from microdot import Response

from firmware.web.auth import address, secure


def detour(context, request) -> "Response | None":
    """Return the answer that sends a request elsewhere, or None to let it in."""
    listeners = context.listeners
    if listeners is None or secure(request):
        return None
    host = request.headers.get("Host")
    if context.portal_active:
        portal, source = context.portal, address(request)
        elsewhere = portal.redirection(host, source, listeners.setting("web.port"))
        if elsewhere is not None:
            return _redirect(elsewhere, 302)
        if portal.guest(source):
            return None
    if listeners.plain_allowed:
        return None
    name = (host or "").partition(":")[0]
    if request.method in ("GET", "HEAD") and name:
        # 307: the choice may change, and a browser would keep a permanent one.
        return _redirect(listeners.url(name).rstrip("/") + request.path, 307)
    return Response(
        {"error": "http:encrypted-only", "detail": "use " + listeners.url(name or "the adapter")},
        403,
    )


def _redirect(location: str, status: int) -> Response:
    return Response("", status, {"Location": location, "Cache-Control": "no-store"})
