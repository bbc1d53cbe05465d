"""Equality of two expression trees: exact where both are rational, otherwise at sample points.

Rounding has one rule, apart from equality (`rounded`): a decimal of the gold with at least two places stands for every value that
rounds to it; a decimal in the answer stands for an exact gold that rounds to it when it has at least four significant digits.
"""

from typing import Any

from stillhouse.verifiers.math.answers.evaluate import POINTS, Undefined, exact, numeric, symbols
from stillhouse.verifiers.math.answers.expression import Node

GOLD_PLACES, SIGNIFICANT, COARSE_SIGNIFICANT = 2, 4, 2


def is_literal(node: Node) -> bool:
    """A number as people write results: a literal, a fraction of literals, or m × 10^n."""
    kind = node[0]
    if kind == "num":
        return True
    if kind == "neg":
        return is_literal(node[1])
    if kind == "div":
        return _is_number(node[1]) and _is_number(node[2])
    if kind == "mul":
        return is_literal(node[1]) and _power_of_ten(node[2])
    return _power_of_ten(node)


def _is_number(node: Node) -> bool:
    return bool(node[0] == "num" or (node[0] == "neg" and node[1][0] == "num"))


def unreduced(node: Node) -> bool:
    """An integer that is written as a division: 84/7, 10/2."""
    while node[0] == "neg":
        node = node[1]
    if node[0] != "div" or not (_is_number(node[1]) and _is_number(node[2])):
        return False
    value = exact(node)
    return value is not None and value.denominator == 1 and exact(node[2]) not in (1, -1)


def _power_of_ten(node: Node) -> bool:
    return node[0] == "pow" and node[1][0] == "num" and node[1][1] == 10 and exact(node[2]) is not None


def equal_trees(gold: Node, answer: Node) -> bool:
    """Exact where both are rational, otherwise at the sample points."""
    try:
        left, right = exact(gold), exact(answer)
    except Undefined:
        return False
    if left is not None and right is not None:
        return left == right
    names = symbols(gold)
    if names != symbols(answer) and not (names and symbols(answer)):
        return False
    if not names:
        return _constants(gold, answer)
    return _agree_at_points(gold, answer)


def rounded(gold: Node, answer: Node) -> bool:
    """Whether one is the other, rounded by the rule; never where both are the same kind of decimal."""
    return (_places(gold) >= GOLD_PLACES and _places(answer) != _places(gold) and _rounds(answer, gold)) or (
        _significant(answer) >= SIGNIFICANT and _places(gold) < 0 < _places(answer) and _rounds(gold, answer)
    )


def coarse(gold: Node, answer: Node) -> bool:
    """Whether the answer may be the gold, cut off or rounded to fewer places than the rule asks: not equal, not plainly wrong."""
    if _places(gold) > max(_places(answer), 0) and _is_number(answer):
        return _significant(answer) >= COARSE_SIGNIFICANT and _rounds(gold, answer)
    if _places(gold) >= 1:
        return _places(answer) != _places(gold) and _rounds(answer, gold, 2)
    return _places(gold) < 0 < _places(answer) and _significant(answer) >= COARSE_SIGNIFICANT and _rounds(gold, answer)


def _rounds(value: Node, decimal: Node, halves: int = 1) -> bool:
    """Whether a constant value rounds to a decimal at the decimal's last place (within a whole unit of it for two halves)."""
    if symbols(value) or symbols(decimal):
        return False
    try:
        left, right = numeric(value), numeric(decimal)
    except Undefined:
        return False
    return bool(abs(left - right) * 2 * 10 ** max(_places(decimal), 0) <= halves)


def _places(node: Node) -> int:
    if node[0] == "neg":
        return _places(node[1])
    return int(node[2]) if node[0] == "num" else -1


def _significant(node: Node) -> int:
    if not _is_number(node):
        return 0
    value, places = exact(node), max(_places(node), 0)
    return len(str(abs(int((value or 0) * 10**places))).lstrip("0"))


def _constants(gold: Node, answer: Node) -> bool:
    try:
        return _close(numeric(gold), numeric(answer))
    except Undefined:
        return gold == answer


def _close(left: Any, right: Any) -> bool:
    from mpmath import mp

    if mp.isinf(left) or mp.isinf(right):
        return bool(left == right)
    return bool(abs(left - right) <= mp.mpf(10) ** -25 * max(abs(left), abs(right), mp.mpf(10) ** -20))


def _agree_at_points(gold: Node, answer: Node) -> bool:
    """Agreement wherever the gold is real (everywhere, when it never is)."""
    from mpmath import mp

    compared, complex_only = 0, []
    for index in range(POINTS):
        try:
            left = numeric(gold, index)
        except Undefined:
            continue
        if mp.im(left) != 0:
            complex_only.append((index, left))
            continue
        if not _matches(left, answer, index):
            return False
        compared += 1
    if compared:
        return True
    return bool(complex_only) and all(_matches(left, answer, index) for index, left in complex_only)


def _matches(left: Any, answer: Node, index: int) -> bool:
    try:
        return _close(left, numeric(answer, index))
    except Undefined:
        return False


def proportional(left: Node, right: Node) -> bool:
    from mpmath import mp

    ratios = []
    for index in range(POINTS):
        try:
            a, b = numeric(left, index), numeric(right, index)
        except Undefined:
            continue
        if a == 0 or b == 0:
            return False
        ratios.append(b / a)
    return len(ratios) >= 3 and all(_close(r, ratios[0]) for r in ratios) and mp.isfinite(abs(ratios[0]))


def substituted(node: Node, names: dict[str, Node]) -> Node:
    """The tree with symbols replaced."""
    if node[0] == "sym":
        return names.get(node[1], node)
    return (node[0], *(substituted(child, names) if isinstance(child, tuple) else child for child in node[1:]))


def vanishes(node: Node) -> bool:
    """Whether a tree is zero at every sample point where it has a value, and it has one at three of them."""
    from mpmath import mp

    seen = 0
    for index in range(POINTS):
        try:
            value = numeric(node, index)
        except Undefined:
            continue
        if abs(value) > mp.mpf(10) ** -20:
            return False
        seen += 1
    return seen >= 3
