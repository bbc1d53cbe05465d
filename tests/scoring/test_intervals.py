"""Rates and their intervals, against known values and by simulation."""

import random

import pytest

from stillhouse.scoring.intervals import Rate, bootstrap, paired_difference, percent, points, problems_needed, rate


def test_wilson_known_value() -> None:
    found = rate([1.0] * 5 + [0.0] * 5)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2366, 0.7634)


def test_no_success_is_not_certainty() -> None:
    assert rate([0.0] * 100).high > 0.03


def test_a_bootstrap_over_problems_covers_the_truth_about_95_times_in_100() -> None:
    """1,000 experiments: 80 problems of unequal difficulty, four samples each."""
    draw = random.Random(3)
    hits = 0
    for experiment in range(1000):
        shares = [sum(draw.random() < chance for _ in range(4)) / 4 for chance in (draw.betavariate(1, 2) for _ in range(80))]
        found = bootstrap(shares, experiment, draws=400)
        hits += found.low <= 1 / 3 <= found.high
    assert 0.93 <= hits / 1000 <= 0.97


def test_samples_that_are_all_the_same_have_wilsons_interval() -> None:
    assert bootstrap([1.0] * 20) == rate([1.0] * 20)
    with pytest.raises(ValueError, match="two problems"):
        bootstrap([1.0])


@pytest.mark.parametrize(("half", "expected"), [(0.05, 0.5), (0.03, 0.5), (0.05, 0.1), (0.02, 0.9)])
def test_the_problems_needed_are_the_fewest(half: float, expected: float) -> None:
    n = problems_needed(half, expected)
    widths = [rate([expected] * count) for count in (n - 1, n)]
    assert (widths[0].high - widths[0].low) / 2 > half >= (widths[1].high - widths[1].low) / 2


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
