"""Sources with short names do what the sources do, on both runtimes, and cost fewer names."""

import ast
import re
import subprocess
import sys

from support import MICROPYTHON, skip

if MICROPYTHON:
    skip("tools run on CPython only")

from tools import build, shorten, size  # noqa: E402
from tools.host_board import micropython  # noqa: E402

BASE = '''
"""A base whose attributes other modules share."""
from compat import MICROPYTHON, const
_LIMIT = const(7)
OCTETS = const(-9)
BITS = const(0x10)
NAMED = const(4)
_BITS = const(5)
_table = {"_by_text": 1}
if MICROPYTHON:
    runtime = "chip"
else:
    import a_module_of_the_pc
class Problem(Exception):
    pass
class _Trouble(Problem):
    pass
class Base:
    _shared = 3
    _by_text = 4
    only_here = 5
    def __init__(self, first_value, *, scale=2):
        self._value = first_value * scale
        self._reserved = 0
    def _step(self, amount):
        self._value += amount
        return self._value
    @property
    def _twice(self):
        return self._value * 2
    @_twice.setter
    def _twice(self, wanted):
        self._value = wanted // 2
    def kind_handlers(self, only_argument):
        return ("handlers", only_argument)
    def look(self, kind):
        return getattr(self, kind + "_handlers")(kind)
    def fail(self, reason):
        raise _Trouble(reason)
    def total(self):
        return self._shared + self.only_here + _LIMIT
def _count():
    global _counted
    _counted += 1
    return _counted
_counted = 0
'''
USER = """
import base
from base import BITS, OCTETS as LENGTH, Base
_shared = "not the attribute"
class _Other:
    _value = 1
    def send(self, something):
        return something
    def total(self):
        return self._value
class Child(base.Base):
    def _step(self, amount):
        return super()._step(amount) + self._shared
    def run(self):
        self._twice = 40
        return self._step(1), self._twice, getattr(self, "_by_text"), hasattr(self, "_missing")
def outer(argument, other=_shared, *rest, **named):
    reached = [argument]
    def inner(value, argument=argument):
        nonlocal other
        other = value
        reached.append(argument)
        return lambda value, scaled=argument: (value, scaled, other)
    squares = [value * argument for value in range(3) if value < argument]
    pairs = {value: [rest for rest in range(value)] for value in squares}
    called = inner(5)(6)
    return reached, squares, sorted(pairs.items()), called, other, rest, sorted(named)
def formatted(amount, width=3):
    return "%d" % amount + f"<{amount}:{width}>"
def shadow(print_it):
    try:
        raise ValueError(print_it)
    except ValueError as _error:
        print_it = str(_error)
    return print_it
def keyword(quiet, loud):
    return quiet, loud
def constants(base=base):
    from base import NAMED
    return LENGTH, -LENGTH, BITS, base.BITS, base.NAMED, NAMED, getattr(base, "NAMED")
def octets():
    return base.OCTETS + OCTETS_OF_MINE
OCTETS_OF_MINE = 1
def trouble():
    try:
        Base(1).fail("why")
    except base.Problem as error:
        return type(error).__name__, str(error)
class Stream:
    def read(self, count):
        return b"x" * count
    def read_twice(self):
        return self.read(2)
"""
MAIN = """
import base, user
from user import Child
child = Child(10, scale=3)
print(child.run(), child.total(), child.look("kind"), Child._shared, base._count(), base._count())
print(user.outer(2), user.outer(3, 4, 5, key=6), user.formatted(7), user.shadow(8), user.trouble())
print(user.keyword(loud=1, quiet=2), user.keyword(**{"quiet": 1, "loud": 2}), base.runtime)
print(user.constants(), user.octets(), base.OCTETS)
print(user.Stream().read_twice(), user._Other().total(), user._Other().send(1))
"""
COMPAT = """
MICROPYTHON = True
def const(value):
    return value
"""
SOURCES = {"lib/base": BASE, "lib/user": USER, "lib/compat": COMPAT, "lib/run": MAIN}


def _run(folder, command) -> str:
    done = subprocess.run(
        [*command, "import run"], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_tricky_code_does_the_same_on_both_runtimes(tmp_path):
    short, _ = shorten.shorten(SOURCES)
    printed = set()
    for kind, texts in (("plain", SOURCES), ("short", short)):
        folder = tmp_path / kind
        folder.mkdir()
        for path, text in texts.items():
            (folder / path.replace("lib/", "")).with_suffix(".py").write_text(text)
        printed.add(_run(folder, [sys.executable, "-c"]))
        printed.add(_run(folder, [micropython(), "-c"]))
    assert len(printed) == 1
    assert "('_Trouble', 'why')" in printed.pop()


def _names(text: str) -> set:
    return set(re.findall(r"\w+", text))


def test_private_names_and_positional_parameters_are_short_and_shared():
    short, names = shorten.shorten(SOURCES)
    base, user = _names(short["lib/base"]), _names(short["lib/user"])
    assert not base & {"_value", "_step", "_twice", "only_here", "first_value", "reason"}
    assert not user & {"_value", "_step", "_twice", "amount", "argument", "inner"}
    # A class and what inherits from it agree; what another module says keeps its name.
    assert names["base"] == names["user"] and set(names["base"].values()) >= {"_value", "_step"}
    assert base >= {"_by_text", "_count", "kind_handlers", "total", "scale", "_Trouble", "_LIMIT"}
    assert user >= {"_by_text", "_missing", "quiet", "loud", "read", "send", "self"}
    # Two modules that have nothing in common use the same few names.
    apart, _ = shorten.shorten({"a": "def _f(x): return _f(x)", "b": "_g = 1\n_h = _g"})
    assert "_0(_1)" in apart["a"] and apart["b"] == "_0 = 1\n_1 = _0\n"


def test_constants_are_values_everywhere():
    texts = {
        "dlms/tags": "from compat import const\nNULL = const(7)\nTEXT = const(9)\nPLAIN = 8\n",
        "dlms/user": "from dlms import tags\nx = (tags.NULL, tags.PLAIN)\n",
        "other": "def f():\n from dlms.tags import NULL, PLAIN\n return NULL, PLAIN\n",
        "last": "from dlms.tags import NULL\ny = {NULL: 'TEXT'}\n",
    }
    short, _ = shorten.shorten(texts)
    assert not any(re.search(r"\bNULL\b", text) for text in short.values())
    assert "_NULL = const(7)" in short["dlms/tags"]
    assert "(7, tags.PLAIN)" in short["dlms/user"] and "return (7, PLAIN)" in short["other"]
    assert short["last"].startswith("pass\n") and "{7: 'TEXT'}" in short["last"]
    # A text may look it up, and a module in a variable is not followed.
    assert "TEXT = const(9)" in short["dlms/tags"]
    texts["dynamic"] = "def g(any_module): return any_module.NULL"
    assert "NULL = const(7)" in shorten.shorten(texts)[0]["dlms/tags"]


def test_the_names_of_others_are_kept():
    texts = {"a": "class A:\n def f(self): self._x = 1; self.y = self._x"}
    assert "self._0" in shorten.shorten(texts)[0]["a"]
    assert "self._x" in shorten.shorten({**texts, "b": "def g(a): return a._x"})[0]["a"]
    assert "self._x" in shorten.shorten({**texts, "b": "from a import _x"})[0]["a"]
    assert "self.y" in shorten.shorten(texts, ("def g(a): return a.y",))[0]["a"]
    assert "self.y" not in shorten.shorten(texts)[0]["a"]


def test_what_is_short_already_is_not_taken():
    texts, _ = shorten.shorten({"a": "_0 = 1\n_a = 2\ndef f(p, _1): return (_a, _0, p, _1)"})
    function = ast.parse(texts["a"]).body[2]
    names = [argument.arg for argument in function.args.args]
    used = [element.id for element in function.body[0].value.elts]
    assert len(set(used)) == 4 and used[1] == "_0" and used[2:] == names


def test_a_traceback_gets_its_names_back():
    crash = [
        'Traceback (most recent call last):\n  File "dlms.axdr", line 1, in read\n',
        "  File \"base\", line 1, in _0\nAttributeError: no attribute '_1' or _99\n",
    ]
    told = "".join(shorten.lengthen(crash, {"base": {"_0": "_step", "_1": "_value"}}))
    assert 'File "base", line 1, in _step' in told and "'_value' or _99" in told


def test_a_copy_is_written_again_only_when_it_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "BUILD", tmp_path)
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("def call(argument): return argument\n")
    two.write_text("import one\none.call(1)\n")
    found = {"one": one, "two": two}
    copies = build.shortened("board", found)
    assert copies["one"].read_text() == "def call(_0):\n    return _0\n"
    before = copies["two"].stat().st_mtime_ns
    # Another module decides: what is passed by keyword keeps its name.
    found["three"] = tmp_path / "three.py"
    found["three"].write_text("import one\none.call(argument=1)\n")
    assert build.shortened("board", found)["one"].read_text().startswith("def call(argument)")
    assert copies["two"].stat().st_mtime_ns == before
    found["three"].write_text("import one\n")
    assert build.shortened("board", found)["one"].read_text().startswith("def call(_0)")


def test_every_module_of_the_build_imports():
    build.build("host")
    modules = {shorten.module_name(path) for path in build.sources(build.board_data("host"))}
    loaded = dict(size.measure(build.BUILD / "host", tuple(sorted(modules))))
    assert len(loaded) > len(modules) // 2
