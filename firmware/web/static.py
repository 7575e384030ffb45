"""The page's files: stored compressed, told apart by entity tags (RFC 9110, 8.8.3)."""

import json

from microdot import Response, redirect

from firmware.web.routes import Problem

_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def _index(server) -> dict:
    """Return {name: [entity tag, media type, "immutable" or "revalidate"]}, as tools/page.py wrote it.

    Empty where the page was not built. Key "" holds [id of the whole page].
    """
    try:
        with open(server.page_folder + "index.json") as file:
            return json.load(file)
    except OSError:
        return {}


def page_id(server) -> str:
    """Return the id of this firmware's page: an open page with another one reloads itself (R7.7)."""
    return _index(server).get("", [""])[0]


def page(server, request):
    """Answer the live page, or the portal's while the adapter is not set up."""
    return _send(server, request, getattr(server.context, "start_page", None) or "index.html")


def setup(server, request):
    """Answer the page of the set-up, which is the page of the settings too."""
    return _send(server, request, "setup.html")


def file(server, request, name: "str | None" = None):
    """Answer one of the page's files by its name."""
    return _send(server, request, name or request.path[1:])


def document(server, request):
    """Answer a fixed JSON document, as text for those who do not take gzip."""
    name = request.path.rpartition("/")[2]
    return _send(server, request, name if name.endswith(".json") else name + ".json")


def _send(server, request, name: str) -> Response:
    entry = _index(server).get(name) if name else None
    if entry is None:
        raise Problem(404, "http:not-found", "no such file of the page")
    tag, media_type, caching = entry
    headers = {
        "ETag": '"%s"' % tag,
        "Vary": "Accept-Encoding",
        "Cache-Control": "max-age=31536000, immutable" if caching == "immutable" else "no-cache",
    }
    if tag in request.headers.get("If-None-Match", ""):
        return Response(b"", 304, headers)
    headers["Content-Type"] = media_type
    if media_type.startswith("text/html"):
        headers["Content-Security-Policy"] = _SECURITY
        headers["X-Frame-Options"] = "DENY"
    stored = open(server.page_folder + name + ".gz", "rb")
    if caching == "document" and "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(_inflated(stored), 200, headers)
    # Only the compressed form is stored: whatever asks for a page can read gzip.
    headers["Content-Encoding"] = "gzip"
    return Response(stored, 200, headers)


def _inflated(stored):
    """Return a stream of what a gzip file holds; tools/page.py gives documents a window of 1 KiB."""
    try:
        import deflate
    except ImportError:
        import gzip

        return gzip.GzipFile(fileobj=stored)
    return deflate.DeflateIO(stored, deflate.GZIP, 10, True)


def security_txt(server, request):
    """Answer where to report vulnerabilities (RFC 9116), where whoever built the firmware said so."""
    if request.path == "/security.txt":
        return redirect("/.well-known/security.txt", 301)
    try:
        with open(server.page_folder + "security.txt", "rb") as file:
            text = file.read()
    except OSError:
        raise Problem(404, "http:not-found", "no contact was named when this firmware was built")
    return Response(text, 200, {"Content-Type": "text/plain; charset=utf-8"})
