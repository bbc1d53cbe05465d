"""Equality of two expression trees: exact where both are rational, otherwise at sample points."""

from fractions import Fraction
from typing import Any

from stillhouse.verifiers.answers.evaluate import POINTS, Undefined, exact, numeric, symbols
from stillhouse.verifiers.answers.expression import Node

SIGNIFICANT = 6


def is_literal(node: Node) -> bool:
    """A number as people write results: a literal, a fraction of literals, or m × 10^n."""
    kind = node[0]
    if kind == "num":
        return True
    if kind == "neg":
        return is_literal(node[1])
    if kind == "div":
        return is_literal(node[1]) and is_literal(node[2])
    if kind == "mul":
        return is_literal(node[1]) and _power_of_ten(node[2])
    return _power_of_ten(node)


def _power_of_ten(node: Node) -> bool:
    return node[0] == "pow" and node[1][0] == "num" and node[1][1] == 10 and exact(node[2]) is not None


def equal_trees(gold: Node, answer: Node) -> bool:
    """Exact where both are rational, otherwise at the sample points."""
    try:
        left, right = exact(gold), exact(answer)
    except Undefined:
        return False
    if left is not None and right is not None:
        return left == right or _rounded(gold, answer, left, right)
    names = symbols(gold)
    if names != symbols(answer) and not (names and symbols(answer)):
        return False
    if not names:
        return _constants(gold, answer)
    return _agree_at_points(gold, answer)


def _rounded(gold: Node, answer: Node, left: Fraction, right: Fraction) -> bool:
    """A decimal of at least six significant digits is a value rounded to its last place."""
    for node, value, other in ((gold, left, right), (answer, right, left)):
        places = _places(node)
        if places > 0 and _significant(value, places) >= SIGNIFICANT and abs(value - other) * 2 * 10**places <= 1:
            return True
    return False


def _places(node: Node) -> int:
    if node[0] == "neg":
        return _places(node[1])
    return int(node[2]) if node[0] == "num" else -1


def _significant(value: Fraction, places: int) -> int:
    return len(str(abs(int(value * 10**places))).lstrip("0"))


def _constants(gold: Node, answer: Node) -> bool:
    try:
        left, right = numeric(gold), numeric(answer)
    except Undefined:
        return gold == answer
    if _close(left, right):
        return True
    for node, other in ((gold, right), (answer, left)):
        places, value = _places(node), exact(node)
        if (
            value is not None
            and places > 0
            and _significant(value, places) >= SIGNIFICANT
            and abs(numeric(node) - other) * 2 * 10**places <= 1
        ):
            return True
    return False


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
