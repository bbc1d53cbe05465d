"""`math_answer`: compares two answers that were extracted already, as they are.

For votes: an extracted answer that is put into a box and read again can become another one.
"""

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.math.equal import compare, warm_up
from stillhouse.verifiers.math.verifier import VERSION


class AnswerMath:
    """The whole response is the answer, and the problem's answer the gold."""

    name = "math_answer"
    version = VERSION
    runs_no_text = True

    def __init__(self, settings: Verify) -> None:
        self._settings = settings

    def warm_up(self) -> None:
        """Loads the symbolic engine before the workers fork."""
        warm_up()

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        result = compare(problem.answer, trace.response)
        return Judgement(result.outcome, float(result.outcome == "correct"), trace.response, result.reason)
