"""Equality of two values, by kind. The first is the gold: the answer may carry a label or a unit that the gold leaves out."""

from collections.abc import Sequence
from fractions import Fraction

from stillhouse.verifiers.answers.evaluate import exact, symbols
from stillhouse.verifiers.answers.expression import Node
from stillhouse.verifiers.answers.kinds import Based, Group, Matrix, Quantity, Relation, Union, Value, Words
from stillhouse.verifiers.answers.trees import equal_trees, is_literal, proportional
from stillhouse.verifiers.answers.units import agree, known, read_unit


def same(gold: Value, answer: Value) -> tuple[bool, str]:
    """(equal, the reason code). Raises TooBig for a value that must not be computed."""
    gold, answer = _bare_assignments(gold, answer)
    if isinstance(gold, Words) or isinstance(answer, Words):
        return _words(gold, answer), "words"
    if isinstance(gold, Based) or isinstance(answer, Based):
        return _based(gold, answer), "base"
    if isinstance(gold, Quantity) and isinstance(answer, Quantity):
        return _quantities(gold, answer)
    if isinstance(gold, Relation) or isinstance(answer, Relation):
        return _relations(gold, answer), "relation"
    if isinstance(gold, Matrix) or isinstance(answer, Matrix):
        return _matrices(gold, answer), "matrix"
    return _collections(gold, answer), "structure"


def _equal(gold: Value, answer: Value) -> bool:
    return same(gold, answer)[0]


def _bare_assignments(gold: Value, answer: Value) -> tuple[Value, Value]:
    """`x = 5` is 5 unless the other side names something else."""
    left = gold.name if isinstance(gold, Relation) else ""
    right = answer.name if isinstance(answer, Relation) else ""
    if left and right and left != right and (max(len(left), len(right)) <= 2 or (left[0] == right[0] == "(")):
        return gold, answer
    if left and isinstance(gold, Relation) and (right or not isinstance(answer, Relation)):
        gold = gold.rhs
    if (right and isinstance(answer, Relation) and not isinstance(gold, Relation)) or (
        isinstance(answer, Relation) and answer.op == "=" and not isinstance(gold, Relation) and _constant_chain(answer)
    ):
        answer = answer.rhs
    return gold, answer


def _constant_chain(chain: Relation) -> bool:
    """`16 - 3 - 4 = 9`: both sides are constants and equal, so the last side is the answer."""
    sides = (chain.lhs, chain.rhs)
    if not all(isinstance(s, Quantity) and not symbols(s.tree) for s in sides):
        return False
    return equal_trees(chain.lhs.tree, chain.rhs.tree)  # type: ignore[union-attr]


def _words(gold: Value, answer: Value) -> bool:
    return isinstance(gold, Words) and isinstance(answer, Words) and gold.text == answer.text


def _based(gold: Value, answer: Value) -> bool:
    """Same digits in the same base; a base that one side leaves out was given by the question."""
    if isinstance(gold, Based) and isinstance(answer, Based):
        return gold == answer
    based, other = (gold, answer) if isinstance(gold, Based) else (answer, gold)
    assert isinstance(based, Based)
    value = exact(other.tree) if isinstance(other, Quantity) and other.unit.bare else None
    return value is not None and value.denominator == 1 and str(value) == based.digits


def _quantities(gold: Quantity, answer: Quantity) -> tuple[bool, str]:
    answer = _glued_unit(gold, answer)
    factor = agree(gold.unit, answer.unit)
    if factor is None:
        return False, "unit"
    tree = answer.tree if factor == 1 else ("mul", ("num", factor, -1), answer.tree)
    if equal_trees(gold.tree, tree):
        restated = is_literal(gold.tree) and not is_literal(answer.tree)
        return not restated, "unevaluated" if restated else "value"
    return _percent(gold, answer), "value"


def _glued_unit(gold: Quantity, answer: Quantity) -> Quantity:
    """`48g` beside a gold without variables is 48 with a unit, not a product."""
    tree = answer.tree
    if (
        tree[0] == "mul"
        and is_literal(tree[1])
        and tree[2][0] == "sym"
        and known(tree[2][1])
        and answer.unit.bare
        and not symbols(gold.tree)
    ):
        return Quantity(tree[1], read_unit(tree[2][1]) or answer.unit, answer.percent)
    return answer


def _percent(gold: Quantity, answer: Quantity) -> bool:
    """`12%` and 0.12 are one value; `12%` for a gold of 12 was settled before, by the plain numbers."""
    if gold.percent == answer.percent:
        return False
    hundredth: Node = ("num", Fraction(1, 100), -1)
    if gold.percent:
        return equal_trees(("mul", gold.tree, hundredth), answer.tree)
    return equal_trees(gold.tree, ("mul", answer.tree, hundredth))


def _relations(gold: Value, answer: Value) -> bool:
    """Two equations are one when their differences are proportional; inequalities must match side by side."""
    if not isinstance(gold, Relation) or not isinstance(answer, Relation) or gold.op != answer.op:
        return False
    if gold.name and answer.name and gold.name != answer.name and not (_function_name(gold.name) ^ _function_name(answer.name)):
        return False
    if gold.op != "=":
        return _equal(gold.lhs, answer.lhs) and _equal(gold.rhs, answer.rhs)
    left, right = _difference(gold), _difference(answer)
    if left is None or right is None:
        return bool(gold.name and answer.name) and _equal(gold.rhs, answer.rhs)
    return proportional(left, right)


def _function_name(name: str) -> bool:
    return "(" in name


def _difference(relation: Relation) -> Node | None:
    lhs: Value = relation.lhs
    if relation.name and isinstance(lhs, Words):
        lhs = Quantity(("sym", relation.name))
    if not isinstance(lhs, Quantity) or not isinstance(relation.rhs, Quantity):
        return None
    return ("add", lhs.tree, ("neg", relation.rhs.tree))


def _matrices(gold: Value, answer: Value) -> bool:
    """Cell by cell; a single column or row is the same as a tuple."""
    left, right = _rows(gold), _rows(answer)
    if left is None or right is None:
        return False
    if isinstance(gold, Matrix) and isinstance(answer, Matrix):
        return len(left) == len(right) and all(_ordered(a, b) for a, b in zip(left, right, strict=True))
    flat = [[cell for row in rows for cell in row] for rows in (left, right)]
    return (len(left) == 1 or all(len(r) == 1 for r in left)) and (len(right) == 1 or all(len(r) == 1 for r in right)) and _ordered(*flat)


def _rows(value: Value) -> Sequence[Sequence[Value]] | None:
    if isinstance(value, Matrix):
        return value.rows
    if isinstance(value, Group) and value.left != "{":
        return [value.items]
    return None


def _ordered(left: Sequence[Value], right: Sequence[Value]) -> bool:
    return len(left) == len(right) and all(_equal(a, b) for a, b in zip(left, right, strict=True))


def _unordered(left: Sequence[Value], right: Sequence[Value]) -> bool:
    """A matching of equal items, each used once."""
    rest = list(right)
    if len(left) != len(rest):
        return False
    for item in left:
        found = next((i for i, other in enumerate(rest) if _equal(item, other)), None)
        if found is None:
            return False
        rest.pop(found)
    return True


def _distinct(items: Sequence[Value]) -> list[Value]:
    kept: list[Value] = []
    for item in items:
        if not any(_equal(item, other) for other in kept):
            kept.append(item)
    return kept


def _collections(gold: Value, answer: Value) -> bool:
    if isinstance(gold, Union) or isinstance(answer, Union):
        return isinstance(gold, Union) and isinstance(answer, Union) and _unordered(gold.parts, answer.parts)
    if isinstance(gold, Group) and isinstance(answer, Group):
        return _groups(gold, answer)
    group, single = (gold, answer) if isinstance(gold, Group) else (answer, gold)
    assert isinstance(group, Group)
    # {5} for 5: one solution written as a set.
    return (
        group.left == "{"
        and len(group.items) == 1
        and (_equal(group.items[0], single) if group is gold else _equal(single, group.items[0]))
    )


def _groups(gold: Group, answer: Group) -> bool:
    kinds = gold.left + gold.right, answer.left + answer.right
    if kinds == ("{}", "{}"):
        return _unordered(_distinct(gold.items), _distinct(answer.items))
    if set(kinds) <= {"", "{}"}:
        return _unordered(gold.items, answer.items)
    if "{}" in kinds:
        return False
    if "" in kinds or kinds[0] == kinds[1]:
        return _ordered(gold.items, answer.items)
    return len(gold.items) > 2 and kinds[0] in ("()", "[]") and kinds[1] in ("()", "[]") and _ordered(gold.items, answer.items)
