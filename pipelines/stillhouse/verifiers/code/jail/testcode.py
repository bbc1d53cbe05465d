"""Reads and prepares the dataset's test code before it runs: which names are whose, and which tests nobody calls."""

import ast
import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from stillhouse.verifiers.code.jail.goeson import FAILED, go_on

__all__ = ["FAILED", "TestCode", "prepared"]
ALIASES = {"np": "numpy", "pd": "pandas"}
# The name of the program where tests import it.
PROGRAM = "solution"


@dataclass(frozen=True, slots=True)
class TestCode:
    """Test code, compiled.

    `modules` are names that it uses without importing them, with the modules that they must be. `named` are the names in
    CapWords that are nobody's but the program's. `discovered` are test functions and classes that it defines and never uses.
    """

    code: CodeType
    modules: dict[str, str]
    named: frozenset[str]
    discovered: tuple[str, ...]
    asserts: bool


def prepared(tests: str, setup: str, check: bool) -> TestCode:
    """Raises SyntaxError where the tests are no Python."""
    tree, before = ast.parse(tests, "<tests>"), ast.parse(setup)
    tree.body = [made for node in tree.body for made in _own(node)]
    modules, named = _modules([tree, before]), _named([tree, before])
    asserts = any(map(_can_fail, ast.walk(tree)))
    discovered = () if check else tuple(_discovered(tree))
    go_on(tree, "check" if check else "")
    return TestCode(compile(ast.fix_missing_locations(tree), "<tests>", "exec"), modules, named, discovered, asserts)


def _own(node: ast.stmt) -> list[ast.stmt]:
    """A statement without what the tester does itself: names are asked of the program, and unittest's cases are run at the end."""
    match node:
        case ast.ImportFrom(module="solution", names=names, level=0):
            renamed = [(alias.asname, alias.name) for alias in names if alias.asname]
            return [ast.copy_location(ast.Assign([ast.Name(new, ast.Store())], ast.Name(old, ast.Load())), node) for new, old in renamed]
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("unittest"), "main"))):
            return []
    return [node]


def _modules(trees: list[ast.Module]) -> dict[str, str]:
    """Names that are only ever looked into (`math.isclose`) and that Python's own modules, numpy or pandas have: theirs, not the program's."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    looked_into = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bare = {node.id for node in names if id(node) not in looked_into}
    known = {name: ALIASES.get(name, name) for name in {node.id for node in names} - bare}
    return {name: module for name, module in known.items() if module in sys.stdlib_module_names or module in ALIASES.values()}


def _named(trees: list[ast.Module]) -> frozenset[str]:
    """Names in CapWords that are neither Python's nor bound by the tests or the setup."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id[:1].isupper()}
    return frozenset(used - set(dir(builtins)) - {name for node in nodes for name in _bound(node)})


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(name, ast.Store() | ast.Del()) | ast.arg(name):
            yield name
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            yield name
        case ast.Import(names) | ast.ImportFrom(names=names):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)


def _discovered(tree: ast.Module) -> Iterator[str]:
    """Functions and classes of tests that no other line of them speaks of."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test") and node.name not in used:
            yield node.name
        if isinstance(node, ast.ClassDef) and node.name not in used and any(_is_test(inner) for inner in node.body):
            yield node.name


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _can_fail(node: ast.AST) -> bool:
    """Whether a node can say no: an assert, a raise, or a call of something named like an assertion."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return isinstance(node, ast.Assert | ast.Raise) or any(word in name.lower() for word in ("assert", "fail", "raises", "exit"))
