"""Multiple choice: the chosen letter, or the text of a choice, against the gold letter or text.

`Problem.payload` may hold `{"choices": ["…", …]}` or `{"choices": {"A": "…", …}}`; without it only letters count. A letter
whose text is another choice's is no choice.
"""

import json
import re

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.answers.clean import clean
from stillhouse.verifiers.answers.value import words
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.final_answer import final_answer

_LETTER = re.compile(r"^(?:(?:option|choice|answer)\s*:?\s*)?[(\[]?\s*([A-Z])\s*[)\]]?(?:\s*[.):,\-–]+\s*(?P<text>.*)|\s*)$", re.DOTALL)
_NAMED = re.compile(r"\b(?:option|choice)\s*\(?([A-Z])\)?(?![A-Za-z])", re.IGNORECASE)
_BRACKETED = re.compile(r"^\(([A-Z])\)\s*(?P<text>.*)$", re.DOTALL)


class Choice:
    name = "choice"
    version = "1"

    def __init__(self, settings: Verify) -> None:
        self._settings = settings

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        """Unverifiable where the gold names none of the choices; wrong without one clear choice."""
        choices = _choices(problem.payload)
        gold, _ = chosen(problem.answer, choices)
        if gold is None:
            return Judgement("unverifiable", 0.0, "", f"gold: {problem.answer[:80]!r} is none of the choices")
        found = final_answer(trace.response)
        if found is None:
            return Judgement("wrong", 0.0, "", "no answer")
        letter, reason = chosen(found.text, choices)
        if letter is None:
            return Judgement("wrong", 0.0, found.text, reason)
        right = letter == gold
        return Judgement("correct" if right else "wrong", float(right), letter, f"{found.how}: {reason}")


def _choices(payload: str) -> dict[str, str]:
    given = json.loads(payload).get("choices", {}) if payload else {}
    if isinstance(given, list):
        given = {chr(ord("A") + i): text for i, text in enumerate(given)}
    if not isinstance(given, dict):
        raise ValueError(f"payload: choices is {type(given).__name__}, not a list or an object")
    return {str(letter).strip().upper(): _plain(str(text)) for letter, text in given.items()}


def _plain(text: str) -> str:
    return words(clean(text)) or clean(text)


def chosen(text: str, choices: dict[str, str]) -> tuple[str | None, str]:
    """The letter that a text chooses and how, or None and why not."""
    text = clean(text)
    match = _LETTER.match(text) or _BRACKETED.match(text) or _LETTER.match(text.upper() if len(text) <= 3 else "")
    if match:
        return _checked(match.group(1), match.groupdict().get("text") or "", choices)
    same = [letter for letter, choice in choices.items() if choice and choice == _plain(text)]
    if len(same) == 1:
        return same[0], "text"
    named = {m.upper() for m in _NAMED.findall(text)}
    if len(named) == 1:
        return _checked(named.pop(), "", choices)
    return None, "no clear choice"


def _checked(letter: str, text: str, choices: dict[str, str]) -> tuple[str | None, str]:
    if choices and letter not in choices:
        return None, f"{letter} is none of the choices"
    others = [other for other, choice in choices.items() if choice and other != letter and choice == _plain(text)]
    if text and others and choices[letter] != _plain(text):
        return None, "letter and text disagree"
    return letter, "letter"
