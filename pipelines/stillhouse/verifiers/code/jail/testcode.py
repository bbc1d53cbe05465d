"""Reads and prepares the dataset's test code before it runs: asserts that go on, and the names that are modules."""

import ast
import sys
from dataclasses import dataclass
from types import CodeType

FAILED = "__failed__"
ALIASES = {"np": "numpy", "pd": "pandas"}


@dataclass(frozen=True, slots=True)
class TestCode:
    """Test code, compiled. `modules` are names that it uses without importing them, with the modules that they must be."""

    code: CodeType
    modules: dict[str, str]
    asserts: bool


def prepared(tests: str, setup: str, check: bool) -> TestCode:
    """Raises SyntaxError where the tests are no Python."""
    tree = ast.parse(tests, "<tests>")
    modules = _modules([tree, ast.parse(setup)])
    asserts = any(map(_can_fail, ast.walk(tree)))
    called = sum(isinstance(node, ast.Name) and node.id == "check" for node in ast.walk(tree))
    _go_on(tree.body)
    for node in tree.body:
        if check and not called and isinstance(node, ast.FunctionDef) and node.name == "check":
            _go_on(node.body)
    return TestCode(compile(ast.fix_missing_locations(tree), "<tests>", "exec"), modules, asserts)


def _modules(trees: list[ast.Module]) -> dict[str, str]:
    """Names that are only ever looked into (`math.isclose`) and that Python's own modules, numpy or pandas have: theirs, not the program's."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    looked_into = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bare = {node.id for node in names if id(node) not in looked_into}
    known = {name: ALIASES.get(name, name) for name in {node.id for node in names} - bare}
    return {name: module for name, module in known.items() if module in sys.stdlib_module_names or module in ALIASES.values()}


def _can_fail(node: ast.AST) -> bool:
    """Whether a node can say no: an assert, a raise, or a call of something named like an assertion."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return isinstance(node, ast.Assert | ast.Raise) or any(word in name.lower() for word in ("assert", "fail", "raises", "exit"))


def _go_on(body: list[ast.stmt]) -> None:
    """Makes an assert that does not hold a note instead of an end: a program that is asked nothing more would know that it was wrong.

    Not where the tests could catch it (in a `try`) or where they may call it from one (in a function of theirs).
    """
    for node in body:
        if isinstance(node, ast.If | ast.For | ast.While):
            _go_on(node.body)
            _go_on(node.orelse)
    body[:] = [made for node in body for made in (_notes(node, node.test) if isinstance(node, ast.Assert) else [node])]


def _notes(node: ast.Assert, test: ast.expr) -> list[ast.stmt]:
    """A note per part of a test that holds only if each of its parts does."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [note for part in test.values for note in _notes(node, part)]
    note = ast.Call(ast.Name(FAILED, ast.Load()), [node.msg] if node.msg else [], [])
    return [ast.copy_location(ast.If(_asks_all(test), [ast.Pass()], [ast.Expr(note)]), node)]


def _asks_all(test: ast.expr) -> ast.expr:
    """`all(… for …)` as `all([… for …])`: where it is true both ask for every element, and the second does where it is not, too."""
    match test:
        case ast.Call(ast.Name("all"), [ast.GeneratorExp() as each], []):
            whole = ast.copy_location(ast.ListComp(each.elt, each.generators), each)
            return ast.copy_location(ast.Call(test.func, [whole], []), test)
    return test
