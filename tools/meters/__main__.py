"""List the virtual meters: `python -m tools.meters`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))

from tools.meters.catalogue import METERS  # noqa: E402 - sys.path is set above

for name, kind in sorted(METERS.items()):
    print("%-24s %-20s %s" % (name, kind.SETTINGS, (kind.__doc__ or "").splitlines()[0]))
