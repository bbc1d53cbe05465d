"""Pass rates under stopping rules: exact expectations, computed over every way in which the attempts can come out."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhouse.rollouts.policies.difficulty_band import DifficultyBand
from stillhouse.rollouts.policies.fixed_n import FixedN
from stillhouse.rollouts.policies.until_k_correct import UntilKCorrect
from stillhouse.scoring.sequential import Rule, estimate

RULES: list[Rule] = [
    FixedN(5), UntilKCorrect(1, 4), UntilKCorrect(1, 16), UntilKCorrect(3, 9), UntilKCorrect(2, 12, 5),
    DifficultyBand(0.25, 0.75, 8), DifficultyBand(0.0, 0.4, 7),
]  # fmt: skip
RATES = [0.0, 0.03, 0.2, 0.5, 0.77, 0.95, 1.0]


def ends(rule: Rule, p: float) -> dict[tuple[int, int], float]:
    """The chance of each end point, by going on from attempt to attempt."""
    found: dict[tuple[int, int], float] = {}
    at = {(0, 0): 1.0}
    while at:
        onwards: dict[tuple[int, int], float] = {}
        for (tried, correct), chance in at.items():
            if rule.decide(tried, correct) is not None:
                found[tried, correct] = chance
                continue
            for success, share in ((1, p), (0, 1 - p)):
                place = (tried + 1, correct + success)
                onwards[place] = onwards.get(place, 0.0) + chance * share
        at = onwards
    return found


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("p", RATES)
def test_the_estimate_is_right_on_average_under_every_rule(rule: Rule, p: float) -> None:
    found = ends(rule, p)
    assert math.isclose(sum(found.values()), 1.0)
    assert math.isclose(sum(chance * estimate(rule, *end).mean for end, chance in found.items()), p, abs_tol=1e-12)


def test_the_plain_share_would_be_biased() -> None:
    plain = sum(chance * correct / tried for (tried, correct), chance in ends(UntilKCorrect(1, 16), 0.2).items())
    assert plain > 0.38


def test_known_cases() -> None:
    assert estimate(FixedN(8), 8, 3).mean == 3 / 8
    assert estimate(UntilKCorrect(3, 100), 11, 3).mean == 2 / 10
    assert [estimate(UntilKCorrect(1, 9), tried, 1).mean for tried in (1, 2, 9)] == [1.0, 0.0, 0.0]


def test_attempts_that_ran_out_are_a_rule_of_their_own() -> None:
    assert estimate(UntilKCorrect(4, 100), 6, 2).mean == 2 / 6


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(RULES), st.floats(0.01, 0.99), st.data())
def test_an_interval_holds_the_share_and_the_ends(rule: Rule, p: float, data: st.DataObject) -> None:
    tried, correct = data.draw(st.sampled_from(sorted(ends(rule, p))))
    found = estimate(rule, tried, correct)
    assert 0 <= found.low <= correct / tried <= found.high <= 1
    assert (found.low == 0) == (correct == 0)
    assert (found.high == 1) == (correct == tried)


def test_intervals_cover_near_what_they_say() -> None:
    for rule in RULES:
        covered = [
            sum(chance for end, chance in ends(rule, p / 200).items() if estimate(rule, *end).low <= p / 200 <= estimate(rule, *end).high)
            for p in range(1, 200)
        ]
        assert 0.94 <= sum(covered) / len(covered) <= 0.99, (rule, sum(covered) / len(covered))
