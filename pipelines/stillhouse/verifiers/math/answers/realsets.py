"""Sets of real numbers in one form: intervals, inequalities, set-builder, points, unions and differences.

A set is a sorted list of pieces (low, high, closed below, closed above) with constant ends; a point is a closed piece of
length zero. What has a letter in an end is no set of this kind.
"""

from dataclasses import dataclass
from typing import Any

from stillhouse.verifiers.math.answers.evaluate import Undefined, numeric, symbols
from stillhouse.verifiers.math.answers.kinds import Difference, Group, Quantity, Relation, Union, Value, Words

_EPSILON = 1e-18


@dataclass(frozen=True, slots=True)
class Piece:
    low: Any
    high: Any
    closed_low: bool
    closed_high: bool


def equal(gold: Value, answer: Value) -> bool:
    """Whether both are real sets, one of them is written as one, and they hold the same numbers."""
    if not (_written_as_set(gold) and _written_as_set(answer)):
        return False
    left, right = pieces(gold), pieces(answer)
    return left is not None and right is not None and alike(left, right)


def alike(left: list[Piece], right: list[Piece]) -> bool:
    """Whether two lists of pieces in order are the same set."""
    return len(left) == len(right) and all(_same(a, b) for a, b in zip(left, right, strict=True))


def _written_as_set(value: Value) -> bool:
    """A single point or a bare list is compared as what it is, not as a set."""
    if isinstance(value, Group) and value.left == "":
        return any(_written_as_set(item) for item in value.items) and not all(_pair(item) for item in value.items)
    if isinstance(value, Group):
        return value.left == "{" or len(value.items) == 2
    return isinstance(value, Union | Difference) or (isinstance(value, Relation) and value.op != "=") or isinstance(value, Words)


def _pair(value: Value) -> bool:
    """(2, 32): in a list of such, a point of the plane rather than an interval, unless it has an infinite end."""
    return isinstance(value, Group) and not any(has_infinity(item) for item in value.items)


def has_infinity(value: Value) -> bool:
    """Whether a value is infinite, of either sign."""
    return isinstance(value, Quantity) and ("const", "infty") in (value.tree, value.tree[-1])


def pieces(value: Value) -> list[Piece] | None:
    """The set's pieces in order, or None where the value is no set of real numbers."""
    if isinstance(value, Words):
        return {"empty set": [], "R": [_line()]}.get(value.text)
    if isinstance(value, Quantity):
        point = _end(value)
        return None if point is None else [Piece(point, point, True, True)]
    if isinstance(value, Relation):
        return _relation(value)
    if isinstance(value, Difference):
        left, right = pieces(value.left), pieces(value.right)
        return None if left is None or right is None else _minus(left, right)
    if isinstance(value, Group) and value.left in ("(", "[", "]") and value.right and len(value.items) == 2:
        return _interval(value)
    parts = value.parts if isinstance(value, Union) else value.items if isinstance(value, Group) and value.left in ("", "{") else None
    if parts is None:
        return None
    found = [pieces(part) for part in parts]
    return None if any(part is None for part in found) else _merged([piece for part in found if part for piece in part])


def _line() -> Piece:
    from mpmath import mp

    return Piece(-mp.inf, mp.inf, False, False)


def _relation(value: Relation) -> list[Piece] | None:
    """`x != 2` is everything but 2; `x = 1` in a list of conditions is a point."""
    inner = pieces(value.rhs)
    if inner is None or len(inner) != 1 or inner[0].low != inner[0].high:
        return None
    if value.op == "!=":
        return _minus([_line()], inner)
    return inner if value.op == "=" and value.name else None


def _interval(group: Group) -> list[Piece] | None:
    low, high = (_end(item) for item in group.items)
    if low is None or high is None or low > high:
        return None
    return [Piece(low, high, group.left == "[", group.right == "]")]


def _end(value: Value) -> Any:
    if not isinstance(value, Quantity) or symbols(value.tree) or not value.unit.bare:
        return None
    try:
        found = numeric(value.tree)
    except Undefined:
        return None
    return None if getattr(found, "imag", 0) else getattr(found, "real", found)


def _merged(parts: list[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for piece in sorted(parts, key=lambda p: (p.low, not p.closed_low)):
        last = out[-1] if out else None
        if last is not None and (piece.low < last.high or (_near(piece.low, last.high) and (piece.closed_low or last.closed_high))):
            high, closed = max((last.high, last.closed_high), (piece.high, piece.closed_high))
            out[-1] = Piece(last.low, high, last.closed_low, closed)
        else:
            out.append(piece)
    return out


def _minus(left: list[Piece], right: list[Piece]) -> list[Piece]:
    for hole in right:
        left = [part for piece in left for part in _without(piece, hole)]
    return left


def _without(piece: Piece, hole: Piece) -> list[Piece]:
    if hole.high < piece.low or hole.low > piece.high:
        return [piece]
    below = Piece(piece.low, min(hole.low, piece.high), piece.closed_low, not hole.closed_low)
    above = Piece(max(hole.high, piece.low), piece.high, not hole.closed_high, piece.closed_high)
    return [part for part in (below, above) if part.low < part.high or (part.low == part.high and part.closed_low and part.closed_high)]


def _near(left: Any, right: Any) -> bool:
    from mpmath import mp

    if mp.isinf(left) or mp.isinf(right):
        return bool(left == right)
    return bool(abs(left - right) <= _EPSILON * max(1, abs(left)))


def _same(left: Piece, right: Piece) -> bool:
    closed = (left.closed_low, left.closed_high) == (right.closed_low, right.closed_high)
    return closed and _near(left.low, right.low) and _near(left.high, right.high)
