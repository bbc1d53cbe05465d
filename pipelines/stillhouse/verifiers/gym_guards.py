"""Where a reasoning-gym task gives full marks that its own rule cannot mean, a stricter reading decides.

Found by putting nonsense ("", "nan", "0", "True", words) and pieces of the question to every task of reasoning-gym
0.1.x. Scorers take any word for yes, a prefix or a first number for the whole, a distance that is not a number for none,
and a premise for a conclusion.
"""

import json
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

Entry = dict[str, Any]
_PROBABILITY_TOLERANCE = Fraction(1, 10_000)
_NO_SOLUTION = re.compile(r"\W*(?:no\b[^,]{0,60}|none|empty(?: set)?|∅)?\W*", re.IGNORECASE)
# After the first number: what makes another number of it, and before it the sign that the task's pattern leaves out.
_NUMBER = re.compile(r"\s*[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?\s*")
_FIRST_NUMBER = re.compile(r"\b-?\d+(?:\.\d+)?\b")
_GOES_ON = re.compile(r"[.,]\d|\s*[*/^!×÷]|[eE][-+]?\d")


def forged(task: str, answer: str, entry: Entry) -> bool:
    """Whether full marks of this task for this answer must not count."""
    guard = _GUARDS.get(task)
    return guard is not None and not guard(answer, str(entry.get("answer")), entry)


def _same_word(answer: str, gold: str, entry: Entry) -> bool:
    return answer.strip().strip(".`'\"").casefold() == gold.strip().casefold()


def _same_letters(answer: str, gold: str, entry: Entry) -> bool:
    return answer.replace(" ", "").strip().casefold() == gold.replace(" ", "").strip().casefold()


def _close(answer: str, gold: str, entry: Entry) -> bool:
    try:
        return abs(Fraction(answer.replace(",", "")) - Fraction(gold.replace(",", ""))) <= _PROBABILITY_TOLERANCE
    except (ValueError, ZeroDivisionError):
        return False


def _is_number(answer: str, gold: str, entry: Entry) -> bool:
    return "nan" not in answer.casefold()


def _same_count(answer: str, gold: str, entry: Entry) -> bool:
    """The task's curve rises above 1 where its gold is below zero."""
    return not re.fullmatch(r"\s*-?\d+\s*", gold) or answer.strip().lstrip("+").lstrip("0") == gold.strip().lstrip("0")


def _same_board(answer: str, gold: str, entry: Entry) -> bool:
    return bool(json.loads(answer) == json.loads(gold))


def _says_none_for_none(answer: str, gold: str, entry: Entry) -> bool:
    return any(_NUMBER.fullmatch(part) for part in gold.split(",")) or _NO_SOLUTION.fullmatch(answer) is not None


def _plain_number(answer: str, gold: str, entry: Entry) -> bool:
    found = _FIRST_NUMBER.search(answer)
    if found is None or _GOES_ON.match(answer, found.end()):
        return False
    before = answer[: found.start()].rstrip()
    return not before.endswith(("-", "−")) or gold.strip().startswith("-")


def _is_inference(answer: str, gold: str, entry: Entry) -> bool:
    """A premise, or premises joined, is what was given; only an example answer of that very form makes it an answer."""
    example = entry["metadata"].get("example_answer")
    given = {_normal(str(premise)) for premise in entry["metadata"]["premises"]}
    said = _normal(answer)
    if example and said == _normal(str(example)):
        return True
    parts = said[1] if said[0] in ("∧", "∨") else frozenset((said,))
    if said in given or (said[0] == "∧" and parts <= given):
        return False
    return not (said[0] == "∨" and any(part in given and part[0] != "" for part in parts))


Formula = tuple[str, Any]


def _normal(text: str) -> Formula:
    """A formula without what changes nothing: brackets, order, repetition, double negation, an implication's form."""
    from reasoning_gym.logic.propositional_logic import Expression

    return _formula(Expression.from_string(text))


def _formula(node: Any) -> Formula:
    sign = str(node.operator.value) if node.operator is not None else ""
    if not sign:
        return ("", str(node.left).strip())
    left = _formula(node.left)
    if sign == "¬":
        return _negated(left)
    right = _formula(node.right)
    if sign == "→":
        sign, left = "∨", _negated(left)
    if sign == "↔":
        return (sign, frozenset((left, right)))
    parts = frozenset(part for side in (left, right) for part in (side[1] if side[0] == sign else (side,)))
    return (sign, parts) if len(parts) > 1 else next(iter(parts))


def _negated(formula: Formula) -> Formula:
    return formula[1] if formula[0] == "¬" else ("¬", formula)


_GUARDS: dict[str, Callable[[str, str, Entry], bool]] = {
    "calendar_arithmetic": _same_count,
    "coin_flip": _close,
    "complex_arithmetic": _is_number,
    "figlet_font": _same_letters,
    "game_of_life": _same_board,
    "game_of_life_halting": _same_word,
    "gsm_symbolic": _plain_number,
    "polynomial_equations": _says_none_for_none,
    "propositional_logic": _is_inference,
    "spell_backward": _same_letters,
}
