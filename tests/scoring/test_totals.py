"""Totals from a part: known where everything is, and intervals that hold what they say."""

import numpy as np
import pytest

from stillhouse.scoring.totals import total


def test_the_whole_as_its_own_part_is_known() -> None:
    found = total([1.0, 2.0, 6.0], 3)
    assert (found.value, found.low, found.high) == (9.0, 9.0, 9.0)


def test_values_that_are_all_the_same_leave_no_doubt() -> None:
    assert total([2.0] * 8, 100).high == 200.0


def test_nothing_is_below_what_the_part_alone_came_to() -> None:
    assert total([0.0] * 15 + [100.0], 40).low >= 100.0


def test_a_part_that_says_nothing_of_the_spread_is_refused() -> None:
    for part, whole in (([1.0], 10), ([1.0, 2.0], 1)):
        with pytest.raises(ValueError, match="at least two problems"):
            total(part, whole)


@pytest.mark.parametrize("whole", [60, 2000])
def test_95_of_100_intervals_hold_the_sum_of_long_tailed_costs(whole: int) -> None:
    """Token counts of a log-normal shape (sigma 0.7), 40 of which are seen."""
    chance, tried = np.random.default_rng(5), 300
    held = 0
    for _ in range(tried):
        costs = chance.lognormal(6, 0.7, whole)
        found = total(list(costs[:40]), whole, seed=1)
        held += found.low <= costs.sum() <= found.high
    assert 0.92 <= held / tried <= 0.98
