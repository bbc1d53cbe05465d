"""Makes an assertion that does not hold a note instead of an end: a program that is asked nothing more would know that it was wrong.

Not where the tests could catch it: in a `try`, in a `with` (`assertRaises`), or in a function that they call there or hand on.
"""

import ast
from collections.abc import Iterator

FAILED = "__failed__"
# Tests that say of themselves that they fail.
_EXPECTED = {"expectedFailure", "xfail"}


def go_on(tree: ast.Module, entry: str) -> None:
    """Rewrites test code in place; `entry` is a function that is called from outside of it."""
    names = _names(tree)
    if not _EXPECTED & names:
        _body(tree.body, _caught(tree, entry))


def _caught(tree: ast.Module, entry: str) -> set[str]:
    """The functions that may be called where their failure is caught: named there, handed on, or called by such a function."""
    nodes = list(ast.walk(tree))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    found = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called}
    for node in nodes:
        if isinstance(node, ast.Try | ast.TryStar) or (isinstance(node, ast.With | ast.AsyncWith) and not _is_sub_test(node)):
            found |= _names(node)
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    while more := {name for node in functions if node.name in found for name in _names(node)} - found:
        found |= more
    return found - {entry}


def _names(tree: ast.AST) -> set[str]:
    nodes = list(ast.walk(tree))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _is_sub_test(node: ast.With | ast.AsyncWith) -> bool:
    return all(isinstance(item.context_expr, ast.Call) and _name(item.context_expr) == "subTest" for item in node.items)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _body(body: list[ast.stmt], caught: set[str]) -> None:
    for node in body:
        for inner in _bodies(node, caught):
            _body(inner, caught)
    body[:] = [made for node in body for made in _noted(node)]


def _bodies(node: ast.stmt, caught: set[str]) -> Iterator[list[ast.stmt]]:
    """The bodies of a statement that nothing of it catches from."""
    if isinstance(node, ast.If | ast.For | ast.AsyncFor | ast.While):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Try | ast.TryStar):
        yield from (handler.body for handler in node.handlers)
        yield from (node.orelse, node.finalbody)
    elif isinstance(node, ast.With | ast.AsyncWith):
        yield from [node.body] if _is_sub_test(node) else []
    elif isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in caught):
        yield node.body


def _noted(node: ast.stmt) -> list[ast.stmt]:
    if isinstance(node, ast.Assert):
        return _notes(node, node.test)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _name(node.value).startswith("assert"):
        note = ast.Expr(ast.Call(ast.Name(FAILED, ast.Load()), [ast.Name("__error__", ast.Load())], []))
        handler = ast.ExceptHandler(ast.Name("AssertionError", ast.Load()), "__error__", [note])
        return [ast.copy_location(ast.Try([node], [handler], [], []), node)]
    return [node]


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
