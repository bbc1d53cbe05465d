"""Values of expression trees: exact fractions where possible, else 50 digits at fixed sample points.

Two expressions in variables are equal here when they agree at every sample point to 25 digits. For analytic
expressions a false agreement at points that are unrelated to the input is not a practical worry; this is a
probabilistic identity test (Schwartz 1980, Zippel 1979), not a proof. Powers and factorials are bounded before they
are computed, and raise TooBig.
"""

import zlib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from stillhouse.verifiers.math.answers.expression import Node

MAX_BITS = 20_000
DIGITS = 50
POINTS = 8
_POSITIVE = 4


class TooBig(Exception):
    """A power, factorial or binomial beyond what an answer can mean."""


class Undefined(Exception):
    """No value here: a division by zero, an unknown function."""


def symbols(node: Node) -> frozenset[str]:
    """The names of all variables of a tree."""
    if node[0] == "sym":
        return frozenset((node[1],))
    return frozenset().union(*(symbols(child) for child in node[1:] if isinstance(child, tuple)))


def exact(node: Node) -> Fraction | None:
    """The rational value of a tree, or None where it has none (or none that is found without algebra)."""
    kind = node[0]
    if kind == "num":
        value: Fraction = node[1]
        return value
    if kind in ("sym", "const", "fn"):
        return None
    parts = [exact(child) for child in node[1:]]
    if any(part is None for part in parts):
        return None
    return _EXACT[kind](*parts)


def _exact_div(a: Fraction, b: Fraction) -> Fraction:
    if b == 0:
        raise Undefined("division by zero")
    return a / b


def _exact_pow(a: Fraction, b: Fraction) -> Fraction | None:
    if b.denominator != 1:
        root = _exact_root(Fraction(b.denominator), a)
        return None if root is None else _exact_pow(root, Fraction(b.numerator))
    if a == 0 and b < 0:
        raise Undefined("division by zero")
    if abs(b) * max(a.numerator.bit_length(), a.denominator.bit_length()) > MAX_BITS and a not in (0, 1, -1):
        raise TooBig("power")
    return Fraction(a ** int(b)) if a not in (0, 1, -1) else _unit_pow(a, b)


def _unit_pow(a: Fraction, b: Fraction) -> Fraction:
    if a == 0:
        return Fraction(1 if b == 0 else 0)
    return Fraction(1 if a == 1 or b % 2 == 0 else -1)


def _exact_root(n: Fraction, a: Fraction) -> Fraction | None:
    if n.denominator != 1 or not 1 <= n <= 100 or (a < 0 and n % 2 == 0):
        return None
    top, bottom = _integer_root(abs(a.numerator), int(n)), _integer_root(a.denominator, int(n))
    return None if top is None or bottom is None else Fraction(top if a >= 0 else -top, bottom)


def _integer_root(value: int, n: int) -> int | None:
    low, high = 0, 1 << (value.bit_length() // n + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**n <= value else (low, middle - 1)
    return low if low**n == value else None


def _exact_fact(a: Fraction) -> Fraction | None:
    if a.denominator != 1 or a < 0:
        return None
    if a > 1_000:
        raise TooBig("factorial")
    result = 1
    for k in range(2, int(a) + 1):
        result *= k
    return Fraction(result)


def _exact_binom(a: Fraction, b: Fraction) -> Fraction | None:
    import math

    if a.denominator != 1 or b.denominator != 1 or a < 0 or b < 0:
        return None
    if a > 2_000:
        raise TooBig("binomial")
    return Fraction(math.comb(int(a), int(b)))


_EXACT: dict[str, Callable[..., Fraction | None]] = {
    "neg": lambda a: -a,
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "div": _exact_div,
    "pow": _exact_pow,
    "root": _exact_root,
    "fact": _exact_fact,
    "binom": _exact_binom,
}


def point(name: str, index: int) -> Fraction:
    """The value of a variable at a sample point: fixed by its name, of no special form.

    At the first points all are positive, at the next one all are negative, then the signs are the name's.
    """
    seed = zlib.crc32(f"{name}:{index}".encode())
    value = Fraction(seed % 9_973 + 137, 1_009 * (1 + index % 3))
    return -value if index == _POSITIVE or (index > _POSITIVE and seed >> 20 & 1) else value


def numeric(node: Node, index: int = 0) -> Any:
    """The complex value of a tree at a sample point, to 50 digits (an mpmath number). Raises Undefined and TooBig."""
    from mpmath import mp

    with mp.workdps(DIGITS):
        return _numeric(node, index)


def _numeric(node: Node, index: int) -> Any:
    from mpmath import mp

    kind = node[0]
    if kind == "num":
        return mp.mpf(node[1].numerator) / node[1].denominator
    if kind == "sym":
        value = point(node[1], index)
        return mp.mpf(value.numerator) / value.denominator
    if kind == "const":
        return {"pi": +mp.pi, "e": +mp.e, "i": mp.mpc(0, 1), "infty": mp.inf}[node[1]]
    if kind == "fn":
        return _function(node[1], _numeric(node[2], index))
    parts = [_numeric(child, index) for child in node[1:]]
    try:
        if kind == "pow" and mp.im(parts[0]) == 0 and parts[0] < 0 and (odd := _odd_root(node[2])):
            return _pow(_root(mp.mpf(odd.denominator), parts[0]), mp.mpf(odd.numerator))
        return _NUMERIC[kind](*parts)
    except (ZeroDivisionError, ValueError, OverflowError) as error:
        raise Undefined(str(error)) from error


def _odd_root(exponent: Node) -> Fraction | None:
    """The exponent where it is a fraction that stands for a real root of a negative number: 2/3, -1/5."""
    value = exact(exponent)
    return value if value is not None and value.denominator > 1 and value.denominator % 2 else None


def _pow(a: Any, b: Any) -> Any:
    from mpmath import mp

    if a == 0:
        return a if mp.re(b) > 0 else (mp.mpf(1) if b == 0 else mp.inf)
    if abs(b) * (1 + abs(mp.log(abs(a)))) > MAX_BITS * 10:
        raise TooBig("power")
    return mp.power(a, b)


def _root(n: Any, a: Any) -> Any:
    from mpmath import mp

    # A real odd root of a negative number is what an answer means, not the principal complex one.
    if mp.im(a) == 0 and mp.re(a) < 0 and mp.im(n) == 0 and n == int(mp.re(n)) and int(mp.re(n)) % 2 == 1:
        return -mp.power(-a, 1 / n)
    return mp.power(a, 1 / n) if a != 0 else a


def _fact(a: Any) -> Any:
    from mpmath import mp

    if abs(a) > 1_000:
        raise TooBig("factorial")
    return mp.gamma(a + 1)


def _binom(a: Any, b: Any) -> Any:
    from mpmath import mp

    if abs(a) > 2_000 or abs(b) > 2_000:
        raise TooBig("binomial")
    return mp.binomial(a, b)


def _times(a: Any, b: Any) -> Any:
    return a * b


def _over(a: Any, b: Any) -> Any:
    if b == 0:
        raise Undefined("division by zero")
    return a / b


_NUMERIC: dict[str, Callable[..., Any]] = {
    "neg": lambda a: -a,
    "add": lambda a, b: a + b,
    "mul": _times,
    "div": _over,
    "pow": _pow,
    "root": _root,
    "fact": _fact,
    "binom": _binom,
}
_RECIPROCAL = {"arccot": "atan", "arcsec": "acos", "arccsc": "asin"}
_PLAIN = {
    "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "log": "log", "ln": "log", "lg": "log10", "exp": "exp", "abs": "fabs", "floor": "floor",
    "ceil": "ceil",
}  # fmt: skip


def _function(name: str, value: Any) -> Any:
    from mpmath import mp

    if mp.isinf(value) or (name in ("exp", "sinh", "cosh", "tanh") and abs(value) > MAX_BITS * 10):
        raise TooBig(name)
    try:
        if name in _RECIPROCAL:
            return getattr(mp, _RECIPROCAL[name])(1 / value)
        if name in _PLAIN:
            return getattr(mp, _PLAIN[name])(value)
    except (ZeroDivisionError, ValueError) as error:
        raise Undefined(str(error)) from error
    raise Undefined(f"unknown function {name}")
