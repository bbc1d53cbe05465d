"""Strict and lenient readings of the same answer, and golds sent through their own verifier."""

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Review, Trace, answer_trace
from stillhouse.verifiers.gold import check_gold
from stillhouse.verifiers.pool.pool import Pool
from stillhouse.verifiers.readings import as_read, as_ruled

PROBLEM = Problem("p", "What is 3 + 4?", "7", "math")


def trace(response: str, form: str) -> Trace:
    return answer_trace("t", "p", response, reasoning="3 and 4", format=form)


@pytest.mark.parametrize(
    ("response", "form", "strict", "lenient"),
    [
        ("\\boxed{7}", "think", "correct", "correct"),
        ("\\boxed{7}", "none", "wrong", "correct"),
        ("I count 3, 4, and so 7 apples", "none", "wrong", "correct"),
        ("\\boxed{8}", "think", "wrong", "wrong"),
        ("no idea", "think", "wrong", "wrong"),
    ],
)
def test_readings(response: str, form: str, strict: str, lenient: str) -> None:
    given = trace(response, form)
    with Pool(1, Verify()) as pool:
        for reading, expected in (("strict", strict), ("lenient", lenient)):
            review = Review(f"v-{reading}", given.id, reading)  # type: ignore[arg-type]
            (verdict,) = pool.judge([as_read(PROBLEM, given, review.reading)])
            found = as_ruled(verdict, given, review)
            assert (found.outcome == "correct", found.id, found.reading) == (expected == "correct", review.id, reading)


def test_a_gold_that_fails_its_own_verifier_is_named() -> None:
    problems = [PROBLEM, Problem("q", "?", "", "math"), Problem("c", "Write f.", "", "code")]
    reasons = [reason for _, reason in check_gold(problems, Verify(), 1)]
    assert reasons[0] is None
    assert reasons[1]
    assert reasons[2] is None
