"""The configuration on flash: atomic, versioned, and with the last good one to fall back on."""

from binascii import hexlify, unhexlify

from firmware.config import whole_file
from firmware.unload import unload

FILE = "config"
LAST_GOOD = "config.last"


class Config:
    """Settings by key, as declared in schema.py.

    `config["mqtt.host"]` is the value in force. Secrets lie sealed in the file, together with the rest,
    so that one write changes both. `note` is "" or says what the file's damage made of it:
    "fell-back" (the last good configuration is in force) or "reset" (defaults are).
    """

    def __init__(self, root: str = "/", keystore=None):
        """Load what lies under root; keystore (keys.KeyStore) seals the secrets."""
        self._path = root.rstrip("/") + "/" + FILE
        self._last = root.rstrip("/") + "/" + LAST_GOOD
        self._keystore = keystore
        self._values = {}
        self._listeners = []
        self.note = ""
        # Of the table only this stays in RAM; the rest is needed for changes only.
        from firmware.config import schema

        self._version = schema.VERSION
        self._defaults = {row.key: row.default for row in schema.TABLE}
        self._secrets = tuple([row.key for row in schema.TABLE if row.secret])
        self._load(schema)
        self._lost = self._unopened()
        unload("firmware.config.schema")

    def _load(self, schema):
        damaged = False
        for path in (self._path, self._last):
            try:
                stored = whole_file.load(path)
                if stored is None:
                    continue
                self._values = schema.migrate(stored["values"], stored["version"])
            except (ValueError, KeyError, TypeError):
                damaged = True
                continue
            self.note = "fell-back" if damaged else ""
            return
        if damaged:
            self.note = "reset"

    def _unopened(self) -> list:
        """Secrets that lie in the file but were sealed under another device key."""
        return [key for key in self._secrets if key in self._values and not self._unsealed(key)]

    def __getitem__(self, key: str):
        default = self._defaults[key]
        if key not in self._values:
            return default
        if key in self._secrets:
            return self._unsealed(key)
        return self._values[key]

    def _unsealed(self, key: str) -> str:
        try:
            return self._keystore.unwrap(key, unhexlify(self._values[key])).decode()
        except ValueError:
            return ""

    def check(self, changes: dict) -> dict:
        """Return what is wrong with changes: `{key: cause}`, empty where all is well."""
        from firmware.config import schema

        errors = {}
        for key, value in changes.items():
            try:
                schema.check(key, value)
            except ValueError as error:
                errors[key] = str(error)
        unload("firmware.config.schema")
        return errors

    def update(self, changes: dict) -> dict:
        """Check and store changes, all or none of them; return `{key: cause}` of what is wrong.

        A secret of `True` stays as it is, as read back by `public`. Raises OSError on a full flash.
        """
        changes = {
            key: value
            for key, value in changes.items()
            if not (value is True and key in self._secrets)
        }
        errors = self.check(changes)
        if errors:
            return errors
        values = dict(self._values)
        for key, value in changes.items():
            if value == self._defaults[key]:
                values.pop(key, None)
            elif key in self._secrets:
                values[key] = hexlify(self._keystore.wrap(key, value.encode())).decode()
            else:
                values[key] = value
        self._store(values)
        self._lost = [key for key in self._lost if key not in changes]
        for listener in self._listeners:
            listener(changes)
        return {}

    def _store(self, values: dict):
        # A damaged file must not push the last good one out.
        keep = self._last if self.note == "" else None
        whole_file.save(self._path, {"version": self._version, "values": values}, keep)
        self._values = values
        self.note = ""

    def on_change(self, listener):
        """Call listener(changes) after every update; a secret's value is among them."""
        self._listeners.append(listener)

    def public(self) -> dict:
        """Return every setting by key; a secret as `True` (set, and it can be opened) or `False`."""
        return {
            key: key in self._values and key not in self._lost
            if key in self._secrets
            else self[key]
            for key in self._defaults
        }
