"""Every case of the mutation suite through the math verifier, as `grade` would read it."""

import pytest
from tests.verifiers.mutations import Case, all_cases

from stillhouse.dialects import parse
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.math import Math

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
    trace = Trace("t", "p", 0, 0, "", "", 0, parts.reasoning, parts.response, parts.format, "stop", 0, 0, 0, 0.0)
    return MATH.judge(Problem("p", "", case.gold, "math"), trace).outcome == "correct"
