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

from stillhouse.verifiers.gym.logic import is_inference, normal

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


def _infers(answer: str, gold: str, entry: Entry) -> bool:
    """Only an example answer of that very form makes an answer of what was given."""
    example = entry["metadata"].get("example_answer")
    if example and normal(answer) == normal(str(example)):
        return True
    return is_inference(answer, [str(premise) for premise in entry["metadata"]["premises"]])


_GUARDS: dict[str, Callable[[str, str, Entry], bool]] = {
    "calendar_arithmetic": _same_count,
    "coin_flip": _close,
    "complex_arithmetic": _is_number,
    "figlet_font": _same_letters,
    "game_of_life": _same_board,
    "game_of_life_halting": _same_word,
    "gsm_symbolic": _plain_number,
    "polynomial_equations": _says_none_for_none,
    "propositional_logic": _infers,
    "spell_backward": _same_letters,
}
