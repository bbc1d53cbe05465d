"""From band keys to groups: texts that share a band key are compared exactly, and similar ones are united.

The guarantee: two texts are in one group exactly when a chain of pairs links them whose shingles have the Jaccard
similarity asked for and that share a band key. The order of texts and bands changes nothing.
"""

import numpy as np
import numpy.typing as npt

from stillhouse.curation.dedup.minhash import Hashes, Offsets, Shingles, distinct, jaccard
from stillhouse.curation.text.kernel import kernel

Flags = npt.NDArray[np.bool_]


@kernel
def find(parents: Offsets, i: int) -> int:
    """The root of i's group; halves the path to it."""
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


@kernel
def unite(parents: Offsets, a: int, b: int) -> None:
    """Makes one group of two; the root is the smaller index."""
    x, y = find(parents, a), find(parents, b)
    parents[max(x, y)] = min(x, y)


@kernel
def mark_shared(keys: Hashes, order: Offsets, shared: Flags) -> None:
    """Flags the texts whose key another text has too; `order` sorts the keys."""
    for k in range(1, len(order)):
        if keys[order[k]] == keys[order[k - 1]]:
            shared[order[k]] = shared[order[k - 1]] = True


@kernel
def compact(shingles: Shingles, ends: Offsets, wanted: Flags, out: Shingles, out_ends: Offsets) -> int:
    """Moves the wanted texts' shingle sets, sorted, to the front of `out`; an unwanted text's set is empty. Returns the end."""
    at, start = 0, 0
    for i in range(len(ends)):
        if wanted[i]:
            for value in distinct(shingles[start : ends[i]]):
                out[at] = value
                at += 1
        start = ends[i]
        out_ends[i] = at
    return at


@kernel
def join_band(keys: Hashes, order: Offsets, sets: Shingles, bounds: Offsets, threshold: float, parents: Offsets) -> int:
    """Unites the similar texts of one band's buckets; bounds (n + 1) delimit each text's sorted set. Returns the comparisons."""
    compared, first = 0, 0
    for k in range(len(order)):
        if keys[order[k]] != keys[order[first]]:
            first = k
        b = order[k]
        right = sets[bounds[b] : bounds[b + 1]]
        for j in range(first, k):
            a = order[j]
            if find(parents, a) == find(parents, b):
                continue
            left = sets[bounds[a] : bounds[a + 1]]
            if min(len(left), len(right)) < threshold * max(len(left), len(right)):
                continue
            compared += 1
            if jaccard(left, right) >= threshold:
                unite(parents, a, b)
    return compared
