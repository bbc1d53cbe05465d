"""Where a reasoning-gym task gives full marks that its own rule cannot mean, a stricter reading decides.

Found by putting nonsense ("", "nan", "0", "True", words) and pieces of the question to every task of reasoning-gym
0.1.x. Scorers take any word for yes, a prefix or a first number for the whole, a distance that is not a number for none,
a premise for a conclusion, and what is denied for what is said.
"""

import json
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from stillhouse.verifiers.gym.logic import is_inference, normal
from stillhouse.verifiers.math.answers.language import DENIED, MEASURED_BY, SCALES_AFTER

Entry = dict[str, Any]
_PROBABILITY_TOLERANCE = Fraction(1, 10_000)
_FRACTION = re.compile(r"[\s$]*\\d?frac\s*\{\s*\d+\s*\}\s*\{\s*\d+\s*\}", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
# Most tasks pass over words that they do not look for.
_DENIAL = re.compile(r"\W*(?:not|never|neither|nicht|pas)\b", re.IGNORECASE)
_NO_SOLUTION = re.compile(r"\W*(?:no\b[^,]{0,60}|none|empty(?: set)?|∅)?\W*", re.IGNORECASE)
# After the first number: what makes another number of it, and before it the sign that the task's pattern leaves out.
_NUMBER = re.compile(r"\s*[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?\s*")
_FIRST_NUMBER = re.compile(r"\b-?\d+(?:\.\d+)?\b")
_ANOTHER = re.compile(r"[\s,;|&()\[+±–—-]*(?:(?:and|or|to|vs|versus)\b)?[\s,;|&.(+±–—$-]*\d", re.IGNORECASE)
_DAYS = re.compile(r"-?\d+\s*(?:days?)?[\s.!]*", re.IGNORECASE)
_GOES_ON = re.compile(r"[.,]\d|\s*[*/^!×÷]|[eE][-+]?\d")


def forged(task: str, answer: str, entry: Entry) -> bool:
    """Whether a perfect score for this answer is spurious."""
    guard, gold = _GUARDS.get(task), str(entry.get("answer"))
    if _DENIAL.match(answer) and not _DENIAL.match(gold):
        return True
    return guard is not None and not guard(answer, gold, entry)


def _same_word(answer: str, gold: str, entry: Entry) -> bool:
    return answer.strip().strip(".`'\"").casefold() == gold.strip().casefold()


def _same_letters(answer: str, gold: str, entry: Entry) -> bool:
    return answer.replace(" ", "").strip().casefold() == gold.replace(" ", "").strip().casefold()


def _close(answer: str, gold: str, entry: Entry) -> bool:
    """Never so far off that no chance at all is right as well."""
    try:
        wanted = Fraction(gold.replace(",", ""))
        return abs(Fraction(answer.replace(",", "")) - wanted) <= min(_PROBABILITY_TOLERANCE, wanted / 10)
    except (ValueError, ZeroDivisionError):
        return False


def _is_number(answer: str, gold: str, entry: Entry) -> bool:
    return "nan" not in answer.casefold()


def _one_fraction(answer: str, gold: str, entry: Entry) -> bool:
    """The task reads the fraction that an answer begins with and leaves the rest."""
    found = _FRACTION.match(answer)
    rest = answer[found.end() :] if found else ""
    return not (_DIGIT.search(rest) or DENIED.search(rest) or SCALES_AFTER.match(rest))


def _same_words(answer: str, gold: str, entry: Entry) -> bool:
    return answer.casefold().split() == gold.casefold().split()


def _names_and_roles(answer: str, gold: str, entry: Entry) -> bool:
    """The task reads names and roles out of whatever stands around them; that both have none is no agreement."""
    return not DENIED.search(answer) and _words(gold) <= _words(answer)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold())) - {"and", "is", "a", "an"}


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
    before, after = answer[: found.start()].rstrip(" \t\n(["), answer[found.end() :]
    if DENIED.search(answer) or MEASURED_BY.search(before) or SCALES_AFTER.match(after) or _ANOTHER.match(after):
        return False
    return not before.endswith(("-", "−")) or gold.strip().startswith("-")


def _whole_interval(answer: str, gold: str, entry: Entry) -> bool:
    """Of a number of days the task reads the first word alone."""
    return entry["metadata"].get("task_type") != "date" or _DAYS.fullmatch(answer) is not None


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
    "fraction_simplification": _one_fraction,
    "game_of_life": _same_board,
    "game_of_life_halting": _same_word,
    "gsm_symbolic": _plain_number,
    "knights_knaves": _names_and_roles,
    "letter_jumble": _same_words,
    "polynomial_equations": _says_none_for_none,
    "propositional_logic": _infers,
    "spell_backward": _same_letters,
    "time_intervals": _whole_interval,
}
