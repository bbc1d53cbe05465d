"""Golds at ingest: solutions with several boxes, and those read only in part."""

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem
from stillhouse.verifiers.gold import check_gold
from stillhouse.verifiers.math.equal import compare
from stillhouse.verifiers.math.verifier import gold_text


@pytest.mark.parametrize(
    ("solution", "gold"),
    [
        ("If $r = 1$, then $b = \\boxed{-12}.$ If $r = -1$, then $b = \\boxed{12}.$", "-12, 12"),
        ("So $f(1) = \\boxed{(3,-5)}.$\n\nAlso, $\\boxed{(0,0)}$ is possible.", "(3,-5), (0,0)"),
        ("It is $\\boxed{\\frac{3}{2}}$, or $\\boxed{1\\frac12}$ inches.", "\\frac{3}{2}"),
        ("We get $\\boxed{7}$.\n\nAnd so $\\boxed{7}$ it is.", "7"),
        ("9 * 2 = 18\n#### 18", "18"),
        ("18", "18"),
    ],
)
def test_a_solution_states_all_its_boxes(solution: str, gold: str) -> None:
    assert gold_text(solution) == gold


def test_a_gold_that_is_read_in_part_is_refused() -> None:
    golds = ["18", "$221,$8$", "The triangle is cut along its midline.", "June 20"]
    problems = [Problem(str(n), "?", gold, "math") for n, gold in enumerate(golds)]
    reasons = [reason for _, reason in check_gold(problems, Verify(), 1)]
    assert [reason is None for reason in reasons] == [True, False, True, True]


def test_what_a_rule_cannot_decide_is_no_wrong_answer() -> None:
    assert compare("The triangle is cut along its midline.", "cut it along the midline").outcome == "unverifiable"
    assert compare("18", "\\textbf{(C)}\\ 18").outcome == "correct"
    assert compare("18", "\\textbf{(C)}\\ 19").outcome == "wrong"
    assert compare("2^k", "2^n").outcome == "unverifiable"
    assert compare("165.47", "165.5").outcome == "unverifiable"
    assert compare("June 20", "june 20").outcome == "correct"


def test_rounding_is_a_setting_and_is_told() -> None:
    assert compare("85.71", "\\frac{600}{7}").reason == "value, rounded"
    assert compare("85.71", "\\frac{600}{7}", rounding=False).outcome != "correct"


@pytest.mark.parametrize(
    ("gold", "answer", "outcome"),
    [("{'a': 1}", '{"a": 1}', "correct"), ("{1: 'd'}", "{1: 'b'}", "wrong"), ("['1', 2]", "[1, 2]", "wrong"),
     ("'abc'", "abc", "correct"), ("[1, 2]", "[1,2]", "correct")],
)  # fmt: skip
def test_values_of_a_program(gold: str, answer: str, outcome: str) -> None:
    assert compare(gold, answer).outcome == outcome
