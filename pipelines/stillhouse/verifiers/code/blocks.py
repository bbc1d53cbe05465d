"""Which code block of a response is its program.

Where the tests say what they ask for, it is the last block that defines that, with what it takes from earlier blocks (imports,
helpers) before it; what only uses it (an example, tests of the model's own) is left out and never runs. For scripts it is the
last block that reads its input, if one does. Everywhere else it is the last.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from functools import lru_cache

_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_PYTHON = ("python", "py", "python3")
_READS = re.compile(r"\binput\b|\bstdin\b|\bopen\(0|\bos\.read\b|\bfileinput\b")


def extract_program(response: str, asked: frozenset[str] = frozenset(), reads: bool = False) -> str:
    """The program of a response whose tests ask for these names, or hand it input."""
    found = python_blocks(response)
    return _chosen(found, asked, reads) if len(found) > 1 else found[0]


def python_blocks(response: str) -> list[str]:
    """The fenced Python blocks; else the fences without a language; else the whole response. Nothing is parsed."""
    blocks = [(m[2].lower(), m[3]) for m in _FENCE.finditer(response)]
    for wanted in (_PYTHON, ("",)):
        if found := [text for language, text in blocks if language in wanted]:
            return found
    return [response]


def _chosen(blocks: list[str], asked: frozenset[str], reads: bool) -> str:
    if reads:
        return next((text for text in reversed(blocks) if _READS.search(text)), blocks[-1])
    trees = [_tree(text) for text in blocks]
    last = next((n for n in reversed(range(len(blocks))) if asked & _defined(trees[n])), len(blocks) - 1)
    taken, missing = [blocks[last]], (_used(trees[last]) | asked) - _defined(trees[last])
    for n in reversed(range(last)):
        if missing & _defined(trees[n]):
            taken.insert(0, blocks[n])
            missing = (missing | _used(trees[n])) - _defined(trees[n])
    return "\n".join(taken)


def _tree(text: str) -> ast.Module:
    """An empty module for what is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _defined(tree: ast.Module) -> set[str]:
    """The names that a block leaves, and the methods of a class Solution, by which tests may ask for it."""
    return {name for node in tree.body for name in _names(node)}


def _names(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
            yield name
        case ast.ClassDef(name, body=body):
            yield name
            if name == "Solution":
                yield from (inner.name for inner in body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef))
        case ast.Import(names) | ast.ImportFrom(names=names):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)
        case ast.Assign(targets):
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
        case ast.AnnAssign(ast.Name(name)):
            yield name
        case ast.If(body=body, orelse=orelse) | ast.Try(body=body, orelse=orelse):
            yield from (name for inner in (*body, *orelse) for name in _names(inner))


def _used(tree: ast.Module) -> set[str]:
    loads = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return loads - set(dir(builtins))


@lru_cache(maxsize=2_000)
def asked_of(code: str, entry_point: str) -> frozenset[str]:
    """What tests ask for: the entry point, or else the names that test code uses and has from nowhere."""
    if entry_point:
        return frozenset({part for part in re.split(r"\W+", entry_point) if part} - {"Solution"}) or frozenset({"Solution"})
    tree = _tree(code)
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    given = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own = _defined(ast.Module([node for node in tree.body if not _of_the_program(node)], []))
    taken = {alias.name for node in tree.body if _of_the_program(node) for alias in node.names}  # type: ignore[attr-defined]
    return frozenset((_used(tree) | taken) - stored - given - own)


def _of_the_program(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "solution"
