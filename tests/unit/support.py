"""What unit tests need on both runtimes."""

import json
import os
import sys

MICROPYTHON = sys.implementation.name == "micropython"
ROOT = __file__.rsplit("/tests/", 1)[0] if "/tests/" in __file__ else "."


class Skipped(Exception):
    """A test that cannot run here; on CPython pytest's own skip is raised instead."""


def skip(reason: str):
    """End the running test as skipped."""
    if MICROPYTHON:
        raise Skipped(reason)
    import pytest

    pytest.skip(reason, allow_module_level=True)


def raises(kind, function, *arguments, **named):
    """Call function and return the exception of the given kind that it must raise."""
    try:
        function(*arguments, **named)
    except kind as error:
        return error
    raise AssertionError("%s not raised" % kind)


def unhex(text: str) -> bytes:
    """Return the octets of hex text; blanks are ignored."""
    return bytes.fromhex("".join(text.split()))


def telegrams(name: str) -> list:
    """Return the entries of a file of recorded telegrams, or skip where the folder is absent."""
    try:
        with open(ROOT + "/../shared/telegrams/" + name + ".json") as file:
            return json.load(file)
    except OSError:
        skip("no recorded telegrams beside the checkout")


class temporary_folder:
    """A folder that exists inside a `with`; its path is the `with`'s value."""

    def __enter__(self) -> str:
        self._path = "/tmp/obisgate-" + "".join(["%02x" % octet for octet in os.urandom(8)])
        os.mkdir(self._path)
        return self._path

    def __exit__(self, *error):
        for name in os.listdir(self._path):
            os.remove(self._path + "/" + name)
        os.rmdir(self._path)
