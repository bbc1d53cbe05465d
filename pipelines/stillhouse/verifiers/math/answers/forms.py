"""The shape of an expression's tree, whatever its value: its factors, whether it is expanded, and one order for its terms."""

from fractions import Fraction

from stillhouse.verifiers.math.answers.evaluate import exact, symbols
from stillhouse.verifiers.math.answers.expression import Node

_ONE: Node = ("num", Fraction(1), -1)


def normal(node: Node) -> str:
    """A tree as text, the same for any order of its terms and factors, with roots as powers and without factors of one."""
    kind = node[0]
    if kind == "num":
        return str(node[1])
    if kind in ("sym", "const"):
        return str(node[1])
    if kind in ("add", "neg"):
        terms = sorted(_terms(node, ""))
        return terms[0] if len(terms) == 1 and terms[0][0] != "-" else f"({' '.join(terms)})"
    if kind == "mul":
        parts = sorted(part for part in _product(node) if part != "1")
        return parts[0] if len(parts) == 1 else f"[{' '.join(parts)}]"
    if kind == "root":
        return normal(("pow", node[2], ("div", _ONE, node[1])))
    inner = [normal(child) if isinstance(child, tuple) else str(child) for child in node[1:]]
    return f"{kind}<{','.join(inner)}>"


def _terms(node: Node, sign: str) -> list[str]:
    if node[0] == "add":
        return _terms(node[1], sign) + _terms(node[2], sign)
    if node[0] == "neg":
        return _terms(node[1], "" if sign else "-")
    return [sign + normal(node)]


def _product(node: Node) -> list[str]:
    return _product(node[1]) + _product(node[2]) if node[0] == "mul" else [normal(node)]


def factors(node: Node, primes: bool) -> int:
    """How many factors a product has, with multiplicity: those with a letter, and numbers above one for `primes`."""
    kind = node[0]
    if kind == "neg" or (kind == "div" and not symbols(node[2])):
        return factors(node[1], primes)
    if kind == "mul":
        return factors(node[1], primes) + factors(node[2], primes)
    if kind == "pow" and (power := exact(node[2])) is not None and power.denominator == 1 and 0 < power < 100:
        return factors(node[1], primes) * int(power)
    value = exact(node) if not symbols(node) else None
    return int(primes and value is not None and value > 1) if value is not None else 1


def is_expanded(node: Node) -> bool:
    """Whether no product or power of a sum is left to multiply out."""
    if node[0] == "mul" and any(_is_sum(part) for part in node[1:]):
        return False
    if node[0] == "pow" and _is_sum(node[1]):
        return False
    return all(is_expanded(child) for child in node[1:] if isinstance(child, tuple))


def _is_sum(node: Node) -> bool:
    while node[0] == "neg":
        node = node[1]
    return bool(node[0] == "add" and symbols(node)) or bool(node[0] == "mul" and any(_is_sum(part) for part in node[1:]))


def is_fraction(node: Node) -> bool:
    """A number over a number, with a sign or none."""
    while node[0] == "neg":
        node = node[1]
    return bool(node[0] == "div" and all(part[0] in ("num", "neg") for part in node[1:]))


def is_scientific(node: Node) -> bool:
    """m × 10^n with 1 ≤ m < 10, or a power of ten."""
    while node[0] == "neg":
        node = node[1]
    if node[0] == "mul" and node[1][0] == "num":
        return 1 <= node[1][1] < 10 and is_scientific(("pow", *node[2][1:])) and node[2][0] == "pow"
    return bool(node[0] == "pow" and node[1][0] == "num" and node[1][1] == 10)


def root_below(node: Node) -> bool:
    """Whether a root stands in a denominator."""
    if node[0] == "div" and _has_root(node[2]):
        return True
    return any(root_below(child) for child in node[1:] if isinstance(child, tuple))


def _has_root(node: Node) -> bool:
    return node[0] == "root" or any(_has_root(child) for child in node[1:] if isinstance(child, tuple))
