"""Draw board/NAME/wiring.svg from the netlist in board/NAME/hardware.json.

python -m tools.wiring [--check]
"""

import argparse
import sys
from html import escape

from tools.power import ROOT, hardware, names

_ROW = 26
_TOP = 64
_WIDTH = 940
_STYLE = (
    "text{font:13px sans-serif;fill:#1a1a1a}.t{font-size:17px;font-weight:bold}"
    ".n{fill:#555;font-size:12px}.s{font-weight:bold}rect{fill:#fff;stroke:#1a1a1a}"
    "line{stroke:#1a6;stroke-width:2}"
)


def drawing(data: dict) -> str:
    """Return the SVG: one line per net, from what it leaves to what it reaches."""
    rows = data["netlist"]
    height = _TOP + _ROW * len(rows) + 20
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">'
        % (_WIDTH, height),
        "<title>%s: wiring</title>" % escape(data["title"]),
        "<style>%s</style>" % _STYLE,
        '<rect x="0.5" y="0.5" width="%d" height="%d"/>' % (_WIDTH - 1, height - 1),
        '<text class="t" x="16" y="28">%s</text>' % escape(data["title"]),
    ]
    for number, (net, source, target, note) in enumerate(rows):
        y = _TOP + _ROW * number
        parts += [
            '<text class="s" x="16" y="%d">%s</text>' % (y, escape(net)),
            '<text x="330" y="%d" text-anchor="end">%s</text>' % (y, escape(source)),
            '<line x1="340" y1="%d" x2="420" y2="%d"/>' % (y - 4, y - 4),
            '<circle cx="340" cy="%d" r="3"/><circle cx="420" cy="%d" r="3"/>' % (y - 4, y - 4),
            '<text x="430" y="%d">%s</text>' % (y, escape(target)),
            '<text class="n" x="610" y="%d">%s</text>' % (y, escape(note)),
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only tell which are out of date")
    arguments = parser.parse_args()
    stale = []
    for name in names():
        path = ROOT / "board" / name / "wiring.svg"
        text = drawing(hardware(name))
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if not arguments.check:
                path.write_text(text)
    if stale:
        print(
            "wiring: %s %s" % ("out of date:" if arguments.check else "drawn:", ", ".join(stale))
        )
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
