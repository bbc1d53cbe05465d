"""Multiple choice: the chosen letter, or the text of a choice, against the gold letter or text.

`Problem.payload` may hold `{"choices": ["…", …]}` or `{"choices": {"A": "…", …}}`; without it only letters count. A letter
whose text is another choice's is no choice, and neither are several letters.
"""

import json
import re

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.math.answers.final_answer import Found, answer_part, final_answer
from stillhouse.verifiers.math.answers.turns import own_turn
from stillhouse.verifiers.text.choice_statements import SEVERAL, UNCLEAR, after_all, called_another, chosen, last_stated, plain
from stillhouse.verifiers.unanswered import unanswered

_MARKS = frozenset({"box", "tag", "json", "hashes"})
_LONE = re.compile(r"(?<![A-Za-z0-9'])([A-Z])(?![A-Za-z0-9'])")


class Choice:
    name = "choice"
    version = "7"
    runs_no_text = True
    stated = "<answer>{}</answer>"

    def __init__(self, settings: Verify) -> None:
        self._settings = settings

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        """Unverifiable where the gold names none of the choices; wrong without one clear choice."""
        choices = _choices(problem.payload)
        if choices == {} and _names_choices(problem.payload):
            return Judgement("unverifiable", 0.0, "", "payload: no choices")
        gold, _ = chosen(problem.answer, choices)
        if gold is None:
            return Judgement("unverifiable", 0.0, "", f"gold: {problem.answer[:80]!r} is none of the choices")
        letter, reason = self.read(trace.response, choices)
        if letter is None:
            return unanswered(reason, lambda: _last_letter(trace.response, choices) == gold)
        right = letter == gold
        return Judgement("correct" if right else "wrong", float(right), letter, reason)

    def read(self, response: str, choices: dict[str, str]) -> tuple[str | None, str]:
        """The letter behind a mark; where there is none, or it names no option, that of the last statement that names one."""
        found, text = final_answer(response), own_turn(answer_part(response))
        later = after_all(text, found.end if found and found.how in _MARKS else 0, choices)
        if later is not None:
            return later
        marked = _chosen(found, choices) if found else (None, UNCLEAR)
        stated = last_stated(text, choices)
        if found and found.how in _MARKS and marked[0] and called_another(text, found.end, marked[0]):
            return None, SEVERAL
        first, second = (marked, stated) if found and found.how in _MARKS else (stated, marked)
        return second if first == (None, UNCLEAR) else first


def _chosen(found: Found, choices: dict[str, str]) -> tuple[str | None, str]:
    letter, reason = chosen(found.text, choices)
    return letter, f"{found.how}: {reason}" if letter is not None else reason


class LenientChoice(Choice):
    """Lenient reading: the last letter of an option that stands alone counts, whatever is said of it."""

    name = "choice_lenient"
    stated = ""

    def read(self, response: str, choices: dict[str, str]) -> tuple[str | None, str]:
        return _last_letter(response, choices), "last letter"


def _last_letter(response: str, choices: dict[str, str]) -> str | None:
    letters = _LONE.findall(answer_part(response))
    return next((letter for letter in reversed(letters) if letter in choices or not choices), None)


def _names_choices(payload: str) -> bool:
    return bool(payload) and json.loads(payload).get("choices") is not None


def _choices(payload: str) -> dict[str, str]:
    given = json.loads(payload).get("choices", {}) if payload else {}
    if isinstance(given, list):
        given = {chr(ord("A") + i): text for i, text in enumerate(given)}
    if not isinstance(given, dict):
        raise ValueError(f"payload: choices is {type(given).__name__}, not a list or an object")
    return {str(letter).strip().upper(): plain(str(text)) for letter, text in given.items()}
