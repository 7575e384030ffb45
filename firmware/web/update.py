"""Updates over HTTP: state, upload (whole or in pieces), fetching, restart."""

from compat import const
from firmware.web.routes import Problem

_CHUNK = const(512)
_DIGITS = "0123456789"
_WHY = {
    "abandoned": "another upload took its place",
    "damaged": "a file is not what the signed list says",
    "image": "the MicroPython in it is none that this chip starts",
    "incomplete": "the bundle lacks what every firmware has",
    "manifest": "the signed list is malformed",
    "micropython-mpy": "made for another MicroPython",
    "micropython-too-old": "needs a newer MicroPython; flash it over USB",
    "no-release-key": "this build knows no release key",
    "no-space": "the flash is full",
    "not-a-bundle": "not a bundle of this firmware",
    "older-version": "older than the running version; ?downgrade=1 insists",
    "on-trial": "the running version is still on trial; wait a few minutes",
    "path": "a file's path leads out of the slot",
    "signature": "the signature is wrong",
    "size": "the sizes do not add up",
    "unknown-key": "signed with a key that this firmware does not know",
    "wrong-board": "not made for this board",
}


def state(server, request):
    """Answer how the update stands."""
    return server.context.updater.snapshot()


async def receive(server, request):
    """Take a bundle, or a piece of one (Content-Range), and restart on trial when it is whole.

    `?downgrade=1` accepts an older version, `?restart=0` leaves the restart to POST /api/v1/reboot,
    `?from=url` fetches the bundle from the configured address.
    """
    from firmware.update import bundle

    updater = server.context.updater
    if updater.busy:
        raise Problem(409, "update:busy", "another update is being taken")
    updater.busy = True
    try:
        if request.args.get("from") == "url":
            await _fetch(server, request, updater)
            whole = True
        else:
            whole = await _upload(request, updater)
        if whole:
            updater.arm()
    except bundle.Refused as refused:
        cause = str(refused)
        raise Problem(422, "update:" + cause, _WHY.get(cause, ""))
    finally:
        updater.busy = False
    if whole and request.args.get("restart") != "0":
        updater.restart()
    return updater.snapshot(), 202


async def _upload(request, updater) -> bool:
    length = request.content_length
    if not length:
        raise Problem(400, "update:empty", "the bundle is expected as the body")
    start, size = _range(request.headers.get("Content-Range"), length)
    if start == 0:
        updater.begin(size, request.args.get("downgrade") == "1")
    elif start != updater.offset(size):
        raise Problem(
            409, "update:offset", "go on at the octet that `received` of GET /api/v1/update tells"
        )
    stream = request.stream
    whole = False
    try:
        while length > 0:
            data = await stream.read(min(length, _CHUNK))
            if not data:
                break
            length -= len(data)
            whole = await updater.feed(data)
    except (EOFError, OSError):
        # The client is gone; it may come again and go on.
        raise Problem(400, "update:interrupted", "go on with Content-Range")
    return whole


def _range(header: "str | None", length: int) -> tuple:
    """Return (first octet, size of the whole) of `bytes FIRST-LAST/SIZE` (RFC 9110, 14.4)."""
    if header is None:
        return 0, length
    unit, _, rest = header.strip().partition(" ")
    span, _, size = rest.partition("/")
    first, _, last = span.partition("-")
    for number in (first, last, size):
        if not 0 < len(number) < 9 or not all(c in _DIGITS for c in number):
            raise Problem(400, "update:range", "Content-Range: bytes FIRST-LAST/SIZE is expected")
    begin, end, whole = int(first), int(last), int(size)
    if unit != "bytes" or end - begin + 1 != length or end >= whole:
        raise Problem(400, "update:range", "the range does not fit the body")
    return begin, whole


async def _fetch(server, request, updater):
    from firmware.update import pull

    try:
        await pull.fetch(server.context, updater, request.args.get("downgrade") == "1")
    except ValueError as cause:
        raise Problem(422, "update:" + str(cause), "the bundle could not be fetched")


def reboot(server, request):
    """Restart the adapter."""
    server.context.updater.restart()
    return {}, 202
