"""Secrets at rest: sealed on flash under a key that is not in the file system, and the meter's keys.

How they are sealed is in sealing.py.
"""

from binascii import hexlify, unhexlify

from compat import const
from crypto.steps import finish
from firmware.config import whole_file
from firmware.unload import borrow
from keys import Keys

FILE = "keys"

ACTIVE = "meter.active"
CANDIDATE = "meter.candidate"
_PROVEN = "meter.proven"

TRIAL_S = const(86400)

# Octets of a meter key: AES-128 (DLMS, OMS), a MEP key as the operator may supply it, AES-256 (DLMS
# suite 2).
LENGTHS = (16, 20, 32)


class KeyStore:
    """Sealed secrets by name, and the meter's keys.

    `meter` are the keys in force, `candidate` those on trial (or None). A new key for a meter whose
    key is known to work stays a candidate until it has opened a live telegram, so a mistyped key
    costs nothing; else it comes into force at once. `note` is "" or "lost" (the file is damaged or
    was sealed under another device key).
    """

    def __init__(self, root: str = "/", device: "bytes | None" = None):
        """Load what lies under root; device is the sealing key, by default that of NVS."""
        self._device = _sealing("device_key")() if device is None else device
        self._root = root.rstrip("/") + "/"
        self._path = self._root + FILE
        self.note = ""
        try:
            self._sealed = whole_file.load(self._path) or {}
        except ValueError:
            self._sealed = {}
            self.note = "lost"
        self._trial_ends = None
        self.meter = self._keys(ACTIVE) or _heard_anew(Keys())
        self.candidate = self._keys(CANDIDATE)

    def wrap(self, name: str, secret: bytes) -> bytes:
        """Return secret sealed under the name, for a file of the caller's own."""
        return finish(self._wrap_steps(name, secret))

    def _wrap_steps(self, name: str, secret: bytes):
        return _sealing("wrap_steps")(self._device, name, secret)

    def unwrap(self, name: str, sealed: bytes) -> bytes:
        """Return the secret that was sealed under the name; raises ValueError on any other."""
        return finish(self._unwrap_steps(name, sealed))

    def _unwrap_steps(self, name: str, sealed: bytes):
        return _sealing("unwrap_steps")(self._device, name, sealed)

    def seal(self, name: str, secret: "bytes | None"):
        """Keep secret on flash under the name; None removes it."""
        if secret is None:
            self._store({name: None})
        else:
            finish(self.seal_steps(name, secret))

    def seal_steps(self, name: str, secret: bytes):
        """Steps; keeps a long secret as `seal` does."""
        sealed = yield from self._wrap_steps(name, secret)
        self._store({name: hexlify(sealed).decode()})

    def unseal(self, name: str) -> "bytes | None":
        """Return the secret kept under the name, or None where there is none that opens."""
        return finish(self.unseal_steps(name))

    def unseal_steps(self, name: str):
        """Steps; returns a long secret as `unseal` does."""
        sealed = self._sealed.get(name)
        if sealed is None:
            return None
        try:
            return (yield from self._unwrap_steps(name, unhexlify(sealed)))
        except ValueError:
            self.note = "lost"
            return None

    def set_meter(self, unicast: "bytes | None", authentication: "bytes | None" = None) -> str:
        """Take new meter keys; returns "active", or "candidate" where the old ones stay for now.

        unicast: 16 octets (20 for MEP, 32 for AES-256) or None to forget the keys; authentication: 16
        or 32 octets or None.
        Raises ValueError on another length.
        """
        if unicast is None:
            self._forget_counters()
            self._store({ACTIVE: None, CANDIDATE: None, _PROVEN: None})
            self.meter, self.candidate = _heard_anew(Keys()), None
            return "active"
        if len(unicast) not in LENGTHS or (
            authentication is not None and len(authentication) not in (16, 32)
        ):
            raise ValueError("length")
        keys = _heard_anew(Keys(bytes(unicast), authentication and bytes(authentication)))
        changed = not _same(keys, self.meter)
        if self.proven and changed:
            self._store({CANDIDATE: self._text(CANDIDATE, keys)})
            self.candidate = keys
            self._trial_ends = None
            return "candidate"
        self._forget_counters()
        if changed:
            self._store({ACTIVE: self._text(ACTIVE, keys), CANDIDATE: None, _PROVEN: None})
        self.meter, self.candidate = keys, None
        return "active"

    @property
    def proven(self) -> bool:
        """Whether the keys in force have ever opened a telegram of this meter."""
        return self._sealed.get(_PROVEN) is True

    def opened(self, keys) -> bool:
        """Note that keys opened a live telegram; returns whether that changed the keys in force."""
        if _same(keys, self.meter):
            if not self.proven and keys.unicast is not None:
                self._store({_PROVEN: True})
            return False
        if self.candidate is None or not _same(keys, self.candidate):
            return False
        self._store({ACTIVE: self._text(ACTIVE, keys), CANDIDATE: None, _PROVEN: True})
        self.meter, self.candidate = keys, None
        return True

    def expire(self, uptime_s: int) -> bool:
        """Drop a candidate that has been on trial for TRIAL_S of uptime; returns whether it did.

        The trial starts anew when the adapter does.
        """
        if self.candidate is None:
            return False
        if self._trial_ends is None:
            self._trial_ends = uptime_s + TRIAL_S
        if uptime_s < self._trial_ends:
            return False
        self.reject()
        return True

    def reject(self):
        """Drop the candidate; the keys in force stay."""
        self._store({CANDIDATE: None})
        self.candidate = None
        self._trial_ends = None

    def _forget_counters(self):
        borrow("firmware.config.counters.forget")(self._root)

    def _keys(self, name: str):
        plain = self.unseal(name)
        if not plain:
            return None
        end = 1 + plain[0]
        return _heard_anew(Keys(plain[1:end], plain[end:] or None))

    def _text(self, name: str, keys) -> str:
        plain = bytes((len(keys.unicast),)) + keys.unicast + (keys.authentication or b"")
        return hexlify(self.wrap(name, plain)).decode()

    def _store(self, changes: dict):
        sealed = dict(self._sealed)
        sealed.update(changes)
        sealed = {name: value for name, value in sealed.items() if value is not None}
        if sealed != self._sealed:
            whole_file.save(self._path, sealed)
            self._sealed = sealed
            self.note = ""


def _sealing(name: str):
    return borrow("firmware.config.sealing." + name, "crypto.keywrap")


def _heard_anew(keys) -> Keys:
    keys.counters = {}
    return keys


def _same(left, right) -> bool:
    return left is right or (
        left.unicast == right.unicast and left.authentication == right.authentication
    )
