"""List the virtual meters: `python -m tools.meters`."""

from tools.meters.catalogue import METERS

for name, kind in sorted(METERS.items()):
    print("%-24s %-20s %s" % (name, kind.SETTINGS, (kind.__doc__ or "").splitlines()[0]))
