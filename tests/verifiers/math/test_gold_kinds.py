"""Golds by kind, and what leaving out the undecidable ones costs."""

import pytest

from stillhouse.records import Problem
from stillhouse.verifiers.math.gold_kinds import GoldKinds, gold_kind


@pytest.mark.parametrize(
    ("gold", "kind"),
    [
        ("#### 18", "number"),
        ("\\frac{3}{4}", "number"),
        ("101_2", "number"),
        ("So it is $\\boxed{x^2+1}$.", "expression"),
        ("y = 2x + 3", "relation"),
        ("(0, 5]", "interval"),
        ("\\{1, 2\\}", "set"),
        ("(1, 2, 3)", "tuple"),
        ("1, -2", "list"),
        ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "matrix"),
        ("\\text{Evelyn}", "words"),
        ("\\text{June 20}", "words"),
        ("4:30 p.m.", "number"),
        ("x < 3", "interval"),
        ("$221,$8$", "unread"),
        ("We show that no such function exists.", "proof"),
        ("The second player wins by always answering with the mirror image of the move before", "prose"),
        ("  ", "none"),
    ],
)
def test_the_kind_of_a_gold(gold: str, kind: str) -> None:
    assert gold_kind(Problem("p", "q", gold, "math")) == kind


@pytest.mark.parametrize(("verifier", "kind"), [("choice", "choice"), ("code", "tests"), ("reasoning_gym", "task")])
def test_other_verifiers_have_kinds_of_their_own(verifier: str, kind: str) -> None:
    assert gold_kind(Problem("p", "q", "B", verifier)) == kind


def test_a_source_is_told_with_its_cost() -> None:
    problems = [Problem("p", "q", gold, "math", source="ours") for gold in ("1", "2", "We prove it by induction.")]
    problems += [Problem("p", "q", "7", "math", source="theirs")]
    kinds = GoldKinds()
    for problem in problems:
        kinds.add(problem)
    assert kinds.lines() == ["ours: 2 number, 1 proof; 1 of 3 that no rule decides", "theirs: 1 number"]
    assert kinds.undecidable == 1
