"""The `math` verifier: is the final answer of the response equal to the gold answer?

The answer is found by its mark (verifiers.final_answer), never in the think part, and compared by
verifiers.equal. Repeated pairs are remembered.
"""

from functools import lru_cache

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.equal import compare, warm_up
from stillhouse.verifiers.final_answer import Found, final_answer, lenient_answer, why_none
from stillhouse.verifiers.unanswered import unanswered

VERSION = "4"
_remembered = lru_cache(maxsize=50_000)(compare)


class Math:
    """Strict reading: an answer that is not marked is no answer."""

    name = "math"
    version = VERSION

    def __init__(self, settings: Verify) -> None:
        self._settings = settings

    def warm_up(self) -> None:
        """Loads the symbolic engine before the workers fork."""
        warm_up()

    def find(self, response: str) -> Found | None:
        return final_answer(response)

    def _leniently_right(self, gold: str, response: str) -> bool:
        found = lenient_answer(response)
        return found is not None and _remembered(gold, found.text.strip()).outcome == "correct"

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        """Unverifiable where the gold itself cannot be read; wrong where there is no answer or another one."""
        gold = _gold(problem.answer)
        found = self.find(trace.response)
        if not gold:
            return Judgement("unverifiable", 0.0, found.text if found else "", "gold: empty")
        if found is None or not found.text.strip():
            return unanswered(why_none(trace.response), lambda: self._leniently_right(gold, trace.response))
        result = _remembered(gold, found.text.strip())
        return Judgement(result.outcome, 1.0 if result.outcome == "correct" else 0.0, found.text, f"{found.how}: {result.reason}")


class LenientMath(Math):
    """Lenient reading: the last number or choice of the response counts, marked or not."""

    name = "math_lenient"

    def find(self, response: str) -> Found | None:
        return lenient_answer(response)


def gold_text(answer: str) -> str:
    """A gold answer without the marks that datasets put around it (`#### 18`, a box, a whole solution)."""
    found = final_answer(answer)
    return (
        (found.text if found is not None and found.how in ("box", "hashes", "tag", "label") else answer).strip().removeprefix("# ").strip()
    )


_gold = lru_cache(maxsize=20_000)(gold_text)


def validate(problem: Problem) -> str | None:
    """What is wrong with a problem's gold, or None: the gold is sent through its own verifier."""
    gold = gold_text(problem.answer)
    if not gold:
        return "gold: empty"
    result = compare(gold, gold)
    return None if result.outcome == "correct" else f"gold: {result.reason}"
