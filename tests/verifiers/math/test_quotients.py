"""A quotient that comes out even: the problem restated is no answer, the model's own unreduced result is one."""

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.math.verifier import Math

MATH = Math(Verify())


@pytest.mark.parametrize(
    ("question", "answer", "outcome"),
    [
        ("Let the pairs solve $17a + 6b = 6$. Find the sum.", "102/17", "correct"),
        ("Let the pairs solve $17a + 6b = 6$. Find the sum.", "\\frac{102}{17}", "correct"),
        ("Let the pairs solve $17a + 6b = 6$. Find the sum.", "103/17", "wrong"),
        ("What is 102 divided by 17?", "102/17", "wrong"),
        ("What is one hundred and two divided by seventeen? Write 102 out.", "102/17", "wrong"),
        ("Share 5,100 eggs among 850 guests.", "5100/850", "wrong"),
        ("Find the sum.", "2\\cdot 3", "wrong"),
        ("", "102/17", "wrong"),
    ],
)
def test_quotient(question: str, answer: str, outcome: str) -> None:
    found = MATH.judge(Problem("p", question, "6", "math"), answer_trace("t", "p", f"\\boxed{{{answer}}}"))
    assert found.outcome == outcome, found.reason
