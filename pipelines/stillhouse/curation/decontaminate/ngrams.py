"""Shared n-grams: a row is flagged when it holds an n-gram of a benchmark question.

An n-gram is n consecutive tokens (see curation.text.tokens; operators are left out, so `$x^2+1$` and `x^2 + 1 `
read the same). The flags are those of a set of token tuples, but for 64-bit hash collisions.
"""

import numpy as np
import numpy.typing as npt

from stillhouse.curation.decontaminate.base import Match, matches
from stillhouse.curation.text import packed
from stillhouse.curation.text.kernel import kernel
from stillhouse.curation.text.tokens import ngrams, tokenize

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float32]


class NgramIndex:
    """The n-grams of benchmark questions; questions of fewer than n tokens have none (exact matching is theirs)."""

    def __init__(self, questions: list[str], n: int) -> None:
        self.n = n
        data, bounds = packed(questions)
        grams = np.empty(len(data) + 1, dtype=np.uint64)
        owners = np.empty(len(data) + 1, dtype=np.int64)
        used = _all(data, bounds, n, grams, owners)
        keys, first = np.unique(grams[:used], return_index=True)
        self.totals = np.bincount(owners[first], minlength=len(questions))
        self.keys, self.slots = _table(keys, owners[first])

    def search(self, texts: list[str]) -> list[Match | None]:
        """Per text the benchmark question whose n-grams it holds the largest share of, and that share."""
        data, bounds = packed(texts)
        found, shares = np.full(len(texts), -1, dtype=np.int64), np.zeros(len(texts), dtype=np.float32)
        _search(data, bounds, self.n, self.keys, self.slots, self.totals, found, shares)
        return matches(found, shares)


@kernel
def _all(data: npt.NDArray[np.uint8], bounds: Indices, n: int, out: Hashes, owners: Indices) -> int:
    tokens = np.empty(len(data) + 1, dtype=np.uint64)
    at = 0
    for i in range(len(bounds) - 1):
        count, _ = tokenize(data, bounds[i], bounds[i + 1], False, False, tokens, 0)
        if count >= n:
            end = ngrams(tokens, 0, count, n, out, at)
            owners[at:end] = i
            at = end
    return at


@kernel
def _table(keys: Hashes, owners: Indices) -> tuple[Hashes, Indices]:
    """An open-addressing table at most a quarter full; an empty slot's owner is -1."""
    size = 16
    while size < 4 * len(keys):
        size *= 2
    table, slots = np.zeros(size, dtype=np.uint64), np.full(size, -1, dtype=np.int64)
    for i in range(len(keys)):
        at = keys[i] & np.uint64(size - 1)
        while slots[at] >= 0:
            at = (at + np.uint64(1)) & np.uint64(size - 1)
        table[at], slots[at] = keys[i], owners[i]
    return table, slots


@kernel
def _owner(key: np.uint64, keys: Hashes, slots: Indices) -> int:
    mask = np.uint64(len(keys) - 1)
    at = key & mask
    while slots[at] >= 0:
        if keys[at] == key:
            return int(slots[at])
        at = (at + np.uint64(1)) & mask
    return -1


@kernel
def _search(
    data: npt.NDArray[np.uint8],
    bounds: Indices,
    n: int,
    keys: Hashes,
    slots: Indices,
    totals: Indices,
    found: Indices,
    shares: Shares,
) -> None:
    longest = 0
    for i in range(len(bounds) - 1):
        longest = max(longest, bounds[i + 1] - bounds[i])
    tokens, grams = np.empty(longest + 1, dtype=np.uint64), np.empty(longest + 1, dtype=np.uint64)
    hits = np.zeros(len(totals), dtype=np.int64)
    for i in range(len(bounds) - 1):
        count, _ = tokenize(data, bounds[i], bounds[i + 1], False, False, tokens, 0)
        if count < n:
            continue
        end = ngrams(tokens, 0, count, n, grams, 0)
        for j in range(end):
            owner = _owner(grams[j], keys, slots)
            grams[j] = np.uint64(owner + 1)
            if owner >= 0:
                hits[owner] += 1
        for j in range(end):
            owner = int(grams[j]) - 1
            if owner >= 0:
                share = min(hits[owner] / totals[owner], 1.0)
                if share > shares[i]:
                    found[i], shares[i] = owner, share
        for j in range(end):
            owner = int(grams[j]) - 1
            if owner >= 0:
                hits[owner] = 0
