"""Take out of third-party modules what the firmware never calls: on the board it would only take RAM.

The packages stay as they were published (build/third_party); only what is compiled is pruned. A name that is
no longer there, as after an update of the package, fails the build, so that this table stays true.
"""

import ast

# By path on the board: functions, classes and "Class.method"s.
UNUSED = {
    "lib/microdot/__init__": ("abort", "send_file", "URLPattern", "AsyncBytesIO", "iscoroutine"),
    "lib/microdot/microdot": (
        "urlencode",
        "URLPattern",
        "abort",
        "send_file",
        "Microdot.abort",
        "Microdot.after_error_request",
        "Microdot.after_request",
        "Microdot.before_request",
        "Microdot.delete",
        "Microdot.get",
        "Microdot.mount",
        "Microdot.patch",
        "Microdot.post",
        "Microdot.put",
        "Microdot.query",
        "Microdot.route",
        "Microdot.run",
        "Microdot.shutdown",
        "Microdot.start_server",
        "Request.files",
        "Request.form",
        "Request.json",
        "Response.delete_cookie",
        "Response.send_file",
        "Response.set_cookie",
    ),
}
# What modules look for first and MicroPython has not: the replacement is all that is compiled.
ABSENT = {"lib/microdot/microdot": ("orjson", "inspect")}


class PruneError(Exception):
    """Something to be taken out is not there."""


def _names(node) -> list:
    """Return the names that a statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return [node.targets[0].id]
    return []


def _needs(node, module: str) -> bool:
    """Tell whether a statement tries to import a module."""
    return isinstance(node, ast.Try) and any(
        getattr(part, "module", None) == module
        or any(alias.name == module for alias in part.names)
        for part in node.body
        if isinstance(part, (ast.Import, ast.ImportFrom))
    )


def prune(path: str, text: str) -> str:
    """Return the source of the module at path (on the board, without suffix) without what is unused.

    Raises PruneError if something of the tables is not in it.
    """
    unused = set(UNUSED.get(path, ()))
    absent = set(ABSENT.get(path, ()))
    if not unused and not absent:
        return text
    tree = ast.parse(text)

    def pruned(body: list, prefix: str) -> list:
        kept = []
        for node in body:
            missing = [module for module in absent if _needs(node, module)]
            if missing:
                absent.difference_update(missing)
                kept += node.handlers[0].body
                continue
            full = [prefix + name for name in _names(node)]
            if unused.intersection(full):
                unused.difference_update(full)
                continue
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names} & unused
                unused.difference_update(names)
                node.names = [alias for alias in node.names if alias.name not in names]
            elif isinstance(node, ast.ClassDef):
                node.body = pruned(node.body, node.name + ".")
            kept.append(node)
        return kept

    tree.body = pruned(tree.body, "")
    if unused or absent:
        raise PruneError("%s has no %s" % (path, ", ".join(sorted(unused | absent))))
    return ast.unparse(tree) + "\n"
