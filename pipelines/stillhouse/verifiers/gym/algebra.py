"""What reasoning-gym's algebra asks of an expression: is it an antiderivative, and which expanded polynomial is it.

Slopes are computed beside values, at fixed sample points and to 50 digits (forward-mode differentiation); two
expressions that agree at all of them are equal for the purpose of an answer, as in answers.evaluate. One pass per point, so
the time grows with the length of a text alone.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from stillhouse.verifiers.math.answers.evaluate import DIGITS, MAX_BITS, POINTS, TooBig, Undefined, point
from stillhouse.verifiers.math.answers.expression import Node

_AGREE_DIGITS = 35
_LEAST_POINTS = 3
_MAX_TERMS = 500
Monomial = tuple[tuple[str, int], ...]
Polynomial = Mapping[Monomial, Fraction]
Pair = tuple[Any, Any]


class NotExpanded(Exception):
    """The text is no sum of monomials."""


def is_antiderivative(answer: Node, integrand: Node, variable: str) -> bool:
    """Whether the slope of `answer` is `integrand` wherever both have a value (at three points at least). Raises TooBig."""
    compared = 0
    for index in range(POINTS):
        try:
            slope, wanted = _pair(answer, variable, index)[1], _pair(integrand, variable, index)[0]
        except Undefined:
            continue
        if abs(slope - wanted) > (abs(wanted) + abs(slope)) * 10**-_AGREE_DIGITS:
            return False
        compared += 1
    return compared >= _LEAST_POINTS


def _pair(tree: Node, variable: str, index: int) -> Pair:
    from mpmath import mp

    with mp.workdps(DIGITS):
        try:
            value, slope = _dual(tree, variable, index)
        except (ZeroDivisionError, ValueError, OverflowError) as error:
            raise Undefined(str(error)) from error
        if not (mp.isfinite(value) and mp.isfinite(slope)):
            raise Undefined("not finite")
        return value, slope


def _dual(node: Node, variable: str, index: int) -> Pair:
    """(value, slope) of a tree at a sample point."""
    from mpmath import mp

    kind = node[0]
    if kind == "num":
        return mp.mpf(node[1].numerator) / node[1].denominator, mp.mpf(0)
    if kind == "sym":
        at = point(node[1], index)
        return mp.mpf(at.numerator) / at.denominator, mp.mpf(int(node[1] == variable))
    if kind == "const":
        return (+mp.pi if node[1] == "pi" else +mp.e), mp.mpf(0)
    parts = [_dual(child, variable, index) for child in node[1:] if isinstance(child, tuple)]
    if kind == "fn":
        return _function(node[1], *parts[0])
    return _OPERATIONS[kind](*parts)


def _quotient(a: Pair, b: Pair) -> Pair:
    return a[0] / b[0], (a[1] * b[0] - a[0] * b[1]) / b[0] ** 2


def _power(a: Pair, b: Pair) -> Pair:
    from mpmath import mp

    if a[0] == 0:
        raise Undefined("a power of zero")
    if abs(b[0]) * (1 + abs(mp.log(a[0]))) > MAX_BITS:
        raise TooBig("power")
    value = mp.power(a[0], b[0])
    return value, value * (b[0] * a[1] / a[0] + (b[1] * mp.log(a[0]) if b[1] else 0))


def _root(n: Pair, a: Pair) -> Pair:
    return _power(a, _quotient((n[0] / n[0], n[1]), n))


_OPERATIONS: dict[str, Callable[..., Pair]] = {
    "neg": lambda a: (-a[0], -a[1]),
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "mul": lambda a, b: (a[0] * b[0], a[1] * b[0] + a[0] * b[1]),
    "div": _quotient,
    "pow": _power,
    "root": _root,
}
_SLOPES: dict[str, tuple[str, Callable[[Any, Any, Any], Any]]] = {
    "sin": ("sin", lambda mp, x, y: mp.cos(x)),
    "cos": ("cos", lambda mp, x, y: -mp.sin(x)),
    "tan": ("tan", lambda mp, x, y: 1 + y * y),
    "cot": ("cot", lambda mp, x, y: -1 - y * y),
    "sec": ("sec", lambda mp, x, y: y * mp.tan(x)),
    "csc": ("csc", lambda mp, x, y: -y * mp.cot(x)),
    "exp": ("exp", lambda mp, x, y: y),
    "ln": ("log", lambda mp, x, y: 1 / x),
    "arcsin": ("asin", lambda mp, x, y: 1 / mp.sqrt(1 - x * x)),
    "arccos": ("acos", lambda mp, x, y: -1 / mp.sqrt(1 - x * x)),
    "arctan": ("atan", lambda mp, x, y: 1 / (1 + x * x)),
    "sinh": ("sinh", lambda mp, x, y: mp.cosh(x)),
    "cosh": ("cosh", lambda mp, x, y: mp.sinh(x)),
    "tanh": ("tanh", lambda mp, x, y: 1 - y * y),
}


def _function(name: str, value: Any, slope: Any) -> Pair:
    from mpmath import mp

    if abs(value) > MAX_BITS:
        raise TooBig(name)
    function, derivative = _SLOPES[name]
    result = getattr(mp, function)(value)
    return result, derivative(mp, value, result) * slope


def polynomial(node: Node) -> Polynomial:
    """The coefficients of a sum of monomials, like terms collected, zeros left out.

    Raises NotExpanded for a product or power of sums (a plain number may stand before a bracket), for division by
    anything but a number, and for what is no polynomial.
    """
    return {monomial: c for monomial, c in _terms(node).items() if c}


def _terms(node: Node) -> dict[Monomial, Fraction]:
    kind = node[0]
    if kind == "num":
        return {(): node[1]}
    if kind == "sym":
        return {((node[1], 1),): Fraction(1)}
    if kind == "neg":
        return {m: -c for m, c in _terms(node[1]).items()}
    if kind == "add":
        return _added(_terms(node[1]), _terms(node[2]))
    if kind == "mul":
        return _multiplied(_terms(node[1]), _terms(node[2]))
    if kind == "div":
        return _divided(_terms(node[1]), _terms(node[2]))
    if kind == "pow":
        return _raised(_terms(node[1]), _terms(node[2]))
    raise NotExpanded(kind)


def _added(left: dict[Monomial, Fraction], right: dict[Monomial, Fraction]) -> dict[Monomial, Fraction]:
    if len(left) + len(right) > _MAX_TERMS:
        raise NotExpanded("too many terms")
    return {m: left.get(m, Fraction(0)) + right.get(m, Fraction(0)) for m in (*left, *right)}


def _multiplied(left: dict[Monomial, Fraction], right: dict[Monomial, Fraction]) -> dict[Monomial, Fraction]:
    number = {()}
    if max(len(left), len(right)) > 1 and set(left) != number and set(right) != number:
        raise NotExpanded("a product of sums")
    return {_joined(a, b): c * d for a, c in left.items() for b, d in right.items()}


def _joined(left: Monomial, right: Monomial) -> Monomial:
    powers = dict(left)
    for name, power in right:
        powers[name] = powers.get(name, 0) + power
    return tuple(sorted(powers.items()))


def _divided(left: dict[Monomial, Fraction], right: dict[Monomial, Fraction]) -> dict[Monomial, Fraction]:
    if set(right) != {()} or not right[()]:
        raise NotExpanded("division")
    return {m: c / right[()] for m, c in left.items()}


def _raised(base: dict[Monomial, Fraction], exponent: dict[Monomial, Fraction]) -> dict[Monomial, Fraction]:
    power = exponent.get((), Fraction(0))
    if len(base) != 1 or set(exponent) != {()} or power.denominator != 1 or not 0 <= power <= MAX_BITS:
        raise NotExpanded("a power")
    ((monomial, coefficient),) = base.items()
    if power * max(coefficient.numerator.bit_length(), coefficient.denominator.bit_length()) > MAX_BITS and abs(coefficient) != 1:
        raise NotExpanded("too large a power")
    return {tuple((name, p * int(power)) for name, p in monomial if power): coefficient ** int(power)}
