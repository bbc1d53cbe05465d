"""What n samples of a problem say of drawing k: exact means over all subsets of k of them, without drawing any.

Each is unbiased for k fresh samples, and refuses k > n.
"""

import math
from collections import Counter
from collections.abc import Sequence


def pass_at_k(n: int, correct: int, k: int) -> float:
    """The chance that one of k is correct (Chen et al., 2021). Raises ValueError for k > n."""
    _check(n, k)
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


def majority_at_k(answers: Sequence[tuple[str, bool]], k: int) -> float:
    """The chance that the commonest answer among k is correct (self-consistency, Wang et al., 2022); of a tie one is drawn.

    answers: what was extracted, and whether it is correct; an empty one has no vote, and where there is none nothing is correct.
    Answers are the same if their texts are. Raises ValueError for k > n.
    """
    _check(len(answers), k)
    sizes = Counter(text for text, _ in answers if text)
    right = Counter(text for text, correct in answers if text and correct)
    won = sum(right[text] / sizes[text] * _wins(text, sizes, len(answers) - sizes.total(), k) for text in right)
    return won / math.comb(len(answers), k)


def _wins(text: str, sizes: Counter[str], silent: int, k: int) -> float:
    """In how many subsets of k the answer wins, a tie among m counting 1 / m."""
    others = [size for other, size in sizes.items() if other != text]
    total = 0.0
    for votes in range(1, min(sizes[text], k) + 1):
        ways = {(0, 1): 1}  # (drawn from the others, answers with as many votes) -> subsets
        for size in others:
            ways = _with(ways, size, votes, k - votes)
        own = math.comb(sizes[text], votes)
        total += sum(own * count * math.comb(silent, k - votes - drawn) / tied for (drawn, tied), count in ways.items())
    return total


def _with(ways: dict[tuple[int, int], int], size: int, votes: int, room: int) -> dict[tuple[int, int], int]:
    found: Counter[tuple[int, int]] = Counter()
    for (drawn, tied), count in ways.items():
        for more in range(min(size, votes, room - drawn) + 1):
            found[drawn + more, tied + (more == votes)] += count * math.comb(size, more)
    return dict(found)


def best_at_k(scored: Sequence[tuple[float, bool]], k: int) -> float:
    """The chance that the highest-scored of k is correct; of a tie one is drawn. Raises ValueError for k > n."""
    _check(len(scored), k)
    groups: dict[float, list[bool]] = {}
    for score, correct in scored:
        groups.setdefault(score, []).append(correct)
    left, total = len(scored), 0.0
    for score in sorted(groups, reverse=True):
        group = groups[score]
        subsets = math.comb(left, k) - math.comb(left - len(group), k)  # nothing better, and one of the group
        total += subsets * sum(group) / len(group)
        left -= len(group)
    return total / math.comb(len(scored), k)


def _check(n: int, k: int) -> None:
    if not 1 <= k <= n:
        raise ValueError(f"k = {k} needs at least {k} samples per problem, not {n}")
