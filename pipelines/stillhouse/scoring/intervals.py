"""Rates over problems with 95% intervals.

The problem is the unit: several samples of one problem are not independent, so an interval counts problems, which is
on the safe side. Wilson's interval (E. B. Wilson, 1927) for a rate; Student's t on the differences for a pair.
"""

import math
import statistics
from dataclasses import dataclass

Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Rate:
    """A mean over `n` problems with its 95% interval, all as shares (differences in [-1, 1])."""

    mean: float
    low: float
    high: float
    n: int


def percent(rate: Rate) -> str:
    """A rate for a person: `12.5% [8.0, 19.1]`."""
    return f"{rate.mean:.1%} [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"


def points(difference: Rate) -> str:
    """A difference for a person, in percentage points: `+51.5 points [44.2, 58.8]`."""
    return f"{100 * difference.mean:+.1f} points [{100 * difference.low:+.1f}, {100 * difference.high:+.1f}]"


def rate(per_problem: list[float]) -> Rate:
    """The mean of per-problem shares with Wilson's interval on the number of problems."""
    n = len(per_problem)
    if n == 0:
        raise ValueError("a rate needs at least one problem")
    p = statistics.fmean(per_problem)
    centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = _half(p, n)
    return Rate(p, max(0.0, centre - half), min(1.0, centre + half), n)


def bootstrap(per_problem: list[float], seed: int = 0, draws: int = 2000) -> Rate:
    """The mean with a bootstrap interval that draws whole problems, so that samples of one problem stay together.

    The studentised form (Efron and Tibshirani, 1993): its intervals cover what they say where percentiles are too narrow.
    The limit: values that are all the same say nothing of their spread; Wilson's interval, for them, is `rate`'s.
    """
    import numpy as np

    values, n = np.asarray(per_problem, dtype=float), len(per_problem)
    if n < 2:
        raise ValueError("a bootstrap needs at least two problems")
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n)
    if error == 0:
        return rate(per_problem)
    drawn = values[np.random.default_rng(seed).integers(0, n, (draws, n))]
    errors = drawn.std(axis=1, ddof=1) / math.sqrt(n)
    told = errors > 0
    high, low = np.quantile((drawn.mean(axis=1)[told] - mean) / errors[told], [0.025, 0.975])
    return Rate(mean, max(0.0, mean - float(low) * error), min(1.0, mean - float(high) * error), n)


def problems_needed(half: float, expected: float = 0.5) -> int:
    """How many problems give a rate an interval of at most ± `half`, where the rate is `expected`; 0.5 is the worst case."""
    if not 0 < half < 0.5:
        raise ValueError("an interval's half width lies between 0 and 0.5")
    n = max(1, math.ceil(Z95**2 * expected * (1 - expected) / half**2) // 2)
    while _half(expected, n) > half:
        n += 1
    return n


def _half(p: float, n: int) -> float:
    """Half of Wilson's interval."""
    return Z95 / (1 + Z95**2 / n) * math.sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))


def paired_difference(before: list[float], after: list[float]) -> Rate:
    """The mean of after − before over the same problems, in the same order, with a t interval.

    The spread is taken with one more pair of each sign (Agresti and Min, 2005), so that a few equal pairs are not
    mistaken for certainty.
    """
    if len(before) != len(after) or len(before) < 2:
        raise ValueError("a paired difference needs the same problems twice, at least two of them")
    differences = [b - a for a, b in zip(before, after, strict=True)]
    mean, n = statistics.fmean(differences), len(differences)
    half = _t95(n - 1) * statistics.stdev([*differences, 1.0, -1.0]) / math.sqrt(n)
    return Rate(mean, max(-1.0, mean - half), min(1.0, mean + half), n)


def _t95(df: int) -> float:
    """The 97.5% quantile of Student's t, by Cornish–Fisher expansion about the normal (within 1% from 3 degrees on)."""
    z = Z95
    return (
        z
        + (z**3 + z) / (4 * df)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * df**3)
    )


def mean_rate(mean: float, spread: float, n: int) -> Rate:
    """The mean of estimates over n problems, of which `spread` is the standard deviation, with a t interval: the problem is the unit."""
    if n < 2:
        raise ValueError("the spread over problems needs at least two")
    half = _t95(n - 1) * spread / math.sqrt(n)
    return Rate(mean, max(0.0, mean - half), min(1.0, mean + half), n)
