"""Rates and their intervals, against known values and by simulation."""

import random
from itertools import combinations

import pytest

from stillhouse.scoring.intervals import Rate, paired_difference, pass_at_k, percent, points, rate


def test_wilson_known_value() -> None:
    found = rate([1.0] * 5 + [0.0] * 5)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2366, 0.7634)


def test_no_success_is_not_certainty() -> None:
    assert rate([0.0] * 100).high > 0.03


def test_pass_at_k_is_the_share_of_draws_with_a_success() -> None:
    n, correct, k = 6, 2, 3
    draws = list(combinations(range(n), k))
    assert pass_at_k(n, correct, k) == pytest.approx(sum(min(d) < correct for d in draws) / len(draws))
    with pytest.raises(ValueError, match="needs at least"):
        pass_at_k(2, 1, 3)


def test_a_paired_difference_covers_the_truth_about_95_times_in_100() -> None:
    draw = random.Random(1)
    hits = 0
    for _ in range(400):
        before = [float(draw.random() < 0.3) for _ in range(60)]
        after = [float(draw.random() < 0.5) for _ in range(60)]
        found = paired_difference(before, after)
        hits += found.low <= 0.2 <= found.high
    assert 0.91 <= hits / 400 <= 0.985


def test_pairs_must_match() -> None:
    with pytest.raises(ValueError, match="same problems twice"):
        paired_difference([1.0], [1.0, 0.0])


def test_equal_pairs_are_not_certainty() -> None:
    found = paired_difference([0.0] * 6, [0.0] * 6)
    assert found.low < -0.2 < 0.2 < found.high


def test_a_rate_is_told_in_percent_and_a_difference_in_points() -> None:
    assert percent(Rate(0.125, 0.08, 0.191, 9)) == "12.5% [8.0, 19.1]"
    assert points(Rate(0.515, 0.442, 0.588, 9)) == "+51.5 points [+44.2, +58.8]"
    assert points(Rate(-0.01, -0.02, 0.0, 9)) == "-1.0 points [-2.0, +0.0]"
