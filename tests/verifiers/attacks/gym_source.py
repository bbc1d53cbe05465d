"""Reads the source of the installed reasoning-gym: which tasks' scorers can reach the running of text as code.

A scorer reaches every function of the package that it names, directly or through others: names are looked up in the
scorer's module, attributes in every class and function of that module and of those that it imports from the package.
That finds too much rather than too little. A sink is a builtin that runs or imports by text, or any use of a module
that is not on the list of harmless ones.
"""

import ast
import importlib.util
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_SPEC = importlib.util.find_spec("reasoning_gym")
assert _SPEC is not None
assert _SPEC.origin is not None
ROOT = Path(_SPEC.origin).parent
_BUILTINS = {"eval", "exec", "compile", "__import__", "getattr", "setattr", "delattr", "globals", "locals", "vars", "breakpoint", "input"}
# Read for it: none of them takes text for code. magiccube moves a cube by a fixed list of letters; zss measures the distance of trees.
_HARMLESS = {
    "abc", "array", "bisect", "calendar", "collections", "copy", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools",
    "heapq", "itertools", "json", "math", "numbers", "operator", "random", "re", "string", "typing", "unicodedata", "numpy", "pytz",
    "dateutil", "magiccube", "zss", "tabulate",
}  # fmt: skip
_SINKS_OF_HARMLESS = {
    "load", "fromfile", "memmap", "genfromtxt", "ctypeslib", "lib", "f2py", "attrgetter", "methodcaller", "vectorize", "apply_along_axis",
}  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Module:
    """What a file of the package defines and imports."""

    names: dict[str, list[ast.AST]] = field(default_factory=dict)
    members: dict[str, list[Function]] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    inside: dict[str, tuple[Path, str]] = field(default_factory=dict)
    tasks: dict[str, ast.ClassDef] = field(default_factory=dict)


@cache
def module(path: Path) -> Module:
    """The module at that path. Reads and never imports it."""
    found = Module()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.outside[(alias.asname or alias.name).split(".")[0]] = alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            _import_from(path, node, found)
    _defined(tree, found)
    _tasks(tree, found)
    return found


def _defined(tree: ast.Module, found: Module) -> None:
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            found.names.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign):
            for target in (t for t in node.targets if isinstance(t, ast.Name)):
                found.names.setdefault(target.id, []).append(node.value)
    for cls in (n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)):
        for child in (n for n in cls.body if isinstance(n, Function)):
            found.members.setdefault(child.name, []).append(child)


def _import_from(path: Path, node: ast.ImportFrom, found: Module) -> None:
    name = node.module or ""
    if node.level == 0 and name.split(".")[0] != "reasoning_gym":
        for alias in node.names:
            found.outside[alias.asname or alias.name] = name.split(".")[0]
        return
    base = path.parents[node.level - 1] if node.level else ROOT.parent
    target = base.joinpath(*name.split(".")) if name else base
    for alias in node.names:
        for file, what in ((target / f"{alias.name}.py", "*"), (target / alias.name / "__init__.py", "*"),
                           (target.with_suffix(".py"), alias.name), (target / "__init__.py", alias.name)):  # fmt: skip
            if file.is_file():
                found.inside[alias.asname or alias.name] = (file, what)
                break


def _tasks(tree: ast.Module, found: Module) -> None:
    constants = {
        t.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for t in node.targets
        if isinstance(t, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "register_dataset":
            first, second = node.args[:2]
            name = first.value if isinstance(first, ast.Constant) else constants[first.id]  # type: ignore[attr-defined]
            found.tasks[str(name)] = next(c for c in found.names[second.id] if isinstance(c, ast.ClassDef))  # type: ignore[attr-defined]


def sinks(task: str) -> set[str]:
    """What the scorer of a task can reach; empty for a scorer that only compares."""
    path, cls = tasks()[task]
    reached: set[str] = set()
    seen: set[int] = set()
    todo = [(path, scorer) for scorer in _methods(path, cls, "score_answer")]
    while todo:
        where, node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        todo += _followed(where, node, reached)
    return reached


def _methods(path: Path, cls: ast.ClassDef, name: str) -> list[ast.AST]:
    own = [n for n in cls.body if isinstance(n, Function) and n.name == name]
    if own:
        return list(own)
    for base in cls.bases:
        if isinstance(base, ast.Name):
            for where, node in _resolve(path, base.id):
                if isinstance(node, ast.ClassDef):
                    return _methods(where, node, name)
    return []


def _followed(path: Path, root: ast.AST, reached: set[str]) -> list[tuple[Path, ast.AST]]:
    found: list[tuple[Path, ast.AST]] = []
    here = module(path)
    for node in ast.walk(root):
        if isinstance(node, ast.Name):
            known = _resolve(path, node.id)
            if not known and node.id in _BUILTINS:
                reached.add(node.id)
            if here.outside.get(node.id, "re") not in _HARMLESS:
                reached.add(here.outside[node.id])
            found += known
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id in here.outside and node.attr in _SINKS_OF_HARMLESS:
                reached.add(f"{node.value.id}.{node.attr}")
            if node.attr in ("score_answer", "format_map", "__globals__", "__builtins__", "__subclasses__"):
                reached.add(node.attr)
            found += _attribute(path, node.attr)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else ([node.module or ""] if not node.level else [])
            reached.update(n.split(".")[0] for n in names if n.split(".")[0] not in {*_HARMLESS, "reasoning_gym"})
    return found


def _resolve(path: Path, name: str) -> list[tuple[Path, ast.AST]]:
    here = module(path)
    if name in here.names:
        return [(path, node) for node in here.names[name]]
    if name in here.inside:
        file, what = here.inside[name]
        return _resolve(file, what) if what != "*" and file != path else []
    return []


def _attribute(path: Path, name: str) -> list[tuple[Path, ast.AST]]:
    files = {path, *(file for file, _ in module(path).inside.values())}
    found: list[tuple[Path, ast.AST]] = []
    for file in files:
        found += [(file, node) for node in module(file).members.get(name, [])]
        # `utils.compute(...)`: a function of an imported module. Never the base class, which every task has.
        found += [(file, n) for n in module(file).names.get(name, []) if file != path and isinstance(n, Function)]
    return found


@cache
def tasks() -> dict[str, tuple[Path, ast.ClassDef]]:
    """Every registered task: its file and its class."""
    return {name: (path, cls) for path in sorted(ROOT.rglob("*.py")) for name, cls in module(path).tasks.items()}
