"""Strict and lenient readings of the same answer, and golds sent through their own verifier."""

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.gold import check_gold
from stillhouse.verifiers.readings import judge_both

PROBLEM = Problem("p", "What is 3 + 4?", "7", "math")


def trace(response: str, form: str) -> Trace:
    return Trace("t", "p", 0, 0, "", "", 0, "3 and 4", response, form, "stop", 0, 0, 0, 0.0)


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
    [(one, two)] = judge_both([(PROBLEM, trace(response, form))], Verify(), 1)
    assert (one.outcome == "correct", two.outcome == "correct") == (strict == "correct", lenient == "correct")


def test_a_gold_that_fails_its_own_verifier_is_named() -> None:
    problems = [PROBLEM, Problem("q", "?", "", "math"), Problem("c", "Write f.", "", "code")]
    reasons = [reason for _, reason in check_gold(problems, Verify(), 1)]
    assert reasons[0] is None
    assert reasons[1]
    assert reasons[2] is None
