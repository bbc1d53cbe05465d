"""What a whole comes to, from a part of it that was drawn at random: totals over problems with 95% intervals."""

import math
from dataclasses import dataclass

DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over all problems, with the interval in which it will lie 95 times of 100."""

    value: float
    low: float
    high: float


def total(part: list[float], whole: int, seed: int = 0) -> Total:
    """The sum over `whole` problems, of which `part` has a value each, drawn without replacement.

    The part is known; of the rest neither the mean is nor what chance adds to it. The mean is drawn by a studentised
    bootstrap over problems (Efron and Tibshirani, 1993), what chance adds as a normal sum. The limit: what the part has never
    shown (one problem in a thousand that costs a hundred times as much) is in no interval.
    """
    import numpy as np

    values, n = np.asarray(part, dtype=float), len(part)
    if n < 2 or whole < n:
        raise ValueError("a total needs at least two problems of the whole, and no more than it has")
    mean, spread, rest = float(values.mean()), float(values.std(ddof=1)), whole - n
    known = float(values.sum())
    if rest == 0 or spread == 0:
        return Total(known + rest * mean, known + rest * mean, known + rest * mean)
    chance = np.random.default_rng(seed)
    drawn = values[chance.integers(0, n, (DRAWS, n))]
    errors = drawn.std(axis=1, ddof=1) / math.sqrt(n)
    told = errors > 0
    means = mean - (drawn.mean(axis=1)[told] - mean) / errors[told] * spread / math.sqrt(n)
    sums = known + rest * means + chance.normal(0, spread * math.sqrt(rest), len(means))
    low, high = np.quantile(sums, [0.025, 0.975])
    return Total(known + rest * mean, max(known if (values >= 0).all() else -math.inf, float(low)), float(high))
