"""Tests that are nothing but `assert f(literals) == literal`, judged as calls: no process is needed for the tests.

Most of HumanEval's and MBPP's are. The verdict is the one that running the tests gives: the first assert that does not
hold decides, and values are compared with Python's `==` once they are plain builtins on this side of the wall.
"""

import ast
import builtins
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stillhouse.verifiers.code.jail import values

MAX_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Plain:
    """`cases[i]` is [args, kwargs] of a call of `entry_point`, `wanted[i]` its value, `sources[i]` the assert as it is written."""

    entry_point: str
    cases: list[list[Any]]
    wanted: list[Any]
    sources: list[str]


def held(tests: Plain, reports: list[Any]) -> int:
    """How many asserts hold before the first that does not."""
    for number, (report, wanted) in enumerate(zip(reports, tests.wanted, strict=False)):
        if not isinstance(report, dict) or "value" not in report or not _equal(report["value"], wanted):
            return number
    return min(len(reports), len(tests.wanted))


def _equal(form: Any, wanted: Any) -> bool:
    try:
        return bool(values.decode(form, values.no_handle) == wanted)
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, ArithmeticError, RecursionError):
        return False


@lru_cache(maxsize=2_000)
def plain(kind: str, code: str, entry_point: str, setup: str) -> Plain | None:
    """The tests as calls, or None where they are more than plain asserts about one function."""
    try:
        tree, before = ast.parse(code), ast.parse(setup)
        if not all(_standard_import(node) for node in before.body):
            return None
        return _check(tree, entry_point) if kind == "check" else _unnamed(tree.body)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def _standard_import(node: ast.stmt) -> bool:
    """An import that cannot fail, so that it does not matter in which process it is done."""
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return bool(names) and all(name.split(".")[0] in sys.stdlib_module_names for name in names)


def _check(tree: ast.Module, entry_point: str) -> Plain | None:
    """HumanEval's `def check(candidate)` and nothing else but literals."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if len(functions) != 1 or not all(node in functions or _idle(node) for node in tree.body):
        return None
    check = functions[0]
    names = [argument.arg for argument in check.args.args]
    if check.name != "check" or len(names) != 1 or check.decorator_list or ast.dump(check.args) != ast.dump(_one(names[0])):
        return None
    # MBPP's call the function by its own name.
    found = _asserts(check.body, names[0]) or _asserts(check.body, entry_point)
    return Plain(entry_point, found.cases, found.wanted, found.sources) if found else None


def _one(name: str) -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[ast.arg(name)], kwonlyargs=[], kw_defaults=[], defaults=[])


def _unnamed(body: list[ast.stmt]) -> Plain | None:
    """The asserts of a body, all about the function that the first one calls. A name of Python's own is not the program's."""
    first = next((found for node in body if (found := _comparison(node))), None)
    name = first[0].func.id if first and isinstance(first[0].func, ast.Name) else ""
    return _asserts(body, name) if name and not hasattr(builtins, name) else None


def _asserts(body: list[ast.stmt], name: str) -> Plain | None:
    """The asserts of a body, all about the function of that name."""
    cases: list[list[Any]] = []
    wanted, sources = [], []
    for node in body:
        if _idle(node):
            continue
        found = _comparison(node)
        if found is None:
            return None
        call, value = found
        if not isinstance(call.func, ast.Name) or call.func.id != name:
            return None
        cases.append([[ast.literal_eval(a) for a in call.args], {k.arg: ast.literal_eval(k.value) for k in call.keywords}])
        wanted.append(ast.literal_eval(value))
        sources.append(ast.unparse(node)[:MAX_SHOWN])
    return Plain(name, cases, wanted, sources) if cases else None


def _comparison(node: ast.stmt) -> tuple[ast.Call, ast.expr] | None:
    """The call and the literal of `assert f(…) == literal`."""
    if not isinstance(node, ast.Assert) or not isinstance(node.test, ast.Compare) or len(node.test.ops) != 1:
        return None
    if node.msg is not None and not isinstance(node.msg, ast.Constant):
        return None
    call, value = node.test.left, node.test.comparators[0]
    if not isinstance(call, ast.Call) or any(k.arg is None for k in call.keywords):
        return None
    return (call, value) if isinstance(node.test.ops[0], ast.Eq) else None


def _idle(node: ast.stmt) -> bool:
    """A statement that neither tests nor changes anything: a docstring, `pass`, `assert True`, a literal under a name."""
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and bool(node.test.value)
    if isinstance(node, ast.Assign):
        ast.literal_eval(node.value)
        return all(isinstance(target, ast.Name) and target.id.isupper() for target in node.targets)
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
