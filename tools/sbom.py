"""List what a release is made of, as CycloneDX 1.5 (JSON).

python -m tools.sbom [--output FILE]
"""

import argparse
import json
import re
import sys
import uuid
from pathlib import Path

from tools import build

_SPACE = uuid.UUID("5f2a0f0c-43a8-4c52-9f0e-7f3f8a4d2b11")
# Licences as the packages declare them; a pin without one here fails, so that none goes unlooked at.
_LICENCES = {"microdot": "MIT", "micropython-umqtt.simple": "MIT", "uplot": "MIT"}


def pins(path: Path) -> list:
    """Return [(name, version)] of a requirements file's exact pins."""
    return re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", path.read_text(), re.MULTILINE)


def page_packages() -> list:
    """Return [(name, version)] of what is built into the page (tools/web/package.json)."""
    packages = json.loads((build.ROOT / "tools/web/package.json").read_text())
    return sorted(packages.get("dependencies", {}).items())


def document(version: str) -> dict:
    """Return the bill of materials of a version; the same input gives the same document."""
    components = []
    for kind, found in (
        ("pypi", pins(build.ROOT / "requirements-device.txt")),
        ("npm", page_packages()),
    ):
        for name, pinned in found:
            component = {
                "type": "library",
                "name": name,
                "version": pinned,
                "purl": "pkg:%s/%s@%s" % (kind, name, pinned),
                "bom-ref": "pkg:%s/%s@%s" % (kind, name, pinned),
            }
            if kind == "pypi":
                component["licenses"] = [{"license": {"id": _LICENCES[name]}}]
            components.append(component)
    reference = "pkg:generic/obisgate@" + version
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "urn:uuid:%s" % uuid.uuid5(_SPACE, json.dumps(components) + version),
        "version": 1,
        "metadata": {
            "component": {
                "type": "firmware",
                "name": "obisgate",
                "version": version,
                "bom-ref": reference,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": reference, "dependsOn": [c["bom-ref"] for c in components]}],
    }


def text(version: str) -> str:
    """Return the document as it is written."""
    return json.dumps(document(version), indent=2) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output")
    arguments = parser.parse_args()
    written = text(build.version())
    if arguments.output:
        Path(arguments.output).write_text(written)
    else:
        print(written, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
