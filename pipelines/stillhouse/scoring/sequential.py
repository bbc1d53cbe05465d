"""Pass rates that the stopping rule does not bias, with their intervals.

Attempts at one problem are Bernoulli trials that a rule ends early, so the share of correct ones is biased: a rule that
stops at the first success counts too many. The ratio of path counts is unbiased for every rule that ends for sure: of the
ways in which a problem can arrive at the number of attempts and successes at which it stopped, the share that begins with
a success (M. A. Girshick, F. Mosteller, L. J. Savage, "Unbiased estimates for certain binomial sampling problems", Annals of
Mathematical Statistics 17, 1946). For a fixed number it is the plain share, for the k-th success at the n-th attempt
(k - 1) / (n - 1) (J. B. S. Haldane, 1945). The limit: a rule that stops at the first success says of one problem only how its
first attempt came out; the mean over problems is what it estimates well.

The interval of one problem holds the rates at which what was seen is no surprise under the rule: end points are ordered by
their share of successes (C. Jennison, B. W. Turnbull, "Group Sequential Methods", 1999, section 8.5), with mid-p tails.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from stillhouse.scoring.intervals import Rate

TAIL = 0.025
STEPS = 40  # halvings of [0, 1]
Point = tuple[int, int]


class Rule(Hashable, Protocol):
    """When attempts end: a function of how many there were and how many succeeded."""

    def decide(self, tried: int, correct: int) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Until:
    """A rule that also ends where there is no further attempt."""

    rule: Rule
    last: int

    def decide(self, tried: int, correct: int) -> str | None:
        return "the end" if tried >= self.last else self.rule.decide(tried, correct)


def unbiased(rule: Rule, tried: int, correct: int) -> float:
    """The estimate where the attempts ended there, by the rule or because there were no more. Raises ValueError without an attempt."""
    return estimate(rule, tried, correct).mean


@cache
def estimate(rule: Rule, tried: int, correct: int) -> Rate:
    """The unbiased pass rate of one problem with its 95% interval; `n` counts attempts. Raises ValueError without an attempt."""
    if not tried:
        raise ValueError("without an attempt there is no rate")
    ended = rule if rule.decide(tried, correct) is not None else _Until(rule, tried)
    ends = _ends(ended, (0, 0))
    here = correct / tried
    above = lambda p: _chance(ends, p, lambda share: share > here) + _chance(ends, p, lambda share: share == here) / 2  # noqa: E731
    low = _where(above, TAIL) if correct else 0.0
    high = _where(above, 1 - TAIL) if correct < tried else 1.0
    return Rate(_ends(ended, (1, 1)).get((tried, correct), 0) / ends[tried, correct], low, high, tried)


@cache
def _ends(rule: Rule, start: Point) -> dict[Point, int]:
    """The points at which the rule ends, with the number of ways there from `start`."""
    ends: dict[Point, int] = {}
    ways = {start: 1}
    while ways:
        onwards: dict[Point, int] = {}
        for (tried, correct), count in ways.items():
            if rule.decide(tried, correct) is not None:
                ends[tried, correct] = count
                continue
            for place in ((tried + 1, correct), (tried + 1, correct + 1)):
                onwards[place] = onwards.get(place, 0) + count
        ways = onwards
    return ends


def _chance(ends: dict[Point, int], p: float, wanted: Callable[[float], bool]) -> float:
    """How likely an end point is whose share of successes is wanted, at the pass rate p."""
    return sum(ways * p**correct * (1 - p) ** (tried - correct) for (tried, correct), ways in ends.items() if wanted(correct / tried))


def _where(rising: Callable[[float], float], value: float) -> float:
    """The rate at which a rising function has a value."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return (low + high) / 2
