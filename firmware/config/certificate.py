"""The adapter's own certificate for HTTPS: made on the device, once, its key sealed at rest."""

import os
from collections import namedtuple

from crypto.fingerprint import fingerprint
from firmware import steps

_NAME = "tls.identity"
# The clock is seldom known at first set-up, so the time of validity begins before any adapter's; and
# before 1 July 2019, since Apple's systems take no later server certificate for over 825 days.
_NOT_BEFORE = (2019, 6, 1, 0, 0, 0)

# certificate and key: DER octets as TLS loads them; fingerprint: SHA-256, as browsers show it.
Identity = namedtuple("Identity", ("certificate", "key", "fingerprint"))


async def load(keystore) -> "Identity | None":
    """Return the identity kept in `keystore` (config.keys.KeyStore), or None where there is none."""
    kept = await steps.run(keystore.unseal_steps(_NAME))
    # Both are DER sequences; the key's is short enough for a single octet of length.
    if not kept or len(kept) < 4 or kept[0] != 0x30 or len(kept) <= 2 + kept[1]:
        return None
    end = 2 + kept[1]
    key, encoded = kept[:end], kept[end:]
    return Identity(encoded, key, fingerprint(encoded))


async def make(keystore, names, addresses) -> Identity:
    """Make a new key and a certificate for it, seal both in one write, and return them.

    `names`: host names, the first of which is the certificate's own; `addresses`: IPv4 addresses as
    text. It never expires: a layperson's adapter must not lock its owner out one day, and what
    counts is the fingerprint. It takes an ESP32 six to ten seconds, in short steps.
    """
    from crypto import p256, x509  # 9 kB of heap that only a new identity needs

    private = p256.generate_private()
    public = await steps.run(p256.public_steps(private))
    octets = [bytes(int(part) for part in address.split(".")) for address in addresses]
    encoded = await steps.run(
        x509.self_signed_steps(private, public, os.urandom(16), names, octets, _NOT_BEFORE)
    )
    kept = x509.private_key(private, public) + encoded
    await steps.run(keystore.seal_steps(_NAME, kept))
    return await load(keystore)


async def load_or_make(keystore, names, addresses) -> Identity:
    """Return the identity kept in `keystore`; make it at first set-up."""
    return await load(keystore) or await make(keystore, names, addresses)
