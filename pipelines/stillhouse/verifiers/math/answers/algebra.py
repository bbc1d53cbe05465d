"""What substitution and sample points leave open, decided by sympy: on our own bounded trees, never on text.

Five questions, each a proof and not a sample: families of solutions over the integers (π/2 + kπ and (2n+1)π/2),
identities that hold for integers (cos nπ and (-1)^n), an implicit equation and its solved form (xy = 2 and y = 2/x),
an unsolved inequality and its solution set, antiderivatives up to their constant. The solved form is always the
answer's: an answer that restates the question stays wrong. `proven` says whether an equality at the sample points
holds everywhere, for expressions with |x| or ⌊x⌋, of which points say little.
"""

from collections.abc import Callable
from typing import Any

from stillhouse.verifiers.math.answers import realsets
from stillhouse.verifiers.math.answers.evaluate import symbols
from stillhouse.verifiers.math.answers.expression import Node
from stillhouse.verifiers.math.answers.kinds import Group, Quantity, Relation, Union, Value
from stillhouse.verifiers.math.answers.symbolic import INTEGERS, TooLong, Undecided, bounded, built, symbol

_CONSTANTS = frozenset({"C", "c", "K", "C_1", "c_1"})
_STEPS = frozenset({"abs", "floor", "ceil"})
MAX_CLASSES = 24


class OutOfTime(Exception):
    """Algebra took longer than it may."""


def decide(gold: Value, answer: Value) -> str | None:
    """Which of the questions finds the two equal; None where none does. Raises OutOfTime."""
    asked = [question for question in _QUESTIONS if question[1](gold, answer)]
    for name, _, prove in asked:
        if _within_bounds(lambda prove=prove: prove(gold, answer)):  # type: ignore[misc]
            return f"algebra: {name}"
    return None


def needs_proof(gold: Value, answer: Value) -> bool:
    """Whether sample points are weak evidence for two expressions: a step or an absolute value of a letter."""
    both = _bare(gold), _bare(answer)
    return all(isinstance(value, Quantity) for value in both) and any(isinstance(value, Quantity) and _steps(value.tree) for value in both)


def proven(gold: Value, answer: Value) -> bool:
    """Whether the difference of two such expressions is zero for all real letters."""
    left, right = _bare(gold), _bare(answer)
    return isinstance(left, Quantity) and isinstance(right, Quantity) and _within_bounds(lambda: _zero(left.tree, right.tree))


def _within_bounds(prove: Callable[[], bool]) -> bool:
    try:
        with bounded():
            return prove()
    except TooLong:
        raise OutOfTime from None
    except (Undecided, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):
        return False  # sympy has no answer, and says so in many ways; RuntimeError is also what refuses text as code


def _steps(node: Node) -> bool:
    if node[0] == "fn" and node[1] in _STEPS:
        return bool(symbols(node[2]))
    return any(_steps(child) for child in node[1:] if isinstance(child, tuple))


def _zero(left: Node, right: Node, integers: frozenset[str] = frozenset()) -> bool:
    import sympy

    difference = built(left, integers) - built(right, integers)
    return bool(sympy.simplify(difference) == 0)


# Families over the integers.


def _bare(value: Value) -> Value:
    return value.rhs if isinstance(value, Relation) and value.op == "=" and value.name else value


def _members(value: Value) -> list[Node]:
    """The expressions of a value or of a list of values; empty where one of them is anything else."""
    value = _bare(value)
    items = value.items if isinstance(value, Group) and value.left in ("", "{") else (value,)
    bare = [_bare(item) for item in items]
    trees = [item.tree for item in bare if isinstance(item, Quantity) and item.unit.bare]
    return trees if len(trees) == len(bare) else []


def _are_families(gold: Value, answer: Value) -> bool:
    """Lists of expressions in one whole-number letter, with π in each: the solutions of an equation in sines and cosines."""
    both = _members(gold), _members(answer)
    return all(members and all(len(symbols(t)) == 1 and symbols(t) <= INTEGERS and _has_pi(t) for t in members) for members in both)


def _has_pi(node: Node) -> bool:
    return node == ("const", "pi") or any(_has_pi(child) for child in node[1:] if isinstance(child, tuple))


def _same_families(gold: Value, answer: Value) -> bool:
    """Both are the same residues to a common period."""
    import sympy

    left, right = ([_line(tree) for tree in _members(value)] for value in (gold, answer))
    unit = left[0][1]
    ratios = [sympy.simplify(step / unit) for _, step in left + right]
    if not all(ratio.is_Rational and ratio != 0 for ratio in ratios):
        return False
    period = sympy.ilcm(*(abs(ratio.p) for ratio in ratios)) * abs(unit)
    period = sympy.simplify(period / sympy.igcd(*(ratio.q for ratio in ratios)))
    sides = [[start + j * abs(step) for start, step in side for j in range(_turns(period, step))] for side in (left, right)]
    return all(_covered(one, other, period) for one, other in (sides, sides[::-1]))


def _line(tree: Node) -> tuple[Any, Any]:
    """An expression as start and step of its letter. Raises Undecided where it is not linear."""
    import sympy

    (name,) = symbols(tree)
    letter = symbol(name, INTEGERS)
    expression = built(tree, INTEGERS)
    step = sympy.simplify(sympy.diff(expression, letter))
    if step.free_symbols or step == 0 or not step.is_real:
        raise Undecided("not linear")
    return sympy.simplify(expression.subs(letter, 0)), step


def _turns(period: Any, step: Any) -> int:
    import sympy

    turns = sympy.simplify(period / abs(step))
    if not turns.is_Integer or not 0 < turns <= MAX_CLASSES:
        raise Undecided("too many classes")
    return int(turns)


def _covered(residues: list[Any], others: list[Any], period: Any) -> bool:
    import sympy

    return all(any(sympy.simplify((one - other) / period).is_Integer for other in others) for one in residues)


# Identities for whole numbers.


def _whole_letters(gold: Value, answer: Value) -> bool:
    if not isinstance(gold, Quantity) or not isinstance(answer, Quantity) or not (gold.unit.bare and answer.unit.bare):
        return False
    both = symbols(gold.tree) | symbols(answer.tree)
    return symbols(gold.tree) == symbols(answer.tree) and bool(both & INTEGERS) and any(map(_alternates, (gold.tree, answer.tree)))


def _alternates(node: Node) -> bool:
    """A power of a negative number, or a sine or cosine of π, with a letter in it."""
    if node[0] == "pow" and node[1][0] == "neg" and symbols(node[2]):
        return True
    if node[0] == "fn" and node[1] in ("sin", "cos") and symbols(node[2]) and _has_pi(node[2]):
        return True
    return any(_alternates(child) for child in node[1:] if isinstance(child, tuple))


def _whole_identity(gold: Value, answer: Value) -> bool:
    assert isinstance(gold, Quantity)
    assert isinstance(answer, Quantity)
    return _zero(gold.tree, answer.tree, INTEGERS)


# Equations.


def _is_equation(value: Value) -> bool:
    return isinstance(value, Relation) and value.op == "=" and isinstance(value.rhs, Quantity)


def _implicit(gold: Value, answer: Value) -> bool:
    """An equation that is solved for nothing; the answer may be."""
    if not (isinstance(gold, Relation) and isinstance(answer, Relation) and _is_equation(gold) and _is_equation(answer)):
        return False
    names = symbols(_side(gold))
    return (not gold.name or _is_product(gold)) and len(names) > 1 and names == symbols(_side(answer))


def _side(equation: Relation) -> Node:
    """The difference of an equation's sides."""
    assert isinstance(equation.rhs, Quantity)
    if isinstance(equation.lhs, Quantity):
        return ("add", equation.lhs.tree, ("neg", equation.rhs.tree))
    first, *others = list(equation.name) if _is_product(equation) else [equation.name]
    left: Node = ("sym", first)
    for letter in others:
        left = ("mul", left, ("sym", letter))
    return ("add", left, ("neg", equation.rhs.tree))


def _is_product(equation: Relation) -> bool:
    """`xy = 2`: small letters that are read as a name are a product here."""
    return equation.name.isalpha() and equation.name.islower() and 2 <= len(equation.name) <= 3


def _same_equation(gold: Value, answer: Value) -> bool:
    """The same curve: equal up to a constant once denominators are gone, or the answer is the gold's only solution."""
    import sympy

    assert isinstance(gold, Relation)
    assert isinstance(answer, Relation)
    left, right = (sympy.fraction(sympy.together(built(_side(equation))))[0] for equation in (gold, answer))
    ratio = sympy.cancel(left / right)
    if ratio != 0 and not ratio.free_symbols:
        return True
    if (
        not answer.name
        or answer.name not in symbols(_side(gold))
        or not isinstance(answer.rhs, Quantity)
        or answer.name in symbols(answer.rhs.tree)
    ):
        return False
    solutions = sympy.solve(left, symbol(answer.name), dict=False)
    return len(solutions) == 1 and bool(sympy.simplify(solutions[0] - built(answer.rhs.tree)) == 0)


# Inequalities.


def _unsolved(gold: Value, answer: Value) -> bool:
    solved = isinstance(answer, Union) or (
        isinstance(answer, Group) and len(answer.items) == 2 and answer.left + answer.right not in ("{}", "")
    )
    relations = _chain(gold)
    names = set().union(*(symbols(side) for _, *sides in relations for side in sides)) if relations else set()
    return solved and len(names) == 1


def _chain(value: Value) -> list[tuple[str, Node, Node]]:
    """`a < b < c` as pairs; empty for anything but inequalities of expressions."""
    if not isinstance(value, Relation) or value.op not in ("<", ">", "<=", ">=") or not isinstance(value.lhs, Quantity):
        return []
    if isinstance(value.rhs, Quantity):
        return [(value.op, value.lhs.tree, value.rhs.tree)]
    rest = _chain(value.rhs)
    return [(value.op, value.lhs.tree, rest[0][1]), *rest] if rest else []


def _same_solutions(gold: Value, answer: Value) -> bool:
    import sympy

    relations = {"<": sympy.Lt, ">": sympy.Gt, "<=": sympy.Le, ">=": sympy.Ge}
    chain = _chain(gold)
    (name,) = set().union(*(symbols(side) for _, *sides in chain for side in sides))
    found: Any = sympy.S.Reals
    for op, left, right in chain:
        found = found.intersect(sympy.solveset(relations[op](built(left), built(right)), symbol(name), sympy.S.Reals))
    pieces = realsets.pieces(answer)
    return pieces is not None and realsets.alike([_piece(part) for part in _intervals(found)], pieces)


def _intervals(found: Any) -> list[Any]:
    """The intervals of a set in order. Raises Undecided for a set that is not made of them."""
    import sympy

    parts = list(found.args) if isinstance(found, sympy.Union) else [found]
    if not all(isinstance(part, sympy.Interval) for part in parts):
        raise Undecided("no intervals")
    return sorted(parts, key=lambda part: float(part.start))


def _piece(part: Any) -> realsets.Piece:
    from mpmath import mp

    low, high = (mp.mpf(end.evalf(40)) if end.is_finite else mp.inf * (1 if end > 0 else -1) for end in (part.start, part.end))
    return realsets.Piece(low, high, not part.left_open, not part.right_open)


# Antiderivatives.


def _with_constants(gold: Value, answer: Value) -> bool:
    return all(
        isinstance(value, Quantity) and len(symbols(value.tree) & _CONSTANTS) == 1 and len(symbols(value.tree)) > 1
        for value in (gold, answer)
    )


def _same_up_to_constant(gold: Value, answer: Value) -> bool:
    import sympy

    assert isinstance(gold, Quantity)
    assert isinstance(answer, Quantity)
    left, right = _without_constant(gold.tree), _without_constant(answer.tree)
    return not sympy.simplify(left - right).free_symbols


def _without_constant(tree: Node) -> Any:
    """The expression without the constant that is added to it. Raises Undecided where it is not simply added."""
    import sympy

    (name,) = symbols(tree) & _CONSTANTS
    expression, constant = built(tree), symbol(name)
    if sympy.diff(expression, constant) not in (1, -1):
        raise Undecided("a constant that is not added")
    return expression.subs(constant, 0)


_QUESTIONS: list[tuple[str, Callable[[Value, Value], bool], Callable[[Value, Value], bool]]] = [
    ("a family over the integers", _are_families, _same_families),
    ("equal for whole numbers", _whole_letters, _whole_identity),
    ("the same equation", _implicit, _same_equation),
    ("the solutions of an inequality", _unsolved, _same_solutions),
    ("equal up to a constant", _with_constants, _same_up_to_constant),
]
