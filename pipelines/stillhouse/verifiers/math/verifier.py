"""The `math` verifier: is the final answer of the response equal to the gold answer?

The answer is found by its mark (verifiers.math.answers.final_answer), never in the think part, and compared by
verifiers.math.equal. Repeated pairs are remembered.
"""

import re
from functools import lru_cache

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.math.answers import asked, asked_notation
from stillhouse.verifiers.math.answers.asked_units import gold_with_unit, strange_percent
from stillhouse.verifiers.math.answers.clean import clean
from stillhouse.verifiers.math.answers.final_answer import Found, final_answer, lenient_answer, why_none
from stillhouse.verifiers.math.answers.marks import boxes
from stillhouse.verifiers.math.answers.numerals import numeral
from stillhouse.verifiers.math.answers.prose import leading_value
from stillhouse.verifiers.math.equal import Comparison, compare, warm_up
from stillhouse.verifiers.unanswered import unanswered

VERSION = "11"
_ASKED_IN = re.compile(
    r"\b(?:how many|number of|in)\s+(?:\w+\s+)?(dozens?|hundreds?|thousands?|millions?|billions?|lakhs?|crores?|tenths|halves)\b",
    re.IGNORECASE,
)
_QUOTIENT = re.compile(r"-?(?:(\d{1,30})/(\d{1,30})|\\frac\{(\d{1,30})\}\{(\d{1,30})\})")
_INTEGER = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,30}")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_GOLD_BOXES = 20
_remembered = lru_cache(maxsize=50_000)(compare)


class Math:
    """Strict reading: an answer that is not marked is no answer."""

    name = "math"
    version = VERSION
    runs_no_text = True
    stated = "\\boxed{{{}}}"

    def __init__(self, settings: Verify) -> None:
        self._rounding = settings.math.rounding

    def warm_up(self) -> None:
        """Loads the symbolic engine before the workers fork."""
        warm_up()

    def find(self, response: str) -> Found | None:
        return final_answer(response)

    def _leniently_right(self, gold: str, response: str) -> bool:
        found = lenient_answer(response)
        return found is not None and _remembered(gold, found.text.strip(), self._rounding).outcome == "correct"

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        """Unverifiable where the gold itself cannot be read; wrong where there is no answer or another one."""
        gold = _gold(problem.answer)
        found = self.find(trace.response)
        if not gold:
            return Judgement("unverifiable", 0.0, found.text if found else "", "gold: empty")
        if found is None or not found.text.strip():
            return unanswered(why_none(trace.response), lambda: self._leniently_right(gold, trace.response))
        answer = asked.in_order(problem.question, gold, _as_asked(problem.question, found.text.strip()))
        answer = asked_notation.as_written(problem.question, gold, answer)
        result = _remembered(gold_with_unit(problem.question, gold, answer), answer, self._rounding)
        if result.reason == "unevaluated" and _own_quotient(problem.question, answer):
            result = Comparison("correct", "a quotient that the question does not state")
        if result.outcome == "correct" and strange_percent(problem.question, gold, answer):
            result = Comparison("wrong", "a percentage that was not asked for")
        if result.outcome == "correct" and (against := asked_notation.contradicts(problem.question, gold, answer)):
            result = Comparison("wrong", against)
        if result.outcome == "correct" and result.reason not in ("string", "number") and asked.may_ask(problem.question):
            undone = asked.lacks(problem.question, gold, answer, result.reason.endswith("rounded"))
            result = Comparison("wrong", undone) if undone else result
        return Judgement(result.outcome, 1.0 if result.outcome == "correct" else 0.0, found.text, f"{found.how}: {result.reason}")


def _as_asked(question: str, answer: str) -> str:
    """The answer without a word that scales, where the question asks to count in it: "how many dozens" makes "7 dozen" 7."""
    for word in dict.fromkeys(_ASKED_IN.findall(question)) if re.search(r"[a-z]{5}", answer) else ():
        counted = re.sub(rf"(?<=[\d}}$.])\s*\b{word.rstrip('s')}s?\b(?: of\b)?", "", answer, flags=re.IGNORECASE)
        answer = leading_value(counted) or counted
    return answer


def _own_quotient(question: str, answer: str) -> bool:
    """Whether an answer like 102/17 is the model's own result: a quotient of which the question does not state both numbers."""
    quotient = _QUOTIENT.fullmatch(clean(answer).replace(" ", ""))
    if not question or not quotient:
        return False
    stated = {int(number.replace(",", "")) for number in _INTEGER.findall(question)}
    stated |= {value for word in _WORD.findall(question.lower()) if (value := numeral(word)) is not None}
    return not {int(number) for number in quotient.groups() if number} <= stated


class LenientMath(Math):
    """Lenient reading: the last number or choice of the response counts, marked or not."""

    name = "math_lenient"
    stated = ""

    def find(self, response: str) -> Found | None:
        return lenient_answer(response)


def gold_text(answer: str) -> str:
    """A gold answer without the marks that datasets put around it (`#### 18`, a box, a whole solution).

    A solution with several boxes states all of them: its last one alone would be a part of the answer.
    """
    found = final_answer(answer)
    if found is None or found.how not in ("box", "hashes", "tag", "label"):
        return answer.strip().removeprefix("# ").strip()
    return (_all_boxes(answer) if found.how == "box" else found.text).strip().removeprefix("# ").strip()


def _all_boxes(solution: str) -> str:
    """Every box of a solution once, by value and in order."""
    values: list[str] = []
    for box in boxes(solution)[-_GOLD_BOXES:]:
        if box.text and "phantom" not in box.text and not any(compare(known, box.text).outcome == "correct" for known in values):
            values.append(box.text)
    return ", ".join(values)


_gold = lru_cache(maxsize=20_000)(gold_text)
