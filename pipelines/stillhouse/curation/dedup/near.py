"""Near duplicates among the texts that no exact duplicate stands for."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from stillhouse.curation.dedup.groups import Groups
from stillhouse.curation.dedup.join import Flags, compact, find, join_band, mark_shared
from stillhouse.curation.dedup.minhash import Hashes, Offsets, Shingles, jaccard
from stillhouse.curation.dedup.shelf import Shelf
from stillhouse.curation.text.kernel import kernel
from stillhouse.recipe.dedup import Near

THREADS = 2


def same_near(groups: Groups, shelf: Shelf, settings: Near, golds: Hashes) -> None:
    """Unites the texts on the shelf whose shingles are similar and whose golds (n) are equal."""
    filled = shelf.filled()
    alive = groups.alive()
    alive = alive[filled[alive]]
    keys = shelf.bands(alive) ^ golds[alive]
    orders = sorted_orders(keys)
    sets, bounds = gather(shelf, alive, candidates(keys, orders), len(filled))
    labels = united(keys, orders, sets, bounds, settings.threshold)
    dropped, owners = groups.split(alive, labels)
    scores = similarities(sets, bounds, np.searchsorted(alive, dropped), np.searchsorted(alive, owners))
    groups.absorb(dropped, owners, "near", scores)


def sorted_orders(keys: Hashes) -> list[Offsets]:
    """Per band of keys (bands, n), the order that sorts it."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda band: np.argsort(band).astype(np.int32), keys))


def candidates(keys: Hashes, orders: list[Offsets]) -> Flags:
    """Which texts share a band key with another."""
    shared = np.zeros(keys.shape[1], dtype=np.bool_)
    for band, order in zip(keys, orders, strict=True):
        mark_shared(band, order, shared)
    return shared


def gather(shelf: Shelf, alive: Offsets, shared: Flags, texts: int) -> tuple[Shingles, Offsets]:
    """The sorted shingle sets of the alive texts that may be similar (the others' are empty), and their n + 1 bounds."""
    wanted = np.zeros(texts, dtype=np.bool_)
    wanted[alive[shared]] = True
    parts: list[Shingles] = []
    ends: list[Offsets] = []
    start = done = 0
    for shingles, old_ends in shelf.shingles():
        n = len(old_ends)
        new_ends = np.empty(n, dtype=np.int64)
        used = compact(shingles, old_ends, wanted[start : start + n], shingles, new_ends)
        parts.append(shingles[:used].copy())
        ends.append(new_ends + done)
        start, done = start + n, done + used
    return joined(parts, done), np.r_[0, np.concatenate(ends)[alive]].astype(np.int64)


def joined(parts: list[Shingles], total: int) -> Shingles:
    """The parts as one array; each part is freed as soon as it is copied."""
    out = np.empty(total, dtype=np.uint32)
    at = 0
    while parts:
        part = parts.pop(0)
        out[at : at + len(part)] = part
        at += len(part)
    return out


def united(keys: Hashes, orders: list[Offsets], sets: Shingles, bounds: Offsets, threshold: float) -> Offsets:
    """A group label for every text."""
    parents = np.arange(keys.shape[1])
    for band, order in zip(keys, orders, strict=True):
        join_band(band, order, sets, bounds, threshold, parents)
    return roots(parents)


@kernel
def roots(parents: Offsets) -> Offsets:
    """The root of every text."""
    out = np.empty_like(parents)
    for i in range(len(parents)):
        out[i] = find(parents, i)
    return out


@kernel
def similarities(sets: Shingles, bounds: Offsets, left: Offsets, right: Offsets) -> npt.NDArray[np.float32]:
    """The Jaccard similarity of each pair of texts."""
    out = np.empty(len(left), dtype=np.float32)
    for i in range(len(left)):
        a, b = left[i], right[i]
        out[i] = jaccard(sets[bounds[a] : bounds[a + 1]], sets[bounds[b] : bounds[b + 1]])
    return out
