"""Shorten the names that nobody outside a module needs: each name costs the board RAM, once.

    python -m tools.shorten --board NAME < crash.txt

prints a traceback of that build with the names of its source.

What is renamed: private names (`_name`) and public ones that only one module mentions, alike in all
modules that share a class, and parameters that no call passes by keyword. Every module draws from the
same few (`_0`, `_1` ...), so that most exist once for all. What other modules, texts, MicroPython or a
message to a person may name keeps its name. Own code: minifiers rename what is local to a function, which
costs nothing on MicroPython, and keep attributes and parameters, which do.
"""

import argparse
import ast
import itertools
import json
import re
import sys
from collections import Counter

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# What MicroPython itself calls on objects that it is given: streams, file systems, iterators, tasks.
_PROTOCOLS = frozenset(
    [
        "chdir",
        "close",
        "getcwd",
        "ilistdir",
        "ioctl",
        "mkdir",
        "mount",
        "open",
        "read",
        "readblocks",
        "readinto",
        "readline",
        "remove",
        "rename",
        "rmdir",
        "send",
        "stat",
        "statvfs",
        "throw",
        "umount",
        "value",
        "write",
        "writeblocks",
    ]
)
_WORD = re.compile(r"\w+")
_SHORT = re.compile(r"_\d+$")
_FILE = re.compile(r'File "([^"]+)"')


def private(name: str) -> bool:
    """Tell whether a name is for its own module: one leading underscore, and more than that."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


def module_name(path: str) -> str:
    """Return what a module at path (without suffix) on the board is imported as."""
    return path.removeprefix("lib/").removesuffix("/__init__").replace("/", ".")


def _arguments(node) -> list:
    spec = node.args
    return [
        *spec.posonlyargs,
        *spec.args,
        *spec.kwonlyargs,
        *(argument for argument in (spec.vararg, spec.kwarg) if argument),
    ]


def _slots(node) -> list:
    """Return (node, field, index or None) of every identifier that a node itself holds."""
    if isinstance(node, ast.Name):
        return [(node, "id", None)]
    if isinstance(node, ast.Attribute):
        return [(node, "attr", None)]
    if isinstance(node, ast.arg):
        return [(node, "arg", None)]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [(node, "name", None)]
    if isinstance(node, ast.ExceptHandler) and node.name:
        return [(node, "name", None)]
    if isinstance(node, ast.alias) and node.asname:
        return [(node, "asname", None)]
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return [(node, "names", index) for index in range(len(node.names))]
    return []


def _get(slot) -> str:
    node, field, index = slot
    value = getattr(node, field)
    return value if index is None else value[index]


def _set(slot, name: str):
    node, field, index = slot
    if index is None:
        setattr(node, field, name)
    else:
        getattr(node, field)[index] = name


def _all_slots(tree) -> list:
    return [slot for node in ast.walk(tree) for slot in _slots(node)]


def _of_self(attribute) -> bool:
    """Tell whether an attribute is one of the object whose method this is."""
    value = attribute.value
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "super"
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


def _is_const(node) -> bool:
    """Tell whether a node is `NAME = const(value)`."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "const"
    )


def _constants(tree) -> set:
    """Return the private names that stand for a const(): the compiler puts the value in their place."""
    return {node.targets[0].id for node in ast.walk(tree) if _is_const(node)}


def _integers(tree) -> dict:
    """Return {name: value's node} of the public const() whole numbers of a module."""
    found = {}
    for node in tree.body:
        if _is_const(node):
            name, value = node.targets[0].id, node.value.args[0]
            try:
                if type(ast.literal_eval(value)) is int and not name.startswith("_"):
                    found[name] = value
            except ValueError:
                pass  # made of other constants
    return found


class _Constants(ast.NodeTransformer):
    """Puts the values of other modules' constants in place of their names.

    by_name: {local name: value's node}. by_module: {local name of a module: {name: value's node}}.
    """

    def __init__(self, by_name: dict, by_module: dict):
        self._by_name, self._by_module = by_name, by_module

    def visit_Name(self, node):
        return self._by_name.get(node.id, node)

    def visit_Attribute(self, node):
        self.generic_visit(node)
        inside = self._by_module.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return inside.get(node.attr, node) if inside else node

    def visit_ImportFrom(self, node):
        node.names = [
            alias for alias in node.names if (alias.asname or alias.name) not in self._by_name
        ]
        return node if node.names else ast.Pass()


def _inline(trees: dict, users: list):
    """Replace whole numbers that modules share by their values: no name, no look-up is left."""
    modules = _Modules(trees)
    known = {path: _integers(tree) for path, tree in trees.items()}
    bound = {}  # {path: {local name: what it stands for, or None for anything else}}
    for path, tree in trees.items():
        found = bound[path] = {}
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    target = modules.target(path, node, alias)
                    found[name] = target if found.get(name, target) == target else None
        for node in ast.walk(tree):
            for slot in [] if isinstance(node, (ast.alias, ast.Attribute)) else _slots(node):
                if not isinstance(getattr(node, "ctx", None), ast.Load) and _get(slot) in found:
                    found[_get(slot)] = None
    # A name that stands for something else, too, stays: another attribute, or a text.
    other = set().union(*map(_words, [*trees.values(), *users]))
    other.update(_get(slot) for tree in users for slot in _all_slots(tree))
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                local = node.value.id if isinstance(node.value, ast.Name) else None
                origin = bound[path].get(local) or (None, None)
                read = isinstance(node.ctx, ast.Load) and origin[1] is None
                if not read or node.attr not in known.get(origin[0], ()):
                    other.add(node.attr)
            elif isinstance(node, ast.alias):
                local = node.asname or node.name
                if bound[path].get(local, 0) is None:
                    other.add(node.name)
        names = set(map(_get, _all_slots(tree)))
        other.update(name for name in known[path] if "_" + name in names)
    known = {
        path: {name: value for name, value in found.items() if name not in other}
        for path, found in known.items()
    }
    for path, tree in trees.items():
        by_name, by_module = {}, {}
        for name, target in bound[path].items():
            origin, inner = target or (None, None)
            if inner in known.get(origin, ()):
                by_name[name] = known[origin][inner]
            elif inner is None and known.get(origin):
                by_module[name] = known[origin]
        _Constants(by_name, by_module).visit(tree)
        for node in ast.walk(tree):
            # A private const() is folded by the compiler and leaves nothing.
            if isinstance(node, ast.Name) and node.id in known[path]:
                node.id = "_" + node.id


def _comments(tree) -> set:
    """Return the ids of the nodes that the compiler drops: docstrings and annotations."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        for field in ("annotation", "returns"):
            if getattr(node, field, None):
                found.update(map(id, ast.walk(getattr(node, field))))
    return found


def _words(tree) -> set:
    """Return the words of all texts of a module: some may name something."""
    dropped = _comments(tree)
    return {
        word
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in dropped
        for word in _WORD.findall(node.value)
    }


def _needed_elsewhere(tree, classes: set) -> set:
    """Return the names of a module that something else may look for by just that name.

    classes: names of all classes that are ours to rename things in.
    """
    found = _words(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.update(node.name.split("."))
        elif isinstance(node, ast.ClassDef):
            if node.bases or not private(node.name):
                found.add(node.name)  # an exception's is part of messages
            if not {ast.unparse(base).split(".")[-1] for base in node.bases} <= classes:
                # A base that is not ours may call what is redefined here.
                found.update(name for name in _lasting(node) if not private(name))
        elif isinstance(node, ast.Attribute) and not _of_self(node):
            found.add(node.attr)
    return found


def _passed_by_name(tree) -> set:
    """Return the names of parameters that a module passes by keyword."""
    found = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    if None in found:
        # `f(**names)`: the keys of what it is made from are texts.
        found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return found


def _lasting(tree) -> set:
    """Return the names that a module gives to what outlives a call: globals, attributes, functions."""
    found = set()

    def visit(node, local: bool):
        if isinstance(node, ast.Attribute) or not local:
            if not isinstance(getattr(node, "ctx", None), ast.Load):
                found.update(map(_get, _slots(node)))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Global)):
            found.update(map(_get, _slots(node)))
        for child in ast.iter_child_nodes(node):
            visit(child, local or isinstance(node, _FUNCTIONS))

    visit(tree, False)
    return found


def _fold(tree):
    """Let the compiler leave out what is for CPython: compat.MICROPYTHON is True on the board."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "compat":
            plain = [alias for alias in node.names if alias.name != "MICROPYTHON"]
            if plain and plain != node.names:
                node.names = plain
                _MicroPython().visit(tree)


class _MicroPython(ast.NodeTransformer):
    def visit_Name(self, node):
        return ast.Constant(True) if node.id == "MICROPYTHON" else node


class _Modules:
    """Which modules share the attributes of a class, because one's class is another's base."""

    def __init__(self, trees: dict):
        self._trees = trees
        self._paths = {module_name(path): path for path in trees}
        self._group = {path: path for path in trees}
        for path, tree in trees.items():
            for node in ast.walk(tree):
                for base in node.bases if isinstance(node, ast.ClassDef) else ():
                    while isinstance(base, ast.Attribute):
                        base = base.value
                    if isinstance(base, ast.Name):
                        self._join(path, base.id)

    def _join(self, path: str, name: str):
        """Put the module that a name of module path comes from into path's group."""
        for node in ast.walk(self._trees[path]):
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            for alias in node.names:
                if (alias.asname or alias.name.split(".")[0]) != name:
                    continue
                origin = self._origin(path, node, alias)
                if origin and self.group(origin) != self.group(path):
                    self._group[self.group(origin)] = self.group(path)
                    self._join(origin, alias.name)

    def _origin(self, path: str, node, alias) -> "str | None":
        if isinstance(node, ast.Import):
            return self._paths.get(alias.name)
        start = node.module or ""
        if node.level:
            package = module_name(path).split(".")
            keep = len(package) - node.level + path.endswith("__init__")
            start = ".".join([*package[:keep], *([start] if start else [])])
        return self._paths.get(start + "." + alias.name) or self._paths.get(start)

    def target(self, path: str, node, alias) -> "tuple | None":
        """Return (module's path, name in it or None for the module itself) of what is imported."""
        origin = self._origin(path, node, alias)
        if not origin or (isinstance(node, ast.Import) and "." in alias.name):
            return None
        if isinstance(node, ast.Import) or module_name(origin).endswith("." + alias.name):
            return origin, None
        return origin, alias.name

    def group(self, path: str) -> str:
        """Return the path that stands for the group of a module."""
        while self._group[path] != path:
            path = self._group[path]
        return path

    def groups(self) -> dict:
        """Return {path that stands for the group: paths of its modules}."""
        found = {}
        for path in self._trees:
            found.setdefault(self.group(path), []).append(path)
        return found


class _Scope:
    """A function, a lambda or a comprehension: the names that it binds, and where each is written."""

    def __init__(self, parent: "_Scope | None"):
        self.parent = parent
        self.bound = set()
        self.outer = set()  # declared global or nonlocal
        self.world = set()  # declared global
        self.short = set()  # what may be renamed: parameters, and functions inside the function
        self.slots = []

    def owner(self, name: str) -> "_Scope | None":
        """Return the scope that a name in this one belongs to, None for a global."""
        scope = self
        while scope and name not in scope.world:
            if name in scope.bound and name not in scope.outer:
                return scope
            scope = scope.parent
        return None


def _scopes(function) -> list:
    """Return the scopes of a function and of all inside it; empty if a class in it forbids renaming."""
    found = []

    def bind(scope, slot):
        scope.slots.append(slot)
        scope.bound.add(_get(slot))

    def enter(node, parent):
        scope = _Scope(parent)
        found.append(scope)
        return scope

    def visit(node, scope):
        if isinstance(node, _FUNCTIONS):
            spec = node.args
            outside = [*spec.defaults, *filter(None, spec.kw_defaults)]
            outside += getattr(node, "decorator_list", [])
            if scope:
                for value in outside:
                    visit(value, scope)
                if not isinstance(node, ast.Lambda):
                    bind(scope, (node, "name", None))
                    scope.short.add(node.name)
            inner = enter(node, scope)
            for argument in _arguments(node):
                bind(inner, (argument, "arg", None))
                inner.short.add(argument.arg)
            for part in [node.body] if isinstance(node, ast.Lambda) else node.body:
                visit(part, inner)
        elif isinstance(node, _COMPREHENSIONS):
            visit(node.generators[0].iter, scope)
            inner = enter(node, scope)
            for part in ast.iter_child_nodes(node):
                for child in ast.iter_child_nodes(part) if part is node.generators[0] else [part]:
                    if child is not node.generators[0].iter:
                        visit(child, inner)
        else:
            for slot in [] if isinstance(node, ast.Attribute) else _slots(node):
                scope.slots.append(slot)
                if isinstance(node, (ast.Global, ast.Nonlocal)):
                    scope.outer.add(_get(slot))
                    if isinstance(node, ast.Global):
                        scope.world.add(_get(slot))
                elif not isinstance(getattr(node, "ctx", None), ast.Load):
                    scope.bound.add(_get(slot))
            if isinstance(node, ast.alias) and not node.asname:
                scope.bound.add(node.name.split(".")[0])
            for child in ast.iter_child_nodes(node):
                visit(child, scope)

    if any(isinstance(node, (ast.ClassDef, ast.NamedExpr)) for node in ast.walk(function)):
        return []
    visit(function, None)
    return found


def _outermost(node) -> list:
    """Return the functions that are in no other function."""
    if isinstance(node, _FUNCTIONS):
        return [node]
    return [found for child in ast.iter_child_nodes(node) for found in _outermost(child)]


def _names(taken: set):
    """Yield the short names, the same for everybody, without what is taken."""
    return (name for name in map("_%d".__mod__, itertools.count()) if name not in taken)


def _rename_parameters(tree, kept: set, taken: set):
    for function in _outermost(tree):
        scopes = _scopes(function)
        used = {_get(slot) for scope in scopes for slot in scope.slots}
        fresh = _names(taken | used)
        # A parameter may have a private name, which has its short one already.
        short = {}
        changes = []
        for scope in scopes:
            for slot in scope.slots:
                name = _get(slot)
                owner = scope.owner(name)
                if owner and name in owner.short and name not in kept and not _SHORT.match(name):
                    if name not in short:
                        short[name] = next(fresh)
                    changes.append((slot, short[name]))
        for slot, name in changes:
            _set(slot, name)


def shorten(texts: dict, outside: tuple = (), public: bool = True) -> tuple:
    """Return ({path: source with short names}, {module: {short name: name}}).

    texts: {path on the board without suffix: source} of all that is compiled together.
    outside: sources that use them and keep their names.
    public: whether all that uses them is known; otherwise only private names are short.
    """
    trees = {path: ast.parse(text, path) for path, text in texts.items()}
    users = [ast.parse(text) for text in outside]
    if public:
        _inline(trees, users)
    everything = [*trees.values(), *users]
    passed = {"self", "cls"}.union(*map(_passed_by_name, everything))
    classes = {
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    kept = {"_", "self", "cls"}.union(
        _PROTOCOLS, *(_needed_elsewhere(tree, classes) for tree in everything)
    )
    kept.update(
        _get(slot) for tree in users for slot in _all_slots(tree) if not private(_get(slot))
    )
    groups = _Modules(trees).groups().values()
    slots = [[slot for path in paths for slot in _all_slots(trees[path])] for paths in groups]
    lasting = [set().union(*(_lasting(trees[path]) for path in paths)) for paths in groups]
    attributes = [{_get(slot) for slot in found if slot[1] == "attr"} for found in slots]
    taken = {name for found in slots for name in map(_get, found) if _SHORT.match(name)}
    # An attribute that is none of its own group's is somebody else's, whoever else has one of that name.
    kept = kept.union(taken, *(found - own for found, own in zip(attributes, lasting)))
    mentions = Counter(name for own, found in zip(lasting, attributes) for name in own | found)
    # What a text is only a part of: `getattr(self, kind + "_handlers")`.
    tails = tuple(name for name in kept if name.startswith("_") and len(name) > 1)
    heads = tuple(name for name in kept if name.endswith("_") and len(name) > 1)
    names = {}
    for paths, found, own in zip(groups, slots, lasting):
        constants = set().union(*(_constants(trees[path]) for path in paths))
        own = {
            name
            for name in own - kept - constants
            if not name.startswith(("__", *heads)) and not name.endswith(tails)
            if private(name) or (public and mentions[name] == 1)
        }
        count = Counter(name for name in map(_get, found) if name in own)
        short = dict(zip((name for name, _ in count.most_common()), _names(taken)))
        for slot in found:
            _set(slot, short.get(_get(slot), _get(slot)))
        for path in paths:
            names[module_name(path)] = {new: name for name, new in short.items()}
    result = {}
    for path, tree in trees.items():
        _fold(tree)
        if public:
            _rename_parameters(tree, passed, taken)
        result[path] = ast.unparse(tree) + "\n"
    return result, names


def lengthen(lines, names: dict):
    """Yield the lines of a traceback with the names of the source. names: of shorten()."""
    known = {}

    def name(found) -> str:
        return known.get(found[0], found[0])

    for line in lines:
        file = _FILE.search(line)
        if file:
            known = names.get(file[1], {})
        yield re.sub(r"\b_\d+\b", name, line)


def main() -> int:
    from tools import build

    parser = argparse.ArgumentParser(description="Put the names of the source into a traceback.")
    parser.add_argument("--board", default="host")
    arguments = parser.parse_args()
    names = json.loads(build.names_file(arguments.board).read_text())
    sys.stdout.writelines(lengthen(sys.stdin, names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
