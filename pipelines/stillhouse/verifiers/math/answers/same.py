"""Equality of two values, by kind. The first is the gold: the answer may carry a label or a unit that the gold leaves out.

`Same` says equal or not. `undecided` then says what keeps a "not equal" from being plainly wrong: other letters for the
same parameters, or a value rounded more coarsely than the rule allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from stillhouse.verifiers.math.answers import realsets
from stillhouse.verifiers.math.answers.evaluate import TooBig, Undefined, exact, symbols
from stillhouse.verifiers.math.answers.expression import Node
from stillhouse.verifiers.math.answers.kinds import FLIPPED, Based, Group, Matrix, Quantity, Relation, Union, Value, Words
from stillhouse.verifiers.math.answers.names import (
    contradict,
    function_head,
    in_order_of_names,
    letters,
    named_parts,
    ordered_by_name,
    renamed,
)
from stillhouse.verifiers.math.answers.trees import coarse, equal_trees, is_literal, proportional, rounded, substituted, unreduced, vanishes
from stillhouse.verifiers.math.answers.units import agree, known, read_unit

_DEGREE = read_unit("degrees")


def undecided(gold: Value, answer: Value) -> str:
    """Why two values that are not equal may still be, or an empty string."""
    if Same(coarse=True)(gold, answer)[0]:
        return "rounded more coarsely than the rule allows"
    mine, others = letters(gold), letters(answer)
    if _lone_letter(gold):
        return ""
    if mine and len(mine) == len(others) and mine != others and len(mine) <= 3:
        try:
            if Same()(gold, renamed(answer, others, mine))[0]:
                return "equal with other letters"
        except TooBig:
            return ""
    return ""


def _lone_letter(value: Value) -> bool:
    """A letter alone is a name, not a parameter that may have another one."""
    return isinstance(value, Quantity) and value.tree[0] == "sym"


@dataclass
class Same:
    """One comparison. `rounding` is the recipe's rule; `used` tells afterwards that an equality needed it."""

    rounding: bool = True
    coarse: bool = False
    used: bool = field(default=False, init=False)

    def __call__(self, gold: Value, answer: Value) -> tuple[bool, str]:
        """(equal, the reason code). Raises TooBig for a value that must not be computed."""
        solved = self._solved(gold, answer)
        if solved is not None:
            return solved
        gold, answer = _bare_assignments(gold, answer)
        if isinstance(gold, Words) or isinstance(answer, Words):
            return _words(gold, answer) or realsets.equal(gold, answer), "words"
        if isinstance(gold, Based) or isinstance(answer, Based):
            return _based(gold, answer), "base"
        if isinstance(gold, Quantity) and isinstance(answer, Quantity):
            return self._quantities(gold, answer)
        if isinstance(gold, Relation) or isinstance(answer, Relation):
            return self._relations(gold, answer) or realsets.equal(gold, answer), "relation"
        if isinstance(gold, Matrix) or isinstance(answer, Matrix):
            return self._matrices(gold, answer), "matrix"
        return self._collections(gold, answer) or realsets.equal(gold, answer), "structure"

    def _equal(self, gold: Value, answer: Value) -> bool:
        return self(gold, answer)[0]

    def _solved(self, gold: Value, answer: Value) -> tuple[bool, str] | None:
        """A gold `x = 2` asks for a number: another equation, such as the question's, does not give it."""
        if not isinstance(gold, Relation) or gold.op != "=" or not gold.name or not isinstance(gold.rhs, Quantity):
            return None
        asks_number = not symbols(gold.rhs.tree) and not function_head(gold.name)
        if asks_number and isinstance(answer, Relation) and answer.op == "=" and not answer.name and not _constant_chain(answer):
            return False, "relation"
        return None

    def _tree(self, gold: Node, answer: Node, rounding: bool = True) -> bool:
        if equal_trees(gold, answer):
            return True
        if self.coarse:
            return coarse(gold, answer)
        if self.rounding and rounding and rounded(gold, answer):
            self.used = True
            return True
        return False

    def _quantities(self, gold: Quantity, answer: Quantity) -> tuple[bool, str]:
        answer = _glued_unit(gold, answer)
        if (gold.unit.dimensions and answer.percent) or (gold.percent and answer.unit.dimensions):
            return False, "unit"
        angle = _in_degrees(gold, answer)
        if angle is not None:
            return self._tree(*angle), "angle"
        answer = _on_the_golds_scale(gold, answer)
        factor = agree(gold.unit, answer.unit)
        if factor is None:
            return False, "unit"
        tree = answer.tree if factor == 1 else ("mul", ("num", factor, -1), answer.tree)
        if self._tree(gold.tree, tree, not answer.about):
            restated = is_literal(gold.tree) and not self._evaluated(gold.tree, answer.tree)
            return not restated, "unevaluated" if restated else "value"
        return self._percent(gold, answer), "value"

    def _evaluated(self, gold: Node, answer: Node) -> bool:
        """A number for a number: no calculation, no division that comes out even. A rounded gold stands for an exact form."""
        if unreduced(answer):
            return False
        return is_literal(answer) or (exact(answer) is None and not equal_trees(gold, answer))

    def _percent(self, gold: Quantity, answer: Quantity) -> bool:
        """`12%` and 0.12 are one value; `12%` for a gold of 12 was settled before, by the plain numbers."""
        if gold.percent == answer.percent:
            return False
        hundred: Node = ("num", Fraction(100), -1)
        if gold.percent:
            return self._tree(gold.tree, ("mul", answer.tree, hundred))
        return self._tree(("mul", gold.tree, hundred), answer.tree)

    def _relations(self, gold: Value, answer: Value) -> bool:
        """Two equations are one when their differences are proportional; inequalities must match side by side."""
        if not isinstance(gold, Relation) or not isinstance(answer, Relation):
            return isinstance(gold, Relation) and (_solves(gold, answer) if isinstance(answer, Quantity) else _in_order(gold, answer))
        if answer.op == FLIPPED.get(gold.op) and gold.op != "!=":
            answer = _reversed(answer)
        if gold.op != answer.op:
            return False
        heads = function_head(gold.name), function_head(answer.name)
        if heads[0] and heads[1] and heads[0] != heads[1] and len(heads[0]) == len(heads[1]):
            answer = renamed(answer, heads[1], heads[0])
            return isinstance(answer, Relation) and self._equal(gold.rhs, answer.rhs)
        if gold.name and answer.name and gold.name != answer.name and bool(heads[0]) == bool(heads[1]):
            return False
        if gold.op != "=":
            return self._equal(gold.lhs, answer.lhs) and self._equal(gold.rhs, answer.rhs)
        left, right = _difference(gold), _difference(answer)
        if left is None or right is None:
            return bool(gold.name and answer.name) and self._equal(gold.rhs, answer.rhs)
        return proportional(left, right)

    def _matrices(self, gold: Value, answer: Value) -> bool:
        """Cell by cell; a single column or row is the same as a tuple."""
        left, right = _rows(gold), _rows(answer)
        if left is None or right is None:
            return False
        if isinstance(gold, Matrix) and isinstance(answer, Matrix):
            return len(left) == len(right) and all(self._ordered(a, b) for a, b in zip(left, right, strict=True))
        flat = [[cell for row in rows for cell in row] for rows in (left, right)]
        return all(len(rows) == 1 or all(len(row) == 1 for row in rows) for rows in (left, right)) and self._ordered(*flat)

    def _ordered(self, left: Sequence[Value], right: Sequence[Value]) -> bool:
        return len(left) == len(right) and all(self._equal(a, b) for a, b in zip(left, right, strict=True))

    def _unordered(self, left: Sequence[Value], right: Sequence[Value]) -> bool:
        """A matching of equal items, each used once."""
        rest = list(right)
        if len(left) != len(rest):
            return False
        for item in left:
            found = next((i for i, other in enumerate(rest) if self._equal(item, other)), None)
            if found is None:
                return False
            rest.pop(found)
        return True

    def distinct(self, items: Sequence[Value]) -> list[Value]:
        kept: list[Value] = []
        for item in items:
            if not any(self._equal(item, other) for other in kept):
                kept.append(item)
        return kept

    def _collections(self, gold: Value, answer: Value) -> bool:
        if isinstance(gold, Union) or isinstance(answer, Union):
            return isinstance(gold, Union) and isinstance(answer, Union) and self._unordered(gold.parts, answer.parts)
        if isinstance(gold, Group) and isinstance(answer, Group):
            return self._groups(gold, answer)
        group, single = (gold, answer) if isinstance(gold, Group) else (answer, gold)
        # {5} for 5: one solution written as a set.
        return (
            isinstance(group, Group)
            and group.left == "{"
            and len(group.items) == 1
            and not isinstance(single, Group)
            and (self._equal(group.items[0], single) if group is gold else self._equal(single, group.items[0]))
        )

    def _groups(self, gold: Group, answer: Group) -> bool:
        kinds = gold.left + gold.right, answer.left + answer.right
        mine, others = named_parts(gold), named_parts(answer)
        if mine and set(mine) == set(others):
            return all(self._equal(value, others[name]) for name, value in mine.items())
        if kinds == ("{}", "{}"):
            return self._unordered(self.distinct(gold.items), self.distinct(answer.items))
        if set(kinds) <= {"", "{}"}:
            return self._unordered(_without_repeats(self, gold), _without_repeats(self, answer)) or self._parts(gold, answer)
        if "{}" in kinds:
            return False
        if "" in kinds or kinds[0] == kinds[1]:
            return self._ordered(*ordered_by_name(gold, answer))
        return len(gold.items) > 2 and set(kinds) <= {"()", "[]"} and self._ordered(gold.items, answer.items)

    def _parts(self, gold: Group, answer: Group) -> bool:
        """Labelled parts that are lists themselves, against one flat list."""
        flat = _flattened(answer)
        return len(flat) == len(gold.items) != len(answer.items) and self._unordered(gold.items, flat)


def _without_repeats(same: Same, group: Group) -> Sequence[Value]:
    """A list of tuples is a set of solutions; a list of numbers keeps what it repeats."""
    return same.distinct(group.items) if all(isinstance(item, Group) for item in group.items) else group.items


def _flattened(group: Group) -> list[Value]:
    out: list[Value] = []
    for item in group.items:
        inner = item.rhs if isinstance(item, Relation) and item.name else item
        out += _flattened(inner) if isinstance(inner, Group) and inner.left == "" else [inner]
    return out


def _bare_assignments(gold: Value, answer: Value) -> tuple[Value, Value]:
    """`x = 5` is 5 unless the other side names something else."""
    left = gold.name if isinstance(gold, Relation) else ""
    right = answer.name if isinstance(answer, Relation) else ""
    if (
        left
        and right
        and left != right
        and (
            max(len(left), len(right)) <= 2
            or contradict(left, right)
            or left[0] == right[0] == "("
            or (function_head(left) and function_head(right))
        )
    ):
        return gold, answer
    if left and isinstance(gold, Relation) and (right or not isinstance(answer, Relation)):
        gold = gold.rhs
    if (right and isinstance(answer, Relation) and not isinstance(gold, Relation)) or (
        isinstance(answer, Relation)
        and answer.op == "="
        and not isinstance(gold, Relation)
        and (_constant_chain(answer) or (isinstance(gold, Quantity) and _identity(answer)))
    ):
        answer = in_order_of_names(answer)
    return gold, answer


def _constant_chain(chain: Relation) -> bool:
    """`16 - 3 - 4 = 9`: both sides are constants and equal, so the last side is the answer."""
    if not (isinstance(chain.lhs, Quantity) and isinstance(chain.rhs, Quantity)):
        return False
    return not symbols(chain.lhs.tree) and not symbols(chain.rhs.tree) and equal_trees(chain.lhs.tree, chain.rhs.tree)


def _identity(equation: Relation) -> bool:
    """`x^2-1 = (x-1)(x+1)`: true for every letter, so the last side is what the first one became."""
    if not (isinstance(equation.lhs, Quantity) and isinstance(equation.rhs, Quantity)) or equation.name:
        return False
    return bool(symbols(equation.lhs.tree)) and equal_trees(equation.lhs.tree, equation.rhs.tree)


def _words(gold: Value, answer: Value) -> bool:
    return isinstance(gold, Words) and isinstance(answer, Words) and _listed(gold.text) == _listed(answer.text)


def _listed(text: str) -> str:
    """Words of a list, however it is joined: "line segment, circle" and "line segment and circle"."""
    return text.replace(" and ", " ")


def _based(gold: Value, answer: Value) -> bool:
    """Same digits in the same base; a base that the answer leaves out was given by the question, ten needs no base."""
    if isinstance(gold, Based) and isinstance(answer, Based):
        return gold == answer
    based, other = (gold, answer) if isinstance(gold, Based) else (answer, gold)
    if not isinstance(based, Based) or (based is answer and based.base not in (0, 10)):
        return False
    value = exact(other.tree) if isinstance(other, Quantity) and other.unit.bare else None
    return value is not None and value.denominator == 1 and str(value) == based.digits


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


def _on_the_golds_scale(gold: Quantity, answer: Quantity) -> Quantity:
    """Degrees Fahrenheit in Celsius, or the reverse, where the gold is written in the other and the answer is a number."""
    if {gold.unit.dimensions, answer.unit.dimensions} != {(("celsius", 1),), (("fahrenheit", 1),)} or not is_literal(answer.tree):
        return answer
    try:
        value = exact(answer.tree)
    except Undefined:
        value = None
    if value is None:
        return answer
    converted = (value - 32) * Fraction(5, 9) if gold.unit.dimensions[0][0] == "celsius" else value * Fraction(9, 5) + 32
    return Quantity(("num", converted, -1), gold.unit)


def _in_degrees(gold: Quantity, answer: Quantity) -> tuple[Node, Node] | None:
    """Both in degrees where one is written in degrees and the other, without a unit, as a multiple of pi."""
    for degrees, radians in ((gold, answer), (answer, gold)):
        if degrees.unit == _DEGREE and radians.unit.bare and _has_pi(radians.tree):
            turned: Node = ("div", ("mul", radians.tree, ("num", Fraction(180), -1)), ("const", "pi"))
            return (degrees.tree, turned) if degrees is gold else (turned, degrees.tree)
    return None


def _has_pi(node: Node) -> bool:
    return node == ("const", "pi") or any(_has_pi(child) for child in node[1:] if isinstance(child, tuple))


def _reversed(chain: Relation) -> Relation:
    """`c > b > a` as a < b < c; the chain itself where it turns around on the way."""
    sides, ops, rest = [chain.lhs], [chain.op], chain.rhs
    while isinstance(rest, Relation):
        sides, ops, rest = [*sides, rest.lhs], [*ops, rest.op], rest.rhs
    value = sides[0]
    for op, side in zip(ops, [*sides[1:], rest], strict=True):
        value = Relation(FLIPPED.get(op, op), side, value)
    return value if isinstance(value, Relation) else chain


def _in_order(gold: Relation, answer: Value) -> bool:
    """Letters in the order that a chain of inequalities gives them: `b, a, c` for b < a < c."""
    sides: list[Value] = [gold.lhs]
    rest: Value = gold
    while isinstance(rest, Relation) and rest.op in ("<", ">"):
        rest = rest.rhs
        sides.append(rest.lhs if isinstance(rest, Relation) else rest)
    letters_only = len(sides) > 2 and all(isinstance(side, Quantity) and side.tree[0] == "sym" for side in sides)
    return letters_only and isinstance(answer, Group) and answer.left in ("", "(") and answer.items == tuple(sides)


def _solves(gold: Relation, answer: Quantity) -> bool:
    """An equation that determines one letter linearly, and the expression for that letter alone."""
    difference = _difference(gold)
    if gold.op != "=" or difference is None or not answer.unit.bare:
        return False
    missing = symbols(difference) - symbols(answer.tree)
    if len(missing) != 1 or not symbols(answer.tree):
        return False
    (name,) = missing
    at = [substituted(difference, {name: ("num", Fraction(n), -1)}) for n in (0, 1, 2)]
    linear = vanishes(("add", ("add", at[0], at[2]), ("neg", ("mul", ("num", Fraction(2), -1), at[1]))))
    return linear and not equal_trees(at[0], at[1]) and vanishes(substituted(difference, {name: answer.tree}))


def _difference(relation: Relation) -> Node | None:
    lhs: Value = relation.lhs
    if relation.name and isinstance(lhs, Words):
        lhs = Quantity(("sym", relation.name))
    if not isinstance(lhs, Quantity) or not isinstance(relation.rhs, Quantity):
        return None
    return ("add", lhs.tree, ("neg", relation.rhs.tree))


def _rows(value: Value) -> Sequence[Sequence[Value]] | None:
    if isinstance(value, Matrix):
        return value.rows
    if isinstance(value, Group) and value.left != "{":
        return [value.items]
    return None
