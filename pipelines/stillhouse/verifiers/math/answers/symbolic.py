"""sympy's expressions for our trees, built by its constructors alone: no text ever reaches sympy's parser.

A tree is bounded before it is built (size, powers, factorials), and the work on it in CPU time. Raises Undecided where a
bound is met, or where sympy has no answer.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from stillhouse.verifiers.math.answers.expression import Node

MAX_NODES, MAX_POWER, MAX_BITS, MAX_FACTORIAL = 120, 24, 2_000, 60
SECONDS = 1.0
INTEGERS = frozenset({"n", "k", "m"})
_FUNCTIONS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "ln": "log", "log": "log", "exp": "exp", "abs": "Abs", "floor": "floor", "ceil": "ceiling",
}  # fmt: skip
_CONSTANTS = {"pi": "pi", "e": "E", "i": "I", "infty": "oo"}


def load() -> None:
    """Imports sympy with all that it loads late, because its modules run text as code while they load, which a worker's walls forbid.

    Its polynomial rings also write the operations on monomials as text and run it, at any time: they get plain functions instead.
    """
    import sympy
    import sympy.physics.units
    from sympy.polys import rings

    rings.MonomialOps = Monomials
    x = sympy.Symbol("x", real=True)
    sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2)
    sympy.solveset(abs(x - 1) < 3, x, sympy.S.Reals)
    sympy.solve(sympy.exp(x) - 2, x)


class Monomials:
    """What sympy's polynomial rings ask of monomials in `ngens` letters, which are tuples of exponents."""

    def __init__(self, ngens: int) -> None:
        from sympy.polys import monomials

        self.mul = lambda: monomials.monomial_mul
        self.pow = lambda: monomials.monomial_pow
        self.mulpow = lambda: _mulpow
        self.ldiv = lambda: monomials.monomial_ldiv
        self.div = lambda: monomials.monomial_div
        self.lcm = lambda: monomials.monomial_lcm
        self.gcd = lambda: monomials.monomial_gcd


def _mulpow(left: tuple[int, ...], right: tuple[int, ...], times: int) -> tuple[int, ...]:
    return tuple(a + b * times for a, b in zip(left, right, strict=True))


class Undecided(Exception):
    """Algebra gives no answer here."""


class TooLong(BaseException):
    """The CPU time is used up. No Exception, so that nothing on the way swallows it."""


def size(node: Node) -> int:
    """How many nodes a tree has."""
    return 1 + sum(size(child) for child in node[1:] if isinstance(child, tuple))


def built(node: Node, integers: frozenset[str] = frozenset()) -> Any:
    """sympy's expression of a tree; letters are real, those in `integers` whole numbers. Raises Undecided."""
    if size(node) > MAX_NODES:
        raise Undecided("a large expression")
    return _built(node, integers)


def symbol(name: str, integers: frozenset[str] = frozenset()) -> Any:
    """The letter as it stands in what `built` gives."""
    import sympy

    return sympy.Symbol(name, integer=True) if name in integers else sympy.Symbol(name, real=True)


def _built(node: Node, integers: frozenset[str]) -> Any:
    import sympy

    kind = node[0]
    if kind == "num":
        return _number(node[1])
    if kind == "sym":
        return symbol(node[1], integers)
    if kind == "const":
        return getattr(sympy, _CONSTANTS[node[1]])
    if kind == "fn":
        return _function(node[1], _built(node[2], integers))
    return _combined(kind, [_built(child, integers) for child in node[1:]])


def _number(value: Fraction) -> Any:
    import sympy

    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise Undecided("a large number")
    return sympy.Rational(value.numerator, value.denominator)


def _function(name: str, argument: Any) -> Any:
    import sympy

    if name == "lg":
        return sympy.log(argument, 10)
    if name not in _FUNCTIONS:
        raise Undecided(f"the function {name}")
    return getattr(sympy, _FUNCTIONS[name])(argument)


def _combined(kind: str, parts: list[Any]) -> Any:
    import sympy

    first, second = parts[0], parts[-1]
    if kind == "neg":
        return -first
    if kind == "add":
        return sympy.Add(first, second)
    if kind == "mul":
        return sympy.Mul(first, second)
    if kind == "div":
        if second == 0:
            raise Undecided("a division by zero")
        return sympy.Mul(first, sympy.Pow(second, -1))
    if kind == "root":
        return _power(second, 1 / first if first != 0 else sympy.nan)
    if kind == "pow":
        return _power(first, second)
    return _counted(kind, first, second)


def _power(base: Any, exponent: Any) -> Any:
    """Numbers stay small, and a negative base with an odd root is real, as in `evaluate`."""
    import sympy

    if exponent.is_number and not (exponent.is_finite and abs(exponent) <= MAX_POWER):
        raise Undecided("a high power")
    if exponent.is_Rational and exponent.q % 2 == 1 and exponent.q > 1 and base.is_real:
        return sympy.real_root(base, exponent.q) ** exponent.p if base.is_number else _odd_root(base, exponent)
    return sympy.Pow(base, exponent)


def _odd_root(base: Any, exponent: Any) -> Any:
    import sympy

    if base.is_nonnegative:
        return sympy.Pow(base, exponent)
    sign = sympy.sign(base) if exponent.p % 2 else 1
    return sign * sympy.Pow(sympy.Abs(base), exponent)


def _counted(kind: str, first: Any, second: Any) -> Any:
    import sympy

    if any(part.is_number and not (part.is_finite and abs(part) <= MAX_FACTORIAL) for part in (first, second)):
        raise Undecided(f"a large {kind}")
    return sympy.factorial(first) if kind == "fact" else sympy.binomial(first, second)


@contextmanager
def bounded() -> Iterator[None]:
    """Ends the work inside with TooLong after SECONDS of CPU time. Raises Undecided outside the main thread, which no signal reaches."""
    if threading.current_thread() is not threading.main_thread():
        raise Undecided("not the main thread")
    before = signal.signal(signal.SIGVTALRM, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_long(number: int, frame: Any) -> None:
    raise TooLong
