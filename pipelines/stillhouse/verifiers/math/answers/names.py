"""The names in values: letters of expressions, what an assignment names, and values under other names."""

import re
from collections.abc import Sequence

from stillhouse.verifiers.math.answers.expression import Node
from stillhouse.verifiers.math.answers.kinds import Group, Matrix, Quantity, Relation, Union, Value
from stillhouse.verifiers.math.answers.trees import substituted

_HEAD = re.compile(r"(?!Pr?\()[A-Za-z]\w*(?:\^-1)?'*\(([a-zA-Z](?:,[a-zA-Z])*)\)")


def function_head(name: str) -> tuple[str, ...]:
    """The variables of a function's name: ("x", "y") of `f(x,y)`; empty for any other name."""
    match = _HEAD.fullmatch(name.replace(" ", ""))
    return tuple(match.group(1).split(",")) if match else ()


def contradict(left: str, right: str) -> bool:
    """Whether two names are the same letter with other numbers, or other events: x_1 and x_2, f(2) and f(3), P(A) and P(B)."""
    called = [re.fullmatch(r"([A-Za-z])'*\(-?\d+\)", name) for name in (left, right)]
    if called[0] and called[1]:
        return called[0][1] == called[1][1] and left != right
    numbered = [re.fullmatch(r"([A-Za-z]+)_?(\d+)", name) for name in (left, right)]
    if numbered[0] and numbered[1]:
        return numbered[0][1] == numbered[1][1] and numbered[0][2] != numbered[1][2]
    return left.startswith("P(") and right.startswith("P(") and left != right


def named_parts(group: Group) -> dict[str, Value]:
    """The values of a group whose parts all have names of their own, by name; empty for any other."""
    parts = {item.name: item.rhs for item in group.items if isinstance(item, Relation) and item.op == "=" and item.name}
    return parts if len(parts) == len(group.items) else {}


def letters(value: Value) -> tuple[str, ...]:
    """The letters of a value's expressions, in the order of their first appearance."""
    found: list[str] = []
    for tree in _trees(value):
        _collect(tree, found)
    return tuple(dict.fromkeys(found))


def _collect(node: Node, found: list[str]) -> None:
    if node[0] == "sym":
        found.append(node[1])
    for child in node[1:]:
        if isinstance(child, tuple):
            _collect(child, found)


def _trees(value: Value) -> list[Node]:
    if isinstance(value, Quantity):
        return [value.tree]
    if isinstance(value, Relation):
        return [*(_trees(value.lhs) if not value.name else []), *_trees(value.rhs)]
    if isinstance(value, Matrix):
        return [tree for row in value.rows for cell in row for tree in _trees(cell)]
    inner: Sequence[Value] = value.items if isinstance(value, Group) else value.parts if isinstance(value, Union) else ()
    return [tree for item in inner for tree in _trees(item)]


def renamed(value: Value, old: Sequence[str], new: Sequence[str]) -> Value:
    """The value with its letters exchanged, all at once."""
    names: dict[str, Node] = {before: ("sym", after) for before, after in zip(old, new, strict=True)}

    def change(part: Value) -> Value:
        if isinstance(part, Quantity):
            return Quantity(substituted(part.tree, names), part.unit, part.percent)
        if isinstance(part, Relation):
            return Relation(part.op, change(part.lhs), change(part.rhs), part.name)
        if isinstance(part, Group):
            return Group(part.left, part.right, tuple(change(item) for item in part.items))
        if isinstance(part, Union):
            return Union(tuple(change(item) for item in part.parts))
        if isinstance(part, Matrix):
            return Matrix(tuple(tuple(change(cell) for cell in row) for row in part.rows))
        return part

    return change(value)


def in_order_of_names(assignment: Relation) -> Value:
    """What an assignment to several names gives, in the names' order: (y, x) = (1, 2) is x = 2, y = 1."""
    names = re.fullmatch(r"\(([A-Za-z](?:,[A-Za-z])*)\)", assignment.name)
    parts = assignment.rhs
    if not names or not isinstance(parts, Group) or len(parts.items) != names.group(1).count(",") + 1:
        return parts
    order = sorted(zip(names.group(1).split(","), parts.items, strict=True), key=lambda pair: pair[0])
    return Group(parts.left, parts.right, tuple(item for _, item in order))


def ordered_by_name(gold: Group, answer: Group) -> tuple[Sequence[Value], Sequence[Value]]:
    """The items of a tuple and of named parts: parts that a tuple does not name stand in their names' order."""
    return _by_name(gold), _by_name(answer)


def _by_name(group: Group) -> Sequence[Value]:
    if all(isinstance(item, Relation) and 0 < len(item.name) <= 4 for item in group.items):
        return sorted(group.items, key=lambda item: item.name if isinstance(item, Relation) else "")
    return group.items
