"""The estimators of k draws, each against every subset of k, counted one by one."""

import random
from collections import Counter
from fractions import Fraction
from itertools import combinations
from statistics import fmean
from typing import Any

import pytest

from stillhouse.scoring.estimators import best_at_k, majority_at_k, pass_at_k

DRAW = random.Random(5)
CASES = [(n, k) for n in range(1, 8) for k in range(1, n + 1)]


def counted(items: list[Any], k: int, won: Any) -> float:
    return float(fmean(won(subset) for subset in combinations(items, k)))


def majority(subset: tuple[tuple[str, bool], ...]) -> Fraction:
    votes = Counter(text for text, _ in subset if text)
    winners = [text for text in votes if votes[text] == max(votes.values())]
    # Which of the same texts speaks for them is open where they were judged differently, so each counts alike.
    shares = [Fraction(sum(c for t, c in subset if t == w), votes[w]) for w in winners]
    return sum(shares, Fraction()) / len(winners) if winners else Fraction()


def best(subset: tuple[tuple[float, bool], ...]) -> Fraction:
    top = [correct for score, correct in subset if score == max(score for score, _ in subset)]
    return Fraction(sum(top), len(top))


@pytest.mark.parametrize(("n", "k"), CASES)
def test_the_estimators_are_the_means_over_all_subsets(n: int, k: int) -> None:
    for _ in range(20):
        answers = [(text, text == "a" or (text == "b" and DRAW.random() < 0.5)) for text in DRAW.choices(["a", "b", "c", "d", ""], k=n)]
        scored = [(DRAW.choice([0.1, 0.5, 0.9]), DRAW.random() < 0.5) for _ in range(n)]
        correct = [correct for _, correct in scored]
        assert pass_at_k(n, sum(correct), k) == pytest.approx(counted(correct, k, any), abs=1e-12)
        assert majority_at_k(answers, k) == pytest.approx(counted(answers, k, majority), abs=1e-12)
        assert best_at_k(scored, k) == pytest.approx(counted(scored, k, best), abs=1e-12)


@pytest.mark.parametrize("k", [0, 3])
def test_k_must_lie_within_the_samples(k: int) -> None:
    for estimate in (lambda: pass_at_k(2, 1, k), lambda: majority_at_k([("a", True)] * 2, k), lambda: best_at_k([(1.0, True)] * 2, k)):
        with pytest.raises(ValueError, match="samples per problem"):
            estimate()
