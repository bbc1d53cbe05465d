"""Our own scoring of the reasoning-gym tasks whose scorers run text as code (`eval`, sympy's `parse_expr`).

Neither an answer nor an entry becomes code here: both are read by bounded readers, and the task's own check is made
again on what was read, with the task's own scores. A test derives the list of such tasks from reasoning-gym's source, so
that a release with another one fails it. Raises BadEntry where an entry lacks what its task needs.
"""

import json
import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from stillhouse.verifiers.gym.algebra import NotExpanded, is_antiderivative, polynomial
from stillhouse.verifiers.gym.expression import ONE, read
from stillhouse.verifiers.math.answers.evaluate import TooBig, Undefined, exact
from stillhouse.verifiers.math.answers.expression import Node, Unreadable

Entry = dict[str, Any]
_MAX_LITERAL = 20_000
_PUZZLE_24 = 24
# The constant of integration, by the names that it has; any other word is none.
_CONSTANTS = ("C", "c", "K", "k", "C1", "C_1")
# `5e1` and `50.` are other ways to write 50, with other numbers.
_WHOLE_NUMBERS = re.compile(r"[0-9+\-*/() \t\n]*")


class BadEntry(Exception):
    """The entry does not hold what the task's check needs; the message says what."""


def _gold(entry: Entry) -> str:
    answer = entry.get("answer")
    if not isinstance(answer, str):
        raise BadEntry("answer is not text")
    return answer


def _metadata(entry: Entry, key: str, kind: type) -> Any:
    metadata = entry.get("metadata")
    value = metadata.get(key) if isinstance(metadata, dict) else None
    if not isinstance(value, kind):
        raise BadEntry(f"no metadata.{key}")
    return value


def _numbers(entry: Entry) -> list[int]:
    numbers = _metadata(entry, "numbers", list)
    if not numbers or not all(type(number) is int for number in numbers):
        raise BadEntry("metadata.numbers are no integers")
    return sorted(numbers)


def _literal(text: str) -> Any:
    """A list, number or string as Python or JSON writes it; None for anything else."""
    if len(text) > _MAX_LITERAL:
        return None
    text = text.replace("'", '"').replace("(", "[").replace(")", "]")
    for candidate in (text, f"[{text}]"):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return None


def _rows(value: Any) -> str | None:
    """A matrix as the tasks write it: a line per row, blanks between the cells."""
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        return None
    return "\n".join(" ".join(str(cell) for cell in row) for row in value)


def _spiral_matrix(answer: str, entry: Entry) -> float:
    gold, answer = _gold(entry).strip(), answer.strip()
    if answer == gold:
        return 1.0
    cells = _literal(answer)
    return 0.1 if isinstance(cells, list) and " ".join(str(cell) for cell in cells) == gold else 0.0


def _binary_matrix(answer: str, entry: Entry) -> float:
    if answer == _gold(entry):
        return 1.0
    return 0.1 if _rows(_literal(answer)) == _gold(entry) else 0.0


def _n_queens(answer: str, entry: Entry) -> float:
    boards = _metadata(entry, "valid_answers", list)
    if answer in boards:
        return 1.0
    board = _rows(_literal(answer))
    return 0.5 if board is not None and board in boards else 0.0


def _string_insertion(answer: str, entry: Entry) -> float:
    if answer == _gold(entry):
        return 1.0
    letters = _literal(answer)
    if isinstance(letters, list) and all(isinstance(letter, str) for letter in letters):
        letters = "".join(letters)
    return 0.1 if letters == _gold(entry) else 0.0


def _number_sorting(answer: str, entry: Entry) -> float:
    gold, given = _floats(_literal(_gold(entry))), _floats(_json_list(answer))
    if gold is None:
        raise BadEntry("answer is no list of numbers")
    if given is None or len(given) != len(gold):
        return 0.0
    if given != sorted(given, reverse=_metadata(entry, "direction", str) != "ascending"):
        return 0.0
    # Stricter than the task's own tolerance of 1, in which a list of one number over and over is a sorted list.
    return float(given == gold)


def _json_list(text: str) -> Any:
    """Unlike a list that Python wrote, one without brackets is none."""
    return _literal(text) if text.strip()[:1] == "[" else None


def _floats(value: Any) -> list[float] | None:
    if not isinstance(value, list):
        return None
    try:
        found = [float(number) for number in value if not isinstance(number, bool)]
    except (TypeError, ValueError, OverflowError):
        return None
    # Not a number is in order with everything and within every tolerance.
    return found if all(map(math.isfinite, found)) else None


def _bitwise_arithmetic(answer: str, entry: Entry) -> float:
    """The gold is the value of the question, so the question need not be computed again."""
    try:
        gold = int(_gold(entry), 0)
    except ValueError as error:
        raise BadEntry("answer is no integer") from error
    try:
        return float(int(answer, 0) == gold)
    except ValueError:
        return 0.0


def _countdown(answer: str, entry: Entry) -> float:
    numbers, target = _numbers(entry), _metadata(entry, "target", int)
    value, used = _computed(answer)
    if value is None:
        return 0.01
    return 1.0 if used == numbers and value == target else 0.05


def _puzzle24(answer: str, entry: Entry) -> float:
    numbers = _numbers(entry)
    value, used = _computed(answer)
    return 1.0 if value == _PUZZLE_24 and used == numbers else 0.01


def _computed(text: str) -> tuple[Fraction | None, list[int]]:
    """The exact value of whole numbers with + - * / and brackets, and the numbers that it uses; None for anything else."""
    if not _WHOLE_NUMBERS.fullmatch(text):
        return None, []
    try:
        tree = read(text)
        used = sorted(_whole_numbers(tree))
        return exact(tree), used
    except (Unreadable, Undefined, TooBig):
        return None, []


def _whole_numbers(node: Node) -> list[int]:
    kind = node[0]
    if kind == "num" and node[2] == -1 and node[1].denominator == 1:
        return [int(node[1])]
    if kind == "div" and node[1] is ONE:
        return _whole_numbers(node[2])
    if kind not in ("neg", "add", "mul", "div"):
        raise Unreadable(f"{kind} is not allowed")
    return [number for child in node[1:] for number in _whole_numbers(child)]


def _integration(answer: str, entry: Entry) -> float:
    """The slope of the answer is the integrand. Integrals, derivatives and sums that are not carried out cannot be read."""
    variable = _metadata(entry, "variable", str)
    try:
        integrand = read(_metadata(entry, "integrand", str))
    except Unreadable as error:
        raise BadEntry(f"metadata.integrand: {error}") from error
    try:
        said = read(answer)
        return float(_symbols(said) <= {variable, *_CONSTANTS} and is_antiderivative(said, integrand, variable))
    except (Unreadable, TooBig):
        return 0.0


def _symbols(node: Node) -> set[str]:
    if node[0] == "sym":
        return {node[1]}
    return {name for child in node[1:] if isinstance(child, tuple) for name in _symbols(child)}


def _polynomial_multiplication(answer: str, entry: Entry) -> float:
    try:
        gold = polynomial(read(_gold(entry)))
    except (Unreadable, NotExpanded) as error:
        raise BadEntry(f"answer is no polynomial: {error}") from error
    try:
        return float(polynomial(read(answer)) == gold)
    except (Unreadable, NotExpanded):
        return 0.0


OWN: dict[str, Callable[[str, Entry], float]] = {
    "binary_matrix": _binary_matrix,
    "bitwise_arithmetic": _bitwise_arithmetic,
    "countdown": _countdown,
    "intermediate_integration": _integration,
    "n_queens": _n_queens,
    "number_sorting": _number_sorting,
    "polynomial_multiplication": _polynomial_multiplication,
    "puzzle24": _puzzle24,
    "simple_integration": _integration,
    "spiral_matrix": _spiral_matrix,
    "string_insertion": _string_insertion,
}
# Forwards to whatever task the row names, past all of the above.
REFUSED = frozenset({"composite"})
