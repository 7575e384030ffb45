"""The PC's stand-ins for the ESP32's modules take nothing that the real port does not take.

They are compared with the published stubs of the port: a call or a name that the port lacks fails here.
"""

import ast
import importlib.metadata

import pytest

from support import ROOT

# Names that the stubs of the port leave out although the port has them.
_NOT_IN_STUBS = {"machine": ("mem8", "mem16", "mem32"), "network": ("STAT_ASSOC_FAIL",)}
# What a stand-in's __new__ hands everything to.
_CONSTRUCTORS = {"_open": "__init__"}
# module of the port: the files that stand for it
_MODULES = {
    "machine": (
        "machine", "host_machine", "host_pin", "host_uart", "host_uart_sends",
        "host_spi", "host_spi_bus",
    ),
    "network": ("network", "host_network", "host_wlan", "host_access_point"),
    "esp32": ("esp32", "host_esp32", "host_partition"),
    "neopixel": ("neopixel",),
}  # fmt: skip


def _tree(path):
    with open(path) as file:
        return ast.parse(file.read())


def _stubs(module):
    try:
        files = importlib.metadata.files("micropython-esp32-stubs")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("micropython-esp32-stubs is not installed")
    return next(str(f.locate()) for f in files if str(f) == module + ".pyi")


def _arguments(function):
    """Return (names by position, names by keyword) that a function takes, without self."""
    a = function.args
    positional = [x.arg for x in a.posonlyargs + a.args if x.arg not in ("self", "cls")]
    named = {x.arg for x in a.kwonlyargs} | {x.arg for x in a.args}
    return positional, named, a.vararg is not None, a.kwarg is not None


def _functions(body):
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def _names(assignment):
    return [getattr(target, "id", None) for target in assignment.targets]


def _constants(body):
    """Return {name: value} of what is assigned, or stands in the text _CONSTANTS; None for no constant."""
    found = {}
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            found[node.target.id] = value
        elif isinstance(node, ast.Assign) and _names(node) == ["_CONSTANTS"]:
            words = node.value.value.split()
            found.update(zip(words[::2], map(int, words[1::2])))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                values = (
                    node.value.elts if isinstance(target, ast.Tuple) else [node.value] * len(names)
                )
                for name, value in zip(names, values):
                    found[name.id] = value.value if isinstance(value, ast.Constant) else None
    return found


def _compare_function(where, ours, theirs):
    """Check that every way to call ours is a way to call one of theirs."""
    positional, named, _varargs, _kwargs = _arguments(ours)
    known_named = set()
    longest = 0
    free = False
    for overload in theirs:
        their_positional, their_named, varargs, kwargs = _arguments(overload)
        known_named |= their_named | set(their_positional)
        longest = max(longest, 99 if varargs else len(their_positional))
        free = free or kwargs
    assert len(positional) <= longest, where + ": takes more arguments than the port"
    by_keyword = {x.arg for x in ours.args.kwonlyargs}
    assert free or by_keyword <= known_named, "%s: %s" % (where, by_keyword - known_named)


def _compare_class(where, ours, theirs):
    methods, their_methods = _functions(ours.body), _functions(theirs.body)
    for name, (method,) in methods.items():
        name = _CONSTRUCTORS.get(name, name)
        if name in ("__new__", "__getattr__", "ioctl") or (name[0] == "_" and name[1] != "_"):
            continue
        assert name in their_methods, "%s.%s is not on the port" % (where, name)
        _compare_function("%s.%s" % (where, name), method, their_methods[name])
    their_constants = _constants(theirs.body)
    for name, value in _constants(ours.body).items():
        if name[0] != "_":
            assert name in their_constants, "%s.%s is not on the port" % (where, name)
            theirs_value = their_constants[name]
            assert theirs_value is None or value is None or value == theirs_value, where + name


def _compare(module, file):
    ours = _tree(ROOT + "/board/host/modules/%s.py" % file).body
    theirs = _tree(_stubs(module)).body
    classes = {node.name: node for node in theirs if isinstance(node, ast.ClassDef)}
    for node in ours:
        if isinstance(node, ast.ClassDef):
            where = module + "." + node.name
            assert node.name in classes, where + " is not on the port"
            _compare_class(where, node, classes[node.name])
    functions = _functions(theirs)
    for name, (function,) in _functions(ours).items():
        if name[0] != "_":
            assert name in functions, "%s.%s is not on the port" % (module, name)
            _compare_function(module + "." + name, function, functions[name])
    constants = _constants(theirs)
    for name, value in _constants(ours).items():
        if name[0] == "_" or name in _NOT_IN_STUBS.get(module, ()):
            continue
        assert name in constants, "%s.%s is not on the port" % (module, name)
        assert constants[name] is None or value is None or value == constants[name], name


def test_every_stand_in_has_the_signatures_of_the_port():
    for module, files in _MODULES.items():
        for file in files:
            _compare(module, file)


def test_a_call_the_port_lacks_is_found():
    theirs = _functions(ast.parse("def feed(self): ...").body)["feed"]
    ours = _functions(ast.parse("def feed(self, now): ...").body)["feed"][0]
    with pytest.raises(AssertionError, match="more arguments"):
        _compare_function("feed", ours, theirs)
