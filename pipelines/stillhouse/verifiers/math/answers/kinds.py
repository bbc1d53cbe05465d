"""The kinds of answers: what a text is read as, before two of them are compared."""

from dataclasses import dataclass

from stillhouse.verifiers.math.answers.expression import Node
from stillhouse.verifiers.math.answers.units import NONE, Unit

FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Quantity:
    """An expression and the unit behind it.

    `percent` marks a value that was written with a percent sign, `about` the exact side of "√3 ≈ 1.73".
    """

    tree: Node
    unit: Unit = NONE
    percent: bool = False
    about: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words, case folded, without articles and punctuation."""

    text: str


@dataclass(frozen=True, slots=True)
class Based:
    """Digits with a written base: 101_2."""

    digits: str
    base: int


@dataclass(frozen=True, slots=True)
class Group:
    """Several values. `left` and `right` are the brackets: ( ) [ ] { } or "" for a bare list."""

    left: str
    right: str
    items: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Union:
    """A union of sets."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A set without another."""

    left: "Value"
    right: "Value"


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: tuple[tuple["Value", ...], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """`lhs op rhs`; a chain has the rest in `rhs`. `name` is what an assignment names."""

    op: str
    lhs: "Value"
    rhs: "Value"
    name: str = ""


Value = Quantity | Words | Based | Group | Union | Difference | Matrix | Relation
