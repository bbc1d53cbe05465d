"""Every case of the mutation suite through the math verifier, as `grade` would read it."""

import pytest
from tests.verifiers.mutations import Case, all_cases

from stillhouse.dialects import parse
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.math.verifier import Math
from stillhouse.verifiers.measured import error_rates

MATH = Math(Verify())


def test_the_suite_is_large_and_balanced() -> None:
    cases = all_cases()
    assert len(cases) >= 300
    assert 0.4 < sum(case.accepted for case in cases) / len(cases) < 0.6


@pytest.mark.parametrize("hazard", sorted({case.hazard for case in all_cases()}))
def test_hazard(hazard: str) -> None:
    assert [case for case in all_cases() if case.hazard == hazard and accepted(case) != case.accepted] == []


def accepted(case: Case) -> bool:
    parts = parse(case.completion)
    trace = answer_trace("t", "p", parts.response, reasoning=parts.reasoning, format=parts.format)
    return MATH.judge(Problem("p", "", case.gold, "math"), trace).outcome == "correct"


def test_the_cards_figures_are_those_of_this_suite_and_this_version() -> None:
    """After a change: python tests/benchmarks/bench_graded.py --write"""
    cases = all_cases()
    wrong = [case for case in cases if accepted(case) != case.accepted]
    own, *independent = error_rates("math", MATH.version)
    assert own.own
    assert (own.right, own.wrong) == (sum(c.accepted for c in cases), sum(not c.accepted for c in cases))
    assert (own.ours.false_accepts, own.ours.false_rejects) == (sum(not c.accepted for c in wrong), sum(c.accepted for c in wrong))
    assert independent
    assert not any(found.own for found in independent)
    assert all(peer.tool for found in independent for peer in found.peers)
    assert error_rates("math", "0") == []
